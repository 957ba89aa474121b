/**
 * The report for people: what failed, with requirement, expected, got and the ladder; then the sum.
 *
 * @module
 */
import type { CaseResult, Report } from "../format/report.ts";
import { ladderLines } from "./ladder.ts";
import {
  isBad,
  type ReportContext,
  type Reporter,
  requirementText,
  summaryText,
  visible,
} from "./text.ts";

function paint(code: number, text: string, context: ReportContext): string {
  return context.color ? `\x1b[${code}m${text}\x1b[0m` : text;
}

function caseLines(result: CaseResult, context: ReportContext): string[] {
  const word = result.verdict === "fail"
    ? paint(31, "FAIL", context)
    : paint(33, "INCONCLUSIVE", context);
  const lines = [`${word} ${visible(result.id)}`, `  ${visible(result.title)}`];
  lines.push(`  requirement: ${requirementText(result, context)}, ${result.level}`);
  if (result.failure) {
    const { step, place, expected, got } = result.failure;
    lines.push(`  step:        ${visible(step)}${place ? ` (${place})` : ""}`);
    lines.push(`  expected:    ${visible(expected)}`, `  got:         ${visible(got)}`);
  }
  if (result.reason) lines.push(`  reason:      ${visible(result.reason)}`);
  if (context.ladders && result.ladder) {
    lines.push("", ...ladderLines(result.ladder).map((line) => `    ${line}`));
  }
  return [...lines, ""];
}

/** Cases without a judgement for one and the same reason are shown once, when there are more than these. */
const alikeLimit = 3;

function badLines(report: Report, context: ReportContext): string[] {
  const lines: string[] = [];
  const counts = countBy(
    report.cases.filter(({ verdict }) => verdict === "inconclusive"),
    ({ reason }) => reason ?? "",
  );
  for (const result of report.cases) {
    if (!isBad(result)) continue;
    const alike = result.verdict === "inconclusive" ? counts.get(result.reason ?? "") ?? 0 : 0;
    if (alike <= alikeLimit) lines.push(...caseLines(result, context));
  }
  for (const [reason, count] of counts) {
    if (count <= alikeLimit) continue;
    lines.push(`${paint(33, "INCONCLUSIVE", context)} ${count} cases: ${visible(reason)}`, "");
  }
  return lines;
}

/** Remarks of one vector that say the same are one line. */
function remarkLines(report: Report, context: ReportContext): string[] {
  const remarks = report.cases.flatMap((result) =>
    (result.remarks ?? []).map((remark) =>
      `${stem(result.id)}: ${remark.replace(/\b[A-Z]+\b(?= \()/, "…")}`
    )
  );
  return [...countBy(remarks, (text) => text)].map(([text, count]) =>
    `${paint(33, "remark", context)} ${visible(text)}${count > 1 ? ` (${count} cases)` : ""}`
  );
}

function stem(id: string): string {
  return id.replace(/\[.*$/, "");
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** Renders for people. */
export const human: Reporter = (report, context) => {
  const lines = [...badLines(report, context), ...remarkLines(report, context)];
  for (const result of report.cases) {
    if (result.expected) {
      lines.push(`expected failure ${visible(result.id)}: ${visible(result.reason ?? "")}`);
    }
  }
  const unclaimed = report.cases.filter(({ verdict }) => verdict === "notClaimed");
  for (const [reason, count] of countBy(unclaimed, ({ reason: why }) => why ?? "")) {
    lines.push(`${count} cases not claimed: ${visible(reason)}`);
  }
  for (const error of report.errors) lines.push(paint(31, `error: ${visible(error)}`, context));
  const seconds = report.milliseconds / 1000;
  const rate = seconds > 0 ? `, ${(report.summary.total / seconds).toFixed(0)} cases a second` : "";
  const good = report.summary.failed + report.summary.inconclusive + report.errors.length === 0;
  lines.push(
    `${paint(good ? 32 : 31, summaryText(report), context)}  ` +
      `(${visible(report.target.name)}, ${report.target.mode}, seed ${report.seed}, ` +
      `${seconds.toFixed(1)} s${rate})`,
  );
  return lines.join("\n") + "\n";
};

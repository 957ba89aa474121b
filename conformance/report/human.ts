/**
 * The report for people: what failed, with requirement, expected, got and the ladder; then the sum.
 *
 * @module
 */
import type { CaseResult } from "../format/report.ts";
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

/** Renders for people. */
export const human: Reporter = (report, context) => {
  const lines: string[] = [];
  for (const result of report.cases) {
    if (isBad(result)) lines.push(...caseLines(result, context));
  }
  for (const result of report.cases) {
    for (const remark of result.remarks ?? []) {
      lines.push(`${paint(33, "remark", context)} ${visible(result.id)}: ${visible(remark)}`);
    }
  }
  for (const result of report.cases) {
    if (result.expected) {
      lines.push(`expected failure ${visible(result.id)}: ${visible(result.reason ?? "")}`);
    }
  }
  const unclaimed = new Map<string, number>();
  for (const { verdict, reason } of report.cases) {
    if (verdict === "notClaimed") {
      unclaimed.set(reason ?? "", (unclaimed.get(reason ?? "") ?? 0) + 1);
    }
  }
  for (const [reason, count] of unclaimed) {
    lines.push(`${count} cases not claimed: ${visible(reason)}`);
  }
  for (const error of report.errors) lines.push(paint(31, `error: ${visible(error)}`, context));
  const seconds = report.milliseconds / 1000;
  const rate = seconds > 0 ? `, ${(report.summary.total / seconds).toFixed(0)} cases a second` : "";
  const good = report.summary.failed + report.summary.inconclusive + report.errors.length === 0;
  lines.push(
    `${paint(good ? 32 : 31, summaryText(report), context)}  ` +
      `(${report.target.name}, ${report.target.mode}, seed ${report.seed}, ${
        seconds.toFixed(1)
      } s${rate})`,
  );
  return lines.join("\n") + "\n";
};

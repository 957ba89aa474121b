/**
 * TAP 14 (https://testanything.org/tap-version-14-specification.html).
 *
 * @module
 */
import type { CaseResult } from "../format/report.ts";
import { type Reporter, requirementText, visible } from "./text.ts";

/** `#` starts a directive and `\` escapes it. */
function description(text: string): string {
  return visible(text).replace(/[\\#]/g, (char) => `\\${char}`).replace(/\n/g, " ");
}

function yamlText(text: string): string {
  return JSON.stringify(visible(text));
}

function testLine(result: CaseResult, number: number): string {
  const ok = result.verdict === "pass" || result.verdict === "notClaimed" ? "ok" : "not ok";
  const line = `${ok} ${number} - ${description(`${result.id}: ${result.title}`)}`;
  if (result.verdict === "notClaimed") return `${line} # SKIP ${description(result.reason ?? "")}`;
  return result.expected ? `${line} # TODO ${description(result.reason ?? "")}` : line;
}

/** Renders TAP 14. */
export const tap: Reporter = (report, context) => {
  const lines = ["TAP version 14", `1..${report.cases.length + report.errors.length}`];
  for (const [index, result] of report.cases.entries()) {
    lines.push(testLine(result, index + 1));
    if (result.verdict === "pass" || result.verdict === "notClaimed") continue;
    lines.push("  ---", `  verdict: ${result.verdict}`);
    lines.push(`  requirement: ${yamlText(requirementText(result, context))}`);
    if (result.failure) {
      lines.push(`  step: ${yamlText(result.failure.step)}`);
      if (result.failure.place) lines.push(`  at: ${yamlText(result.failure.place)}`);
      lines.push(`  expected: ${yamlText(result.failure.expected)}`);
      lines.push(`  got: ${yamlText(result.failure.got)}`);
    }
    if (result.reason) lines.push(`  reason: ${yamlText(result.reason)}`);
    lines.push("  ...");
  }
  for (const [index, error] of report.errors.entries()) {
    lines.push(`not ok ${report.cases.length + index + 1} - ${description(error)}`);
  }
  return lines.join("\n") + "\n";
};

/**
 * Texts shared by the reporters.
 *
 * @module
 */
import type { CaseResult, Report } from "../format/report.ts";

/** What a reporter needs besides the report. */
export interface ReportContext {
  /** Clause of a requirement, for people. */
  clause(requirement: string): string | undefined;
  readonly color: boolean;
  /** Print the ladder of every failure. */
  readonly ladders: boolean;
}

/** Turns a report into text. */
export type Reporter = (report: Report, context: ReportContext) => string;

/** Whether a case counts against the target: failed or undecided, and not expected to. */
export function isBad(result: CaseResult): boolean {
  return (result.verdict === "fail" && !result.expected) || result.verdict === "inconclusive";
}

/** Control characters made visible, so that what a peer sent cannot forge output. */
export function visible(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex -- these are the characters to make visible
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => char === "\r" ? "" : `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
}

/** `SM-5 (claims 1, 2; ¶0054)`. */
export function requirementText(result: CaseResult, context: ReportContext): string {
  return result.requirement.map((id) => {
    const clause = context.clause(id);
    return clause ? `${id} (${clause})` : id;
  }).join(", ");
}

/** `12 passed, 1 failed …` */
export function summaryText(report: Report): string {
  const { total, passed, failed, inconclusive, expected, notClaimed } = report.summary;
  const parts = [`${passed} passed`, `${failed} failed`];
  if (expected) parts.push(`${expected} expected to fail`);
  if (inconclusive) parts.push(`${inconclusive} inconclusive`);
  if (notClaimed) parts.push(`${notClaimed} not claimed`);
  return `${total} cases: ${parts.join(", ")}`;
}

/** Escapes text for XML and HTML; characters XML 1.0 does not have are made visible first. */
export function xml(text: string): string {
  return visible(text)
    .replace(/[\ud800-\udfff](?![\udc00-\udfff])|[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/**
 * JUnit XML, in the form that Jenkins' and GitLab's readers share.
 *
 * @module
 */
import type { CaseResult } from "../format/report.ts";
import { ladderLines } from "./ladder.ts";
import { type ReportContext, type Reporter, requirementText, xml } from "./text.ts";

function suiteOf(id: string): string {
  const path = id.replace(/\[.*$/, "").split("/");
  return path.slice(0, Math.min(2, Math.max(1, path.length - 1))).join("/");
}

function body(result: CaseResult, context: ReportContext): string {
  if (result.verdict === "notClaimed" || result.expected) {
    return `<skipped message="${xml(result.reason ?? result.verdict)}"/>`;
  }
  if (result.verdict === "pass") return "";
  const failure = result.failure;
  const text = [
    `requirement: ${requirementText(result, context)}`,
    ...(failure
      ? [`step: ${failure.step}`, `expected: ${failure.expected}`, `got: ${failure.got}`]
      : []),
    ...(result.reason ? [`reason: ${result.reason}`] : []),
    ...ladderLines(result.ladder ?? []),
  ].join("\n");
  const message = failure
    ? `expected ${failure.expected}, got ${failure.got}`
    : result.reason ?? "";
  const tag = result.verdict === "fail" ? "failure" : "error";
  return `<${tag} type="${result.verdict}" message="${xml(message)}">${xml(text)}</${tag}>`;
}

/** Renders JUnit XML. */
export const junit: Reporter = (report, context) => {
  const suites = new Map<string, CaseResult[]>();
  for (const result of report.cases) {
    const name = suiteOf(result.id);
    suites.set(name, [...suites.get(name) ?? [], result]);
  }
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  const count = (results: readonly CaseResult[]) => {
    const failures = results.filter((r) => r.verdict === "fail" && !r.expected).length;
    const errors = results.filter((r) => r.verdict === "inconclusive").length;
    const skipped = results.filter((r) => r.verdict === "notClaimed" || r.expected).length;
    const time = results.reduce((sum, r) => sum + r.milliseconds, 0) / 1000;
    return { failures, errors, skipped, time };
  };
  const all = count(report.cases);
  const tests = report.cases.length + report.errors.length;
  lines.push(
    `<testsuites name="${xml(report.target.name)}" tests="${tests}" failures="${
      all.failures + report.errors.length
    }" errors="${all.errors}" skipped="${all.skipped}" time="${
      (report.milliseconds / 1000).toFixed(3)
    }">`,
  );
  for (const [name, results] of suites) {
    const { failures, errors, skipped, time } = count(results);
    lines.push(
      `  <testsuite name="${xml(name)}" tests="${results.length}" failures="${failures}" ` +
        `errors="${errors}" skipped="${skipped}" time="${time.toFixed(3)}">`,
    );
    for (const result of results) {
      const open =
        `    <testcase classname="${xml(name.replaceAll("/", "."))}" name="${xml(result.id)}" ` +
        `time="${(result.milliseconds / 1000).toFixed(3)}"`;
      const inner = body(result, context);
      lines.push(inner ? `${open}>${inner}</testcase>` : `${open}/>`);
    }
    lines.push("  </testsuite>");
  }
  if (report.errors.length > 0) {
    const n = report.errors.length;
    lines.push(
      `  <testsuite name="expected failures" tests="${n}" failures="${n}" errors="0" skipped="0" time="0">`,
    );
    for (const error of report.errors) {
      lines.push(
        `    <testcase classname="expected-failures" name="${xml(error)}" time="0">` +
          `<failure type="expected" message="${xml(error)}"/></testcase>`,
      );
    }
    lines.push("  </testsuite>");
  }
  lines.push("</testsuites>");
  return lines.join("\n") + "\n";
};

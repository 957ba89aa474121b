/**
 * The report of a run.
 *
 * @module
 */
import type { CaseResult, Report } from "../format/report.ts";

/** What a report is made from. */
export interface ReportParts {
  readonly version: string;
  readonly target: Report["target"];
  readonly seed: number;
  readonly milliseconds: number;
  readonly cases: readonly CaseResult[];
  readonly errors: readonly string[];
}

/** Counts and puts together. */
export function makeReport(parts: ReportParts): Report {
  const { cases } = parts;
  const count = (fits: (result: CaseResult) => boolean) => cases.filter(fits).length;
  return {
    tool: { name: "ntm conform", version: parts.version },
    target: parts.target,
    seed: parts.seed,
    summary: {
      total: cases.length,
      passed: count(({ verdict }) => verdict === "pass"),
      failed: count(({ verdict, expected }) => verdict === "fail" && !expected),
      inconclusive: count(({ verdict }) => verdict === "inconclusive"),
      expected: count(({ expected }) => expected === true),
      notClaimed: count(({ verdict }) => verdict === "notClaimed"),
    },
    milliseconds: Math.round(parts.milliseconds),
    errors: [...parts.errors],
    cases: [...cases],
  };
}

/**
 * The exit status a report asks for: 0 all well; 1 a case failed, or an expected failure did not; 3 a case could
 * not be judged, or none was.
 */
export function exitStatus(report: Report): 0 | 1 | 3 {
  const { failed, inconclusive, passed, expected } = report.summary;
  if (failed > 0 || report.errors.length > 0) return 1;
  if (inconclusive > 0) return 3;
  return passed + expected > 0 ? 0 : 3;
}

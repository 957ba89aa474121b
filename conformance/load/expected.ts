/**
 * Expected failures: read from a file, applied to results.
 *
 * @module
 */
import { expectedFailuresSchema } from "../format/expected_failures.ts";
import type { CaseResult } from "../format/report.ts";
import { globMatches } from "../expand/glob.ts";
import { readDocument } from "./document.ts";

/** One entry, and where it stands. */
export interface ExpectedFailure {
  readonly glob: string;
  readonly reason: string;
  /** `file:line:column`. */
  readonly place: string;
}

/** Reads a file. Throws ConfigError. */
export async function loadExpectedFailures(file: string): Promise<ExpectedFailure[]> {
  const { value, positions } = await readDocument(file, expectedFailuresSchema);
  return value.expected.map((entry, index) => {
    const { line, column } = positions(["expected", index, "case"]);
    return { glob: entry.case, reason: entry.reason, place: `${file}:${line}:${column}` };
  });
}

/**
 * Marks failures that were expected, and finds entries that are wrong: that match no case of the suite,
 * or whose cases were run and all passed.
 */
export function applyExpectedFailures(
  results: readonly CaseResult[],
  entries: readonly ExpectedFailure[],
  suiteIds: readonly string[],
): { cases: CaseResult[]; errors: string[] } {
  const cases = results.map((result) => {
    const entry = entries.find(({ glob }) => globMatches(glob, result.id));
    if (!entry || result.verdict !== "fail") return result;
    return { ...result, expected: true, reason: entry.reason };
  });
  const errors = entries.flatMap(({ glob, place }) => {
    if (!suiteIds.some((id) => globMatches(glob, id))) {
      return [`${place}: "${glob}" matches no case; remove the entry or correct it`];
    }
    const ran = results.filter((result) => globMatches(glob, result.id));
    const judged = ran.filter(({ verdict }) => verdict === "pass" || verdict === "fail");
    return judged.length > 0 && judged.every(({ verdict }) => verdict === "pass")
      ? [`${place}: "${glob}" is expected to fail, but passed; remove the entry`]
      : [];
  });
  return { cases, errors };
}

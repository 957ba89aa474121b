/**
 * The suite proves itself: the reference passes all vectors, each mutant is caught, and each vector
 * catches at least one mutant.
 *
 * @module
 */
import { globMatches } from "../expand/glob.ts";
import type { PlannedCase } from "../expand/plan.ts";
import type { CaseResult } from "../format/report.ts";
import type { Implementation, Mutant } from "../reference/implementation.ts";
import { EmbeddedAttachment } from "./embedded.ts";
import { Identities } from "./identities.ts";
import { runCases, type RunOptions } from "./run.ts";

/** A mutant and what caught it. */
export interface MutantResult {
  readonly id: string;
  readonly title: string;
  readonly fault: string;
  readonly tried: number;
  /** Ids of the cases that failed. */
  readonly caughtBy: readonly string[];
}

/** The kill matrix. */
export interface SelfTest {
  /** Cases the reference did not pass. */
  readonly reference: readonly CaseResult[];
  readonly cases: number;
  readonly mutants: readonly MutantResult[];
  /** For each vector the mutants it catches. */
  readonly vectors: readonly { readonly id: string; readonly catches: readonly string[] }[];
}

/** How to run it. */
export interface SelfTestOptions extends RunOptions {
  readonly mode: "live" | "simulated";
  /** Called before each implementation is run. */
  readonly stage?: (title: string, cases: number) => void;
}

/** Runs the reference and every mutant. */
export async function selfTest(
  cases: readonly PlannedCase[],
  reference: Implementation,
  mutants: readonly Mutant[],
  options: SelfTestOptions,
): Promise<SelfTest> {
  const identities = new Identities();
  const run = (implementation: Implementation, some: readonly PlannedCase[]) => {
    options.stage?.(implementation.title, some.length);
    return runCases(
      some,
      new EmbeddedAttachment(implementation, options.mode, identities),
      options,
    );
  };
  const results = await run(reference, cases);
  const caught = new Map<string, Set<string>>();
  const tried = new Map<string, Set<string>>();
  const judge = async (mutant: Mutant, some: readonly PlannedCase[]) => {
    const known = tried.get(mutant.id) ?? new Set();
    tried.set(mutant.id, known);
    for (const one of some) known.add(one.id);
    const own = caught.get(mutant.id) ?? new Set();
    caught.set(mutant.id, own);
    for (const { id, verdict } of await run(mutant, some)) if (verdict === "fail") own.add(id);
  };
  for (const mutant of mutants) await judge(mutant, cases.filter((one) => inScope(one, mutant)));
  // A vector no scope tried it on, or that caught nothing there, is tried on all other mutants.
  for (const mutant of mutants) {
    const idle = new Set(idleVectors(cases, caught));
    const rest = cases.filter((one) =>
      idle.has(one.source.id) && mutant.roles.includes(one.iut) &&
      !tried.get(mutant.id)!.has(one.id)
    );
    if (rest.length > 0) await judge(mutant, rest);
  }
  return {
    reference: results.filter(({ verdict }) => verdict !== "pass"),
    cases: cases.length,
    mutants: mutants.map(({ id, title, fault }) => ({
      id,
      title,
      fault,
      tried: tried.get(id)!.size,
      caughtBy: [...caught.get(id)!],
    })),
    vectors: vectorResults(cases, caught),
  };
}

function inScope(planned: PlannedCase, mutant: Mutant): boolean {
  return mutant.roles.includes(planned.iut) &&
    (mutant.scope === undefined || mutant.scope.some((glob) => globMatches(glob, planned.id)));
}

function vectorResults(
  cases: readonly PlannedCase[],
  caught: ReadonlyMap<string, ReadonlySet<string>>,
): { id: string; catches: string[] }[] {
  const byVector = new Map<string, string[]>();
  for (const { id, source } of cases) {
    byVector.set(source.id, [...byVector.get(source.id) ?? [], id]);
  }
  return [...byVector].map(([id, ids]) => ({
    id,
    catches: [...caught].filter(([, own]) => ids.some((one) => own.has(one))).map(([name]) => name),
  }));
}

function idleVectors(
  cases: readonly PlannedCase[],
  caught: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  return vectorResults(cases, caught).filter(({ catches }) => catches.length === 0)
    .map(({ id }) => id);
}

/** What a self-test lacks, in words; nothing if the suite has proven itself. */
export function selfTestProblems(test: SelfTest): string[] {
  return [
    ...test.reference.map(({ id, verdict }) => `the reference does not pass ${id}: ${verdict}`),
    ...test.mutants.filter(({ caughtBy }) => caughtBy.length === 0)
      .map(({ id, fault }) => `mutant ${id} is not caught: ${fault}`),
    ...test.vectors.filter(({ catches }) => catches.length === 0)
      .map(({ id }) => `vector ${id} catches no mutant`),
    ...(test.mutants.length === 0 ? ["there are no mutants"] : []),
  ];
}

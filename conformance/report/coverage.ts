/**
 * Requirements and the vectors that check them.
 *
 * @module
 */
import { plan } from "../expand/plan.ts";
import type { Suite } from "../load/vectors.ts";

/** One requirement and what checks it. */
export interface Coverage {
  readonly id: string;
  readonly part: string;
  readonly status: "now" | "later";
  readonly seed: string | undefined;
  readonly clause: string;
  readonly text: string;
  /** Ids of the vectors. */
  readonly vectors: readonly string[];
  readonly cases: number;
  /** Cases that differ from a valid twin: misuse that has to be refused. */
  readonly misuse: number;
}

/** Coverage of every requirement, in the order of requirements.yaml. */
export function coverageOf(suite: Suite): Coverage[] {
  const cases = suite.vectors.flatMap(plan);
  return [...suite.requirements.values()].map(({ id, part, status, seed, clause, text }) => {
    const own = cases.filter(({ requirement }) => requirement.includes(id));
    return {
      id,
      part,
      status,
      seed,
      clause,
      text,
      vectors: [...new Set(own.map(({ source }) => source.id))],
      cases: own.length,
      misuse: own.filter(({ control }) => control.length > 0).length,
    };
  });
}

/**
 * YAML documents checked by a schema: configuration, vectors, targets. Every mistake in a file is
 * reported in one go, each with line and column, what is allowed and what was probably meant.
 *
 * @module
 */
import { z } from "zod";
import { makeProblem, type Problem, sortProblems } from "./problem.ts";
import { checkSchema } from "./schema_problems.ts";
import { DEFAULT_DOCUMENT_LIMITS, type DocumentLimits, type Positions, readYaml } from "./yaml.ts";

export {
  ConfigError,
  formatPath,
  formatProblem,
  makeProblem,
  type Path,
  type Position,
  type Problem,
  sortProblems,
} from "./problem.ts";
export { nearest } from "./nearest.ts";
export { DEFAULT_DOCUMENT_LIMITS, type DocumentLimits, type Positions } from "./yaml.ts";

/** What `parseDocument` makes of a text. */
export type ParsedDocument<T> =
  | { readonly ok: true; readonly value: T; readonly positions: Positions }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** How to read a document. */
export interface DocumentOptions<T> {
  /** Name for the problems; nothing is opened. */
  readonly file: string;
  readonly schema: z.ZodType<T>;
  readonly limits?: Partial<DocumentLimits>;
}

/**
 * Reads one YAML document and checks it. On success `positions` says where each value is, for mistakes
 * that a schema cannot see (see `makeProblem`). Never throws because of the text.
 */
export function parseDocument<T>(text: string, options: DocumentOptions<T>): ParsedDocument<T> {
  const { file, schema } = options;
  const limits = { ...DEFAULT_DOCUMENT_LIMITS, ...options.limits };
  const yaml = readYaml(text, { file, limits });
  if (!yaml.ok) return { ok: false, problems: limited(yaml.problems, limits.problems) };
  const checked = checkSchema(schema, yaml.value);
  const problems = [...yaml.problems];
  if (!checked.ok) {
    for (const { path, key, ...facts } of checked.problems) {
      problems.push(makeProblem(file, yaml.positions(path, { key }), path, facts));
    }
  }
  if (checked.ok && problems.length === 0) {
    return { ok: true, value: checked.value, positions: yaml.positions };
  }
  return { ok: false, problems: limited(problems, limits.problems) };
}

function limited(problems: readonly Problem[], limit: number): Problem[] {
  const sorted = sortProblems(problems);
  const last = sorted[limit];
  if (!last) return sorted;
  const what = `and ${sorted.length - limit} more problems from here on`;
  return [...sorted.slice(0, limit), { ...last, path: [], what, allowed: [] }];
}

/** The JSON Schema (2020-12) of what a document may hold, for editors and other tools. */
export function jsonSchemaOf(
  schema: z.ZodType,
  about: { readonly id?: string; readonly title?: string } = {},
): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" });
  return {
    $schema,
    ...(about.id === undefined ? {} : { $id: about.id }),
    ...(about.title === undefined ? {} : { title: about.title }),
    ...rest,
  };
}

/**
 * Reads YAML files of the suite.
 *
 * @module
 */
import type { z } from "zod";
import {
  ConfigError,
  makeProblem,
  parseDocument,
  type Positions,
  type Problem,
} from "../../core/config/document.ts";
import type { SchemaProblem } from "../../core/config/schema_problems.ts";

/** A document that was read. */
export interface Document<T> {
  readonly value: T;
  readonly positions: Positions;
}

/** Reads a file. Throws {@link ConfigError}, also when there is no such file. */
export async function readDocument<T>(file: string, schema: z.ZodType<T>): Promise<Document<T>> {
  const parsed = parseDocument(await readText(file), { file, schema });
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return parsed;
}

/** The text of a file. Throws {@link ConfigError} when it cannot be read. */
export async function readText(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    throw new ConfigError([fileProblem(file, error)]);
  }
}

/** A problem with a file as a whole. */
export function fileProblem(file: string, error: unknown): Problem {
  const what = error instanceof Deno.errors.NotFound
    ? "there is no such file"
    : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return makeProblem(file, { line: 0, column: 0 }, [], { what });
}

/** Problems found later, at their places in the document. */
export function placed(
  file: string,
  positions: Positions,
  problems: readonly SchemaProblem[],
): Problem[] {
  return problems.map(({ path, key, ...facts }) =>
    makeProblem(file, positions(path, { key }), path, facts)
  );
}

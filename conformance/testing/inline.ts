/**
 * Vectors written inside tests.
 *
 * @module
 */
import { ConfigError, parseDocument } from "../../core/config/document.ts";
import { type LoadedVector, plan, type PlannedCase } from "../expand/plan.ts";
import { vectorSchema } from "../format/vector.ts";
import { placed } from "../load/document.ts";
import { checkSemantics } from "../load/semantics.ts";

/** The cases of a vector given as YAML; a mistake in it throws. */
export function casesOf(text: string, id = "test/vector"): PlannedCase[] {
  const file = `${id}.yaml`;
  const parsed = parseDocument(text, { file, schema: vectorSchema });
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  const problems = placed(file, parsed.positions, checkSemantics(parsed.value, undefined));
  if (problems.length > 0) throw new ConfigError(problems);
  const source: LoadedVector = {
    id,
    file,
    vector: parsed.value,
    place: (path) => {
      const { line, column } = parsed.positions(path);
      return `${file}:${line}:${column}`;
    },
  };
  return plan(source);
}

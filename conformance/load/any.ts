/**
 * Checks any file of the suite: vector, target, list of expected failures, requirements.
 *
 * @module
 */
import { ConfigError, parseDocument, type Problem } from "../../core/config/document.ts";
import type { LoadedVector } from "../expand/plan.ts";
import { expectedFailuresSchema } from "../format/expected_failures.ts";
import { requirementsSchema } from "../format/requirements.ts";
import { targetSchema } from "../format/target.ts";
import { readText } from "./document.ts";
import { loadVector } from "./vectors.ts";

/** What a check found. */
export interface Checked {
  readonly problems: readonly Problem[];
  /** The vector, when the file is one and is right. */
  readonly vector?: LoadedVector;
}

/** What a file is, by its top-level keys; a vector when nothing says otherwise. */
export function kindOf(text: string): "vector" | "target" | "expected-failures" | "requirements" {
  const keys = new Set([...text.matchAll(/^([a-z][a-z-]*):/gm)].map(([, key]) => key));
  if (keys.has("title")) return "vector";
  if (keys.has("expected")) return "expected-failures";
  if (keys.has("requirements")) return "requirements";
  const target = ["name", "session-manager", "terminal", "codec"].some((key) => keys.has(key));
  return target ? "target" : "vector";
}

const otherSchemas = {
  "target": targetSchema,
  "expected-failures": expectedFailuresSchema,
  "requirements": requirementsSchema,
};

/** Reads a file and says what is wrong with it. */
export async function checkFile(
  file: string,
  folder: string,
  requirements: ReadonlySet<string> | undefined,
): Promise<Checked> {
  try {
    const text = await readText(file);
    const kind = kindOf(text);
    if (kind === "vector") {
      return { problems: [], vector: await loadVector(file, folder, requirements) };
    }
    const parsed = parseDocument<unknown>(text, { file, schema: otherSchemas[kind] });
    return { problems: parsed.ok ? [] : parsed.problems };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.problems };
  }
}

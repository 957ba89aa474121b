/**
 * Settings given as text: which there are, what the text means, and where it goes.
 *
 * @module
 */
import type { z } from "zod";
import type { Path } from "./problem.ts";
import { alternatives, schemasAt, valuesAt } from "./schema_walk.ts";

/** Mappings within each other that are looked into for settings. */
const DEPTH = 8;

/** Paths of all settings that are no mappings themselves; lists count as one setting. */
export function settingPaths(schema: z.ZodType): string[][] {
  const found: string[][] = [];
  const walk = (path: string[], depth: number) => {
    const here = path.length === 0 ? alternatives(schema) : schemasAt(schema, path);
    let leaf = here.length > 0;
    for (const one of here) {
      const def = one._zod.def;
      if (def.type !== "object") continue;
      leaf = false;
      if (depth < DEPTH) {
        for (const key of Object.keys(def.shape)) walk([...path, key], depth + 1);
      }
    }
    if (leaf) found.push(path);
  };
  walk([], 0);
  return found;
}

/** Text as what the schema wants there; text that is not of that kind stays text, for the schema to judge. */
export function fromText(schema: z.ZodType, path: Path, text: string): unknown {
  const types = new Set(schemasAt(schema, path).map((one) => one._zod.def.type));
  if (types.has("string") || types.has("enum")) return text;
  if (types.has("array")) {
    const parts = text === "" ? [] : text.split(",");
    return parts.map((part, index) => fromText(schema, [...path, index], part.trim()));
  }
  if (types.has("boolean")) {
    if (/^(true|yes|on|1)$/i.test(text)) return true;
    if (/^(false|no|off|0)$/i.test(text)) return false;
  }
  const number = types.has("number") ||
    valuesAt(schema, path).some((value) => typeof value === "number");
  return number && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy with the value at a path replaced; what is in the way and is no mapping is replaced too. */
export function withValue(
  target: unknown,
  [step, ...rest]: readonly string[],
  value: unknown,
): unknown {
  if (step === undefined) return value;
  const mapping = isMapping(target) ? target : {};
  const below = Object.hasOwn(mapping, step) ? mapping[step] : undefined;
  // Entries, so that "__proto__" is a key as any other.
  return Object.fromEntries([
    ...Object.entries(mapping).filter(([key]) => key !== step),
    [step, withValue(below, rest, value)],
  ]);
}

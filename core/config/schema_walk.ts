/**
 * What a zod schema allows at a path: for error texts, and to read text (options, environment) as what
 * the schema wants.
 *
 * @module
 */
import type { z } from "zod";
import type { Path } from "./problem.ts";

type Schema = z.core.$ZodType;
type Known = z.core.$ZodTypes;

/** Alternatives met on the way down; recursive schemas end here. */
const LAZY_LIMIT = 100;

/** The schema without wrappers such as optional or default; a union gives each of its members. */
export function alternatives(schema: Schema, depth = 0): Known[] {
  if (depth > LAZY_LIMIT) return [];
  const known = schema as Known;
  const def = known._zod.def;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return alternatives(def.innerType, depth + 1);
    case "lazy":
      return alternatives(def.getter(), depth + 1);
    case "pipe":
      // What is written is what goes in; a preprocess takes anything in and says what out.
      return (def.in as Known)._zod.def.type === "transform"
        ? alternatives(def.out, depth + 1)
        : alternatives(def.in, depth + 1);
    case "union":
      return def.options.flatMap((option) => alternatives(option, depth + 1));
    case "intersection":
      return [...alternatives(def.left, depth + 1), ...alternatives(def.right, depth + 1)];
    default:
      return [known];
  }
}

/** Everything that the schema could mean by the value at `path`. */
export function schemasAt(schema: Schema, path: Path): Known[] {
  let here = alternatives(schema);
  for (const step of path) here = here.flatMap((one) => below(one, step));
  return here;
}

function below(schema: Known, step: string | number): Known[] {
  const def = schema._zod.def;
  switch (def.type) {
    case "object": {
      const next = Object.hasOwn(def.shape, step) ? def.shape[step] : def.catchall;
      return next ? alternatives(next) : [];
    }
    case "record":
      return alternatives(def.valueType);
    case "array":
      return alternatives(def.element);
    case "tuple": {
      const next = def.items[Number(step)] ?? def.rest;
      return next ? alternatives(next) : [];
    }
    default:
      return [];
  }
}

/** Keys that a mapping at `path` may have; empty if any, or if there is no mapping. */
export function keysAt(schema: Schema, path: Path): string[] {
  const keys = schemasAt(schema, path).flatMap((one) => {
    const def = one._zod.def;
    if (def.type === "object") return Object.keys(def.shape);
    return def.type === "record" ? valuesOf(alternatives(def.keyType)).map(String) : [];
  });
  return [...new Set(keys)];
}

/** Fixed values (enum, literal) that may stand at `path`. */
export function valuesAt(schema: Schema, path: Path): unknown[] {
  return valuesOf(schemasAt(schema, path));
}

function valuesOf(schemas: readonly Known[]): unknown[] {
  const values = schemas.flatMap((one): unknown[] => {
    const def = one._zod.def;
    if (def.type === "enum") return Object.values(def.entries);
    return def.type === "literal" ? def.values : [];
  });
  return [...new Set(values)];
}

/** What is expected at `path`, in words: "text", "a number", "a list" … */
export function kindsAt(schema: Schema, path: Path): string[] {
  const types = schemasAt(schema, path).map((one) => one._zod.def.type);
  return [...new Set(types.filter((type) => type !== "never").map(kindName))];
}

/** A zod type in the words of someone who writes YAML. */
export function kindName(type: string): string {
  return KINDS[type] ?? type;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  template_literal: "text",
  enum: "one of the fixed values",
  literal: "one of the fixed values",
  number: "a number",
  int: "a whole number",
  bigint: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  set: "a list",
  object: "a mapping",
  record: "a mapping",
  map: "a mapping",
  null: "null",
};

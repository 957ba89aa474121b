/**
 * From zod's issues to problems that say what is wrong, what is allowed and what was probably meant.
 *
 * @module
 */
import type { z } from "zod";
import { isSecretName } from "../runtime/secret_names.ts";
import type { Path, ProblemFacts } from "./problem.ts";
import { keysAt, kindName, kindsAt, valuesAt } from "./schema_walk.ts";

type Issue = z.core.$ZodIssue;

/** A problem that still needs its place: the path, and whether the key or the value is meant. */
export interface SchemaProblem extends ProblemFacts {
  readonly path: Path;
  readonly key: boolean;
}

/** What `checkSchema` finds. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly SchemaProblem[] };

/**
 * Checks a plain value. A message that a schema gives itself (`z.string({ error: "…" })`, `refine`)
 * is used as it stands, without full stop.
 */
export function checkSchema<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  // Zod asks a schema for its own message first, then this; so an empty message is one of zod's own.
  const result = schema.safeParse(value, { error: () => "", reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.flatMap((issue) => problemsOf(schema, [], issue));
  return { ok: false, problems: withoutRepeats(problems) };
}

function problemsOf(schema: z.ZodType, above: Path, issue: Issue): SchemaProblem[] {
  const path = [...above, ...issue.path.map((step) => typeof step === "symbol" ? "?" : step)];
  const own = issue.message.replace(/\.$/, "");
  const make = (facts: ProblemFacts, at: Path = path, key = false): SchemaProblem => ({
    path: at,
    key,
    ...facts,
    ...(own === "" ? {} : { what: own }),
  });
  switch (issue.code) {
    case "unrecognized_keys": {
      const allowed = keysAt(schema, path);
      return issue.keys.map((name) =>
        make({ what: `unknown key "${name}"`, allowed, written: name }, [...path, name], true)
      );
    }
    case "invalid_union":
      return own === "" ? ofUnion(schema, path, issue, make) : [make({ what: own })];
    case "invalid_type":
      if (issue.input === undefined) return [missing(schema, path, make)];
      return [
        make({
          what: `expected ${wanted(schema, path, issue.expected)}, got ${shown(path, issue.input)}`,
        }),
      ];
    case "invalid_value": {
      if (issue.input === undefined) return [missing(schema, path, make)];
      const values = valuesAt(schema, path);
      return [make(notAllowed(path, values.length > 0 ? values : issue.values, issue.input))];
    }
    case "too_small":
    case "too_big":
      return [make({ what: sizeText(path, issue) })];
    case "not_multiple_of":
      return [make({ what: `${shown(path, issue.input)} is not a multiple of ${issue.divisor}` })];
    case "invalid_format":
      return [make({ what: formatText(path, issue) })];
    case "invalid_key": {
      const allowed = keysAt(schema, above.concat(path.slice(above.length, -1)));
      const name = String(path.at(-1));
      const pattern = issue.issues.find((one) => one.code === "invalid_format");
      const why = pattern ? `: expected ${formatWanted(pattern)}` : "";
      return [
        make({ what: `key "${name}" is not allowed${why}`, allowed, written: name }, path, true),
      ];
    }
    case "invalid_element":
      return issue.issues.flatMap((inner) => problemsOf(schema, path, inner));
    case "custom":
      return [make({ what: "is not right" })];
  }
}

type Make = (facts: ProblemFacts, at?: Path, key?: boolean) => SchemaProblem;

/** The member of the union that was probably meant: where the first mistake lies deepest. */
function ofUnion(
  schema: z.ZodType,
  path: Path,
  issue: z.core.$ZodIssueInvalidUnion,
  make: Make,
): SchemaProblem[] {
  if (issue.input === undefined) return [missing(schema, path, make)];
  if (issue.errors.length === 0) {
    // A discriminated union: the path leads to the key that tells its members apart.
    const at = issue.discriminator === undefined || path.at(-1) === issue.discriminator
      ? path
      : [...path, issue.discriminator];
    const input: unknown = path === at
      ? issue.input
      : (issue.input as Record<string, unknown>)[issue.discriminator ?? ""];
    // Zod reports the whole mapping as the input of a missing or wrong discriminator.
    const written = typeof input === "object" && input !== null && at.length > 0
      ? (input as Record<string, unknown>)[String(at.at(-1))]
      : input;
    if (written === undefined) return [missing(schema, at, make)];
    return [make(notAllowed(at, valuesAt(schema, at), written), at)];
  }
  const strangers = unknownKeys(schema, path, issue);
  if (strangers.length > 0) return strangers;
  const candidates = issue.errors.filter((issues) =>
    issues.every((one) => one.path.length > 0 || !wrongKind(one))
  );
  if (candidates.length === 0) {
    const values = valuesAt(schema, path);
    const fixedOnly = kindsAt(schema, path).every((kind) => kind === kindName("enum"));
    if (values.length > 0 && (fixedOnly || typeof issue.input === "string")) {
      const others = kindsAt(schema, path).filter((kind) => kind !== kindName("enum"));
      return [make(notAllowed(path, [...values, ...others], issue.input))];
    }
    return [
      make({ what: `expected ${wanted(schema, path, "")}, got ${shown(path, issue.input)}` }),
    ];
  }
  const best = candidates.toSorted((a, b) => score(b) - score(a) || a.length - b.length)[0] ?? [];
  return best.flatMap((one) => problemsOf(schema, path, one));
}

/** Keys of a mapping that no member of the union knows: then nothing else about it is worth saying. */
function unknownKeys(
  schema: z.ZodType,
  path: Path,
  issue: z.core.$ZodIssueInvalidUnion,
): SchemaProblem[] {
  const refused = issue.errors.flat().filter((one) => one.code === "unrecognized_keys");
  const names = new Set(refused.filter((one) => one.path.length === 0).flatMap((one) => one.keys));
  const allowed = keysAt(schema, path);
  return [...names].filter((name) => !allowed.includes(name)).map((name) => ({
    what: `unknown key "${name}"`,
    allowed,
    written: name,
    path: [...path, name],
    key: true,
  }));
}

/** Whether the value is of another kind altogether than this member of the union wants. */
function wrongKind(issue: Issue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value" ||
    (issue.code === "invalid_union" && issue.errors.every((one) => one.some(wrongKind)));
}

/** Least deep mistake; a member whose keys are wrong is less likely meant than one with a wrong value. */
function score(issues: readonly Issue[]): number {
  const depths = issues.map((one) =>
    one.path.length + (one.code === "unrecognized_keys" ? 0.25 : 0) +
    (one.code === "invalid_type" && one.input === undefined ? -0.5 : 0)
  );
  return Math.min(...depths);
}

function missing(schema: z.ZodType, path: Path, make: Make): SchemaProblem {
  const values = valuesAt(schema, path);
  const allowed = values.length > 0 ? values.map(String) : undefined;
  const expected = wanted(schema, path, "");
  const last = path.at(-1);
  const what = (last === undefined ? "nothing is there" : `key "${last}" is missing`) +
    (allowed ? "" : `; expected ${expected}`);
  return make({ what, ...(allowed ? { allowed } : {}) });
}

function wanted(schema: z.ZodType, path: Path, expected: string): string {
  const kinds = kindsAt(schema, path);
  if (kinds.length === 0) return expected === "" ? "something else" : kindName(expected);
  // "int" is a number with a check, which only the issue knows.
  if (expected === "int") return kindName("int");
  return kinds.length === 1 ? kinds[0]! : `${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1)}`;
}

function notAllowed(path: Path, values: readonly unknown[], written: unknown): ProblemFacts {
  return {
    what: `${shown(path, written)} is not allowed`,
    allowed: values.map(String),
    written: String(written),
  };
}

/**
 * A value as it may stand in an error: short, of a mapping or list only that it is one, and nothing of
 * what may be a secret.
 */
function shown(path: Path, value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value === null) return "null";
  if (typeof value === "object") return "a mapping";
  if (path.some((step) => isSecretName(String(step)))) return "this value (not shown)";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}

const UNITS: Readonly<Record<string, string>> = {
  string: "characters",
  array: "entries",
  set: "entries",
  object: "keys",
  map: "keys",
};

function sizeText(path: Path, issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const unit = UNITS[issue.origin];
  const small = issue.code === "too_small";
  const bound = small ? issue.minimum : issue.maximum;
  const word = issue.inclusive === false
    ? (small ? "more than" : "less than")
    : (small ? "at least" : "at most");
  return unit
    ? `needs ${word} ${bound} ${unit}`
    : `${shown(path, issue.input)} is out of range: ${word} ${bound}`;
}

function formatText(path: Path, issue: z.core.$ZodIssueInvalidStringFormat): string {
  return `${shown(path, issue.input)} is not written right: expected ${formatWanted(issue)}`;
}

function formatWanted(issue: z.core.$ZodIssueInvalidStringFormat): string {
  return issue.pattern && issue.format === "regex" ? `like ${issue.pattern}` : issue.format;
}

function withoutRepeats(problems: readonly SchemaProblem[]): SchemaProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, what }) => {
    const key = JSON.stringify([path, what]);
    return !seen.has(key) && seen.add(key);
  });
}

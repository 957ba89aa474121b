/**
 * Variables in vectors: `${alice.last.Via.1.branch}`. Values are text, numbers, messages, or objects with
 * named parts; what a part means is the value's own business.
 *
 * @module
 */

/** Something a variable can name. */
export type Value = string | number | boolean | Parts;

/** A value with named parts. */
export interface Parts {
  /** The part, or undefined when there is none of that name (now). */
  part(name: string): Value | undefined;
  /** The value as text, when it is used without a part. */
  text(): string;
}

/** Where names are looked up. */
export interface Scope {
  look(name: string): Value | undefined;
}

/** A variable that has no value, or not now. `expression` is what stands between the braces. */
export class VariableError extends Error {
  override readonly name = "VariableError";
  constructor(readonly expression: string, message: string) {
    super(message);
  }
}

const pattern = /\$(\$\{)|\$\{([^}]*)\}/g;

/** The expressions used in a text, without braces. */
export function expressionsIn(text: string): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match[2] === undefined ? [] : [match[2]]);
}

/** The value of an expression such as `alice.last.Via.1`. Throws {@link VariableError}. */
export function evaluate(expression: string, scope: Scope): Value {
  const [first = "", ...rest] = expression.trim().split(".");
  let value = scope.look(first);
  if (value === undefined) {
    throw new VariableError(
      expression,
      `\${${expression}} has no value: nothing is named ${first}`,
    );
  }
  let path = first;
  for (const name of rest) {
    const next: Value | undefined = typeof value === "object" ? value.part(name) : undefined;
    if (next === undefined) {
      throw new VariableError(expression, `\${${expression}} has no value: ${path} has no ${name}`);
    }
    value = next;
    path += `.${name}`;
  }
  return value;
}

/** Text of a value. */
export function textOf(value: Value): string {
  return typeof value === "object" ? value.text() : String(value);
}

/** The text with every variable replaced; `$${` becomes `${`. Throws {@link VariableError}. */
export function substitute(text: string, scope: Scope): string {
  if (!text.includes("${")) return text;
  return text.replace(
    pattern,
    (_, escaped: string | undefined, expression: string) =>
      escaped ?? textOf(evaluate(expression, scope)),
  );
}

/** Every text within a structure with its variables replaced; keys stay as they are. */
export function substituteAll<T>(value: T, scope: Scope): T {
  return walk(value, scope) as T;
}

function walk(value: unknown, scope: Scope): unknown {
  if (typeof value === "string") return substitute(value, scope);
  if (Array.isArray(value)) return value.map((item) => walk(item, scope));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, scope)]));
  }
  return value;
}

/** A scope of fixed values. */
export function fixedScope(values: Readonly<Record<string, Value>>): Scope {
  return { look: (name) => Object.hasOwn(values, name) ? values[name] : undefined };
}

/** The first scope that knows a name answers. */
export function chainScopes(...scopes: readonly Scope[]): Scope {
  return {
    look(name) {
      for (const scope of scopes) {
        const value = scope.look(name);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

/** Parts given as a function. */
export function parts(get: (name: string) => Value | undefined, text: () => string): Parts {
  return { part: get, text };
}

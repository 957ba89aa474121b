/**
 * Matchers: does a received value fit what the vector expects? docs/vectors.md, "Matchers".
 *
 * @module
 */
import type { Matcher } from "../format/message.ts";
import { listElements, parametersOf, uriOf } from "./text.ts";

/** A mismatch in words. */
export interface Mismatch {
  readonly expected: string;
  readonly got: string;
}

/** Keeps captured values. */
export type Capture = (name: string, value: string) => void;

/** Characters of a value that a regular expression is tried on; longer values do not match. */
export const regexInputLimit = 65_536;

const rangePattern = /^(-?\d+)\.\.(-?\d+)$/;
const regexPattern = /^\/(.*)\/([a-z]*)$/s;

/**
 * Matches the fields of one header, in order; no fields means it is absent.
 *
 * @returns undefined when it fits
 */
export function matchFields(
  matcher: Matcher,
  fields: readonly string[],
  capture: Capture,
): Mismatch | undefined {
  if (matcher === "absent" || matcher === null) {
    return fields.length === 0 ? undefined : { expected: "absent", got: fields.join(", ") };
  }
  if (matcher === "any") return undefined;
  if (Array.isArray(matcher)) {
    return matchElements(matcher, listElements(fields.join(",")), capture);
  }
  if (typeof matcher === "object") {
    if (matcher.oneOf) {
      return matchOneOf(matcher.oneOf, (m) => matchFields(m, fields, capture), fields.join(", "));
    }
    if (matcher.not !== undefined) {
      const wrong = matchFields(matcher.not, fields, () => {}) === undefined;
      if (wrong) return { expected: `not ${describe(matcher.not)}`, got: fields.join(", ") };
    }
    if (matcher.count !== undefined) {
      const count = fields.length === 0 ? 0 : listElements(fields.join(",")).length;
      const wrong = matchText(matcher.count, String(count), capture);
      if (wrong) {
        return { expected: `${wrong.expected} elements`, got: `${count}: ${fields.join(", ")}` };
      }
    }
    const rest = Object.keys(matcher).filter((key) => key !== "not" && key !== "count");
    if (rest.length === 0) return undefined;
  }
  if (fields.length === 0) return { expected: describe(matcher), got: "no such header" };
  if (matcher === "present") return undefined;
  return matchText(matcher, fields.join(", "), capture);
}

/** Matches one text. */
export function matchText(matcher: Matcher, text: string, capture: Capture): Mismatch | undefined {
  if (typeof matcher === "string") return matchString(matcher, text);
  if (typeof matcher === "number" || typeof matcher === "boolean") {
    return text === String(matcher) ? undefined : { expected: String(matcher), got: text };
  }
  if (matcher === null) return { expected: "nothing", got: text };
  if (Array.isArray(matcher)) return matchElements(matcher, listElements(text), capture);
  return matchObject(matcher, text, capture);
}

function matchString(matcher: string, text: string): Mismatch | undefined {
  if (matcher === "any" || matcher === "present") return undefined;
  if (matcher === "absent") return { expected: "absent", got: text };
  const range = rangePattern.exec(matcher);
  if (range) {
    const value = Number(text);
    const fits = /^-?\d+$/.test(text) && value >= Number(range[1]) && value <= Number(range[2]);
    return fits ? undefined : { expected: matcher, got: text };
  }
  const regex = regexPattern.exec(matcher);
  if (regex) {
    const fits = text.length <= regexInputLimit && new RegExp(regex[1]!, regex[2]).test(text);
    return fits ? undefined : { expected: matcher, got: text };
  }
  return text === matcher.trim() || text === matcher ? undefined : { expected: matcher, got: text };
}

function matchElements(
  matchers: readonly Matcher[],
  elements: readonly string[],
  capture: Capture,
): Mismatch | undefined {
  const expected = `[${matchers.map(describe).join(", ")}]`;
  const got = `[${elements.join(", ")}]`;
  if (matchers.length !== elements.length) return { expected, got };
  for (const [index, matcher] of matchers.entries()) {
    if (matchText(matcher, elements[index]!, capture)) return { expected, got };
  }
  return undefined;
}

function matchOneOf(
  matchers: readonly Matcher[],
  attempt: (matcher: Matcher) => Mismatch | undefined,
  got: string,
): Mismatch | undefined {
  if (matchers.some((matcher) => attempt(matcher) === undefined)) return undefined;
  return { expected: `one of ${matchers.map(describe).join(", ")}`, got: got || "no such header" };
}

type ObjectMatcher = Exclude<Matcher, string | number | boolean | null | Matcher[]>;

function matchObject(
  matcher: ObjectMatcher,
  text: string,
  capture: Capture,
): Mismatch | undefined {
  const of = (what: string, wrong: Mismatch | undefined): Mismatch | undefined =>
    wrong && { expected: `${what} ${wrong.expected}`, got: wrong.got || text };
  const elements = () => listElements(text);
  const checks: (() => Mismatch | undefined)[] = [];
  const add = (check: () => Mismatch | undefined) => checks.push(check);
  const { is, uri, parameter, contains, not, oneOf, count, first, last, any } = matcher;
  if (is !== undefined) add(() => matchText(is, text, capture));
  if (uri !== undefined) add(() => of("URI", matchText(uri, uriOf(text), capture)));
  for (const [name, wanted] of Object.entries(parameter ?? {})) {
    add(() => {
      const value = parametersOf(text).get(name.toLowerCase());
      return of(
        `parameter ${name}`,
        matchFields(wanted, value === undefined ? [] : [value], capture),
      );
    });
  }
  if (contains !== undefined && !text.includes(contains)) {
    return { expected: `contains ${contains}`, got: text };
  }
  if (not !== undefined && matchText(not, text, () => {}) === undefined) {
    return { expected: `not ${describe(not)}`, got: text };
  }
  if (oneOf !== undefined) add(() => matchOneOf(oneOf, (m) => matchText(m, text, capture), text));
  if (count !== undefined) {
    add(() => of("element count", matchText(count, String(elements().length), capture)));
  }
  if (first !== undefined) {
    add(() => of("first element", matchText(first, elements()[0] ?? "", capture)));
  }
  if (last !== undefined) {
    add(() => of("last element", matchText(last, elements().at(-1) ?? "", capture)));
  }
  if (any !== undefined) {
    add(() =>
      elements().some((element) => matchText(any, element, capture) === undefined)
        ? undefined
        : { expected: `an element that is ${describe(any)}`, got: text }
    );
  }
  for (const check of checks) {
    const wrong = check();
    if (wrong) return wrong;
  }
  if (matcher.capture !== undefined) capture(matcher.capture, text);
  return undefined;
}

/** A matcher in words. */
export function describe(matcher: Matcher): string {
  if (typeof matcher === "string") return matcher;
  if (Array.isArray(matcher)) return `[${matcher.map(describe).join(", ")}]`;
  if (typeof matcher !== "object" || matcher === null) return String(matcher);
  return Object.entries(matcher)
    .filter(([key]) => key !== "capture")
    .map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" and ") || "any";
}

/**
 * Matches a structure (what a codec function returned): objects key by key, lists element by
 * element, leaves by {@link matchText}. `path` says where.
 */
export function matchStructure(
  expected: unknown,
  got: unknown,
  capture: Capture,
  path = "",
): Mismatch | undefined {
  const differs = (): Mismatch => ({
    expected: `${path || "value"}: ${show(expected)}`,
    got: show(got),
  });
  if (expected === "any") return undefined;
  if (expected === "absent") return got === undefined ? undefined : differs();
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) return differs();
    for (const [index, item] of expected.entries()) {
      const wrong = matchStructure(item, got[index], capture, `${path}[${index + 1}]`);
      if (wrong) return wrong;
    }
    return undefined;
  }
  if (typeof expected === "object" && expected !== null) {
    if (isMatcherObject(expected) && (typeof got !== "object" || got === null)) {
      return matchText(expected as Matcher, got === undefined ? "" : String(got), capture);
    }
    if (typeof got !== "object" || got === null || Array.isArray(got)) return differs();
    const left = expected as Record<string, unknown>;
    const right = got as Record<string, unknown>;
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const at = path ? `${path}.${key}` : key;
      if (!(key in left)) return { expected: `${at}: absent`, got: show(right[key]) };
      const wrong = matchStructure(left[key], right[key], capture, at);
      if (wrong) return wrong;
    }
    return undefined;
  }
  if (expected === null || got === null || got === undefined) {
    return expected === got ? undefined : differs();
  }
  if (typeof got === "object") return differs();
  if (typeof expected !== "string") return expected === got ? undefined : differs();
  const wrong = matchText(expected, String(got), capture);
  return wrong && differs();
}

const matcherKeys = [
  "is",
  "uri",
  "parameter",
  "contains",
  "not",
  "oneOf",
  "count",
  "first",
  "last",
  "any",
  "capture",
];

function isMatcherObject(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => matcherKeys.includes(key));
}

function show(value: unknown): string {
  return value === undefined
    ? "nothing"
    : typeof value === "string"
    ? value
    : JSON.stringify(value);
}

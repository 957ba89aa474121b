/**
 * Maps with numbered fields, the shape of every control message: keys are small integers in ascending
 * order, absent fields are left out, and unknown ones are refused.
 *
 * @module
 */
import { NtmEncodeError } from "./errors.ts";
import { assured, type Kind, within } from "./kinds.ts";

/** A field of a map. */
export interface Field<T, Optional extends boolean = boolean> {
  readonly key: number;
  readonly kind: Kind<T>;
  readonly optional: Optional;
}

/** A field that is always there. */
export function required<T>(key: number, kind: Kind<T>): Field<T, false> {
  return { key, kind, optional: false };
}

/** A field that may be left out. */
export function optional<T>(key: number, kind: Kind<T>): Field<T, true> {
  return { key, kind, optional: true };
}

// Methods take their parameters either way, so this is what every field is.
type AnyField = Field<unknown>;
/** Fields by name. */
export type Fields = Readonly<Record<string, AnyField>>;

type ValueOf<F> = F extends { readonly kind: Kind<infer T> } ? T : never;
type OptionalNames<F> = {
  [N in keyof F]: F[N] extends { readonly optional: true } ? N : never;
}[keyof F];

/** The value that a table of fields describes. */
export type Shape<F extends Fields> =
  & { readonly [N in Exclude<keyof F, OptionalNames<F>>]: ValueOf<F[N]> }
  & { readonly [N in OptionalNames<F>]?: ValueOf<F[N]> | undefined };

/** A kind that is a map, and what documents need to describe it. */
export interface Structure<T> extends Kind<T> {
  /** The map's CDDL, one field a line, for a rule of its own. */
  readonly rule: string;
}

/**
 * A map of fields.
 *
 * @param name the rule's name in CDDL
 * @param check what else must hold between fields: the text says what is wrong
 */
export function structure<F extends Fields>(
  name: string,
  fields: F,
  check: (value: Shape<F>) => string | undefined = () => undefined,
): Structure<Shape<F>> {
  const ordered = Object.entries(fields)
    .sort(([, a], [, b]) => a.key - b.key);
  const byKey = new Map(ordered.map((entry) => [entry[1].key, entry]));
  const present = (value: Readonly<Record<string, unknown>>) =>
    ordered.filter(([field]) => value[field] !== undefined);
  const complete = (value: Readonly<Record<string, unknown>>): string | undefined => {
    const missing = ordered.find(([field, { optional }]) =>
      !optional && value[field] === undefined
    );
    return missing ? `${missing[0]} is missing` : check(value as Shape<F>);
  };
  const lines = ordered.map(([field, { key, kind, optional }]) =>
    `  ${optional ? "? " : ""}${key} => ${kind.cddl},`.padEnd(44) + `; ${field}`
  );
  return {
    cddl: name,
    rule: [`${name} = {`, ...lines, "}"].join("\n"),
    write(to, value) {
      const record = value as Readonly<Record<string, unknown>>;
      assured(record, complete);
      const there = present(record);
      to.map(there.length);
      for (const [field, { key, kind }] of there) {
        to.uint(key);
        within(field, () => kind.write(to, record[field]));
      }
    },
    read(from) {
      const start = from.offset;
      const size = from.map(ordered.length);
      const value: Record<string, unknown> = {};
      let last = -1;
      for (let pair = 0; pair < size; pair++) {
        const at = from.offset;
        const key = from.uint();
        if (key <= last) from.fail(`key ${key} after ${last}: keys are not ascending`, at);
        last = key;
        const entry = byKey.get(key);
        if (!entry) return from.fail(`there is no key ${key}`, at);
        value[entry[0]] = within(entry[0], () => entry[1].kind.read(from));
      }
      const wrong = complete(value);
      return wrong === undefined ? value as Shape<F> : from.fail(wrong, start);
    },
    show(value) {
      const record = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        present(record).map(([field, { kind }]) => [field, kind.show(record[field])]),
      );
    },
    take(json) {
      if (typeof json !== "object" || json === null || Array.isArray(json)) {
        throw new NtmEncodeError("no object with fields");
      }
      const strange = Object.keys(json).find((field) => !Object.hasOwn(fields, field));
      if (strange !== undefined) throw new NtmEncodeError(`there is no field ${strange}`);
      const record = json as Readonly<Record<string, unknown>>;
      const value = Object.fromEntries(
        present(record).map((
          [field, { kind }],
        ) => [field, within(field, () => kind.take(record[field]))]),
      );
      assured(value, complete);
      return value as Shape<F>;
    },
  };
}

/** The type of what a kind holds. */
export type Held<K> = K extends Kind<infer T> ? T : never;

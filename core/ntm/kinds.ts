/**
 * Kinds of values in control messages: how each is written as CBOR, described in CDDL, checked, and
 * shown as JSON (by `ntm decode` and the conformance functions).
 *
 * @module
 */
import type { CborReader, CborWriter } from "./cbor.ts";
import { NtmDecodeError, NtmEncodeError } from "./errors.ts";

/** A kind of value. */
export interface Kind<T> {
  /** How CDDL (RFC 8610) has it, in a message. */
  readonly cddl: string;
  /** Writes it. Throws {@link NtmEncodeError} for a value that is not of this kind. */
  write(to: CborWriter, value: T): void;
  /** Reads it. Throws {@link NtmDecodeError}. */
  read(from: CborReader): T;
  /** As JSON. */
  show(value: T): unknown;
  /** From JSON. Throws {@link NtmEncodeError}. */
  take(json: unknown): T;
}

/** An integer from `low` to `high`. */
export function uint(cddl: string, low: number, high: number): Kind<number> {
  const check = (value: unknown): string | undefined =>
    typeof value === "number" && Number.isInteger(value) && value >= low && value <= high
      ? undefined
      : `${value} is no integer from ${low} to ${high}`;
  return {
    cddl,
    ...checked(check, (to, value: number) => to.uint(value), (from) => from.uint()),
    show: (value) => value,
    take: (json) => assured<number>(json, check),
  };
}

/** A text with a syntax of its own; `limit` in octets of UTF-8. */
export function text(
  cddl: string,
  limit: number,
  check: (value: string) => string | undefined,
): Kind<string> {
  const whole = (value: unknown): string | undefined => {
    if (typeof value !== "string") return "no text";
    const octets = new TextEncoder().encode(value).length;
    return octets > limit ? `${octets} octets, at most ${limit} are allowed` : check(value);
  };
  return {
    cddl,
    ...checked(whole, (to, value: string) => to.text(value), (from) => from.text(limit)),
    show: (value) => value,
    take: (json) => assured<string>(json, whole),
  };
}

/** Octets, from `low` to `high` of them. JSON has them as hexadecimal text. */
export function octets(cddl: string, low: number, high = low): Kind<Uint8Array> {
  const check = (value: Uint8Array): string | undefined =>
    value.length >= low && value.length <= high
      ? undefined
      : `${value.length} octets, ${low === high ? low : `${low} to ${high}`} are needed`;
  return {
    cddl,
    ...checked(check, (to, value) => to.bytes(value), (from) => from.bytes(high)),
    show: (value) => value.toHex(),
    take: (json) => assured<Uint8Array>(fromHex(json), check),
  };
}

/** True or false. */
export const flag: Kind<boolean> = {
  cddl: "bool",
  write: (to, value) => to.bool(value),
  read: (from) => from.bool(),
  show: (value) => value,
  take: (json) => assured<boolean>(json, (v) => typeof v === "boolean" ? undefined : "no boolean"),
};

/** One of a few named values; the wire has their numbers. */
export function choice<N extends string>(
  cddl: string,
  numbers: Readonly<Record<N, number>>,
): Kind<N> {
  const names = new Map(
    Object.entries<number>(numbers).map(([name, number]) => [number, name as N]),
  );
  const check = (value: unknown): string | undefined =>
    typeof value === "string" && Object.hasOwn(numbers, value)
      ? undefined
      : `${value} is none of ${Object.keys(numbers).join(", ")}`;
  return {
    cddl,
    write: (to, value) => to.uint(numbers[assured<N>(value, check)]),
    read(from) {
      const at = from.offset;
      const number = from.uint();
      return names.get(number) ?? from.fail(`${number} has no meaning here`, at);
    },
    show: (value) => value,
    take: (json) => assured<N>(json, check),
  };
}

/** A list of `low` to `high` values of one kind. */
export function list<T>(kind: Kind<T>, low: number, high: number): Kind<readonly T[]> {
  const check = (count: number): string | undefined =>
    count >= low && count <= high ? undefined : `${count} elements, ${low} to ${high} are allowed`;
  return {
    cddl: `[${low}*${high} ${kind.cddl}]`,
    write(to, values) {
      assured<number>(values.length, check);
      to.array(values.length);
      for (const value of values) kind.write(to, value);
    },
    read(from) {
      const at = from.offset;
      const count = from.array(high);
      const wrong = check(count);
      if (wrong) from.fail(wrong, at);
      return Array.from({ length: count }, () => kind.read(from));
    },
    show: (values) => values.map((value) => kind.show(value)),
    take(json) {
      if (!Array.isArray(json)) throw new NtmEncodeError("no list");
      assured<number>(json.length, check);
      return json.map((item) => kind.take(item));
    },
  };
}

/** The value, or an {@link NtmEncodeError} with what `check` has against it. */
export function assured<T>(value: unknown, check: (value: T) => string | undefined): T {
  const wrong = check(value as T);
  if (wrong !== undefined) throw new NtmEncodeError(wrong);
  return value as T;
}

/** Hexadecimal text as octets. */
export function fromHex(json: unknown): Uint8Array {
  if (typeof json !== "string" || !/^([0-9a-f]{2})*$/i.test(json)) {
    throw new NtmEncodeError("no hexadecimal text with two digits an octet");
  }
  return Uint8Array.fromHex(json);
}

/** Writing and reading with one check for both. */
export function checked<T>(
  check: (value: T) => string | undefined,
  write: (to: CborWriter, value: T) => void,
  read: (from: CborReader) => T,
): Pick<Kind<T>, "write" | "read"> {
  return {
    write: (to, value) => write(to, assured<T>(value, check)),
    read(from) {
      const at = from.offset;
      const value = read(from);
      const wrong = check(value);
      return wrong === undefined ? value : from.fail(wrong, at);
    },
  };
}

/** Runs `work`; errors of the wire come out with `outer` in front of their place. */
export function within<T>(outer: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof NtmDecodeError) throw error.within(outer);
    if (error instanceof NtmEncodeError) throw error.within(outer);
    throw error;
  }
}

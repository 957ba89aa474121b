/**
 * Header fields, in order and lossless: a field that was parsed keeps the octets it was written with.
 *
 * @module
 */
import { isToken } from "./chars.ts";
import { canonicalKey, knownForm } from "./header_names.ts";
import { elementEnd, splitList } from "./lists.ts";

/** One header field. */
export interface HeaderField {
  /** Canonical key: the long form in lower case, `via` for `Via`, `VIA` and `v`. */
  readonly key: string;
  /** Field name as written. */
  readonly name: string;
  /** Value, unfolded and trimmed. */
  readonly value: string;
  /** The whole field as written, with folds and line end; undefined for a field that was made here. */
  readonly raw?: string;
  /** The octets, where they are no valid UTF-8 (tolerant parsing): `raw` shows them as Latin-1 then. */
  readonly octets?: Uint8Array;
}

/**
 * A field made here. Throws RangeError if the name is no token or the value holds a line end. NUL may
 * stand in it, as a quoted pair (RFC 3261 §25.1; RFC 4475 §3.1.1.2 sends one in To).
 */
export function makeField(name: string, value: string): HeaderField {
  if (!knownForm(name) && !isToken(name)) {
    throw new RangeError(`${JSON.stringify(name)} is no header name, use a token`);
  }
  // These would let a value add fields of its own.
  if (/[\r\n]/.test(value)) {
    throw new RangeError(`The value of ${name} holds a line end, remove it`);
  }
  return { key: canonicalKey(name), name, value };
}

/**
 * An ordered list of header fields. Names are taken in any form (long or compact) and case. Changing
 * one field leaves the octets of all others as they are.
 */
export class Headers {
  #fields: HeaderField[];

  constructor(fields: readonly HeaderField[] = []) {
    this.#fields = fields.slice();
  }

  /** Headers that take the array over instead of copying it. */
  static adopt(fields: HeaderField[]): Headers {
    const headers = new Headers();
    headers.#fields = fields;
    return headers;
  }

  /** Headers of name and value pairs. */
  static of(pairs: Iterable<readonly [name: string, value: string]>): Headers {
    const headers = new Headers();
    for (const [name, value] of pairs) headers.append(name, value);
    return headers;
  }

  /** All fields in order. */
  get fields(): readonly HeaderField[] {
    return this.#fields;
  }

  #index(key: string): number {
    const fields = this.#fields;
    for (let index = 0; index < fields.length; index++) {
      if (fields[index]!.key === key) return index;
    }
    return -1;
  }

  /** First field of the name. */
  field(name: string): HeaderField | undefined {
    const index = this.#index(canonicalKey(name));
    return index < 0 ? undefined : this.#fields[index];
  }

  /** Value of the first field of the name. */
  get(name: string): string | undefined {
    return this.field(name)?.value;
  }

  /** Values of all fields of the name, one entry a field. */
  getAll(name: string): string[] {
    const key = canonicalKey(name);
    const values: string[] = [];
    for (const field of this.#fields) if (field.key === key) values.push(field.value);
    return values;
  }

  /** All list elements of all fields of the name: split at commas outside quotes and `<>`. */
  list(name: string): string[] {
    const key = canonicalKey(name);
    const elements: string[] = [];
    for (const field of this.#fields) {
      if (field.key === key) elements.push(...splitList(field.value));
    }
    return elements;
  }

  has(name: string): boolean {
    return this.#index(canonicalKey(name)) >= 0;
  }

  /** Number of fields of the name. */
  count(name: string): number {
    const key = canonicalKey(name);
    let count = 0;
    for (const field of this.#fields) if (field.key === key) count++;
    return count;
  }

  /** Replaces all fields of the name by one, in the first one's place, or appends it. */
  set(name: string, value: string): this {
    const made = makeField(name, value);
    const index = this.#index(made.key);
    if (index < 0) {
      this.#fields.push(made);
    } else {
      this.#fields[index] = made;
      for (let at = this.#fields.length - 1; at > index; at--) {
        if (this.#fields[at]!.key === made.key) this.#fields.splice(at, 1);
      }
    }
    return this;
  }

  /** Adds a field at the end. */
  append(name: string, value: string): this {
    this.#fields.push(makeField(name, value));
    return this;
  }

  /** Adds fields of another message at the end, as they are written there. */
  appendFields(fields: Iterable<HeaderField>): this {
    for (const field of fields) this.#fields.push(field);
    return this;
  }

  /** Adds a field above the first of that name, or at the top. */
  prepend(name: string, value: string): this {
    const made = makeField(name, value);
    this.#fields.splice(Math.max(this.#index(made.key), 0), 0, made);
    return this;
  }

  /** Removes all fields of the name. */
  delete(name: string): this {
    const key = canonicalKey(name);
    if (this.#index(key) >= 0) this.#fields = this.#fields.filter((field) => field.key !== key);
    return this;
  }

  /** Takes away the first list element of the first field of the name and returns it. */
  removeFirst(name: string): string | undefined {
    return this.#first(name, undefined);
  }

  /** Replaces the first list element of the first field of the name; appends a field if there is none. */
  replaceFirst(name: string, value: string): this {
    if (this.has(name)) this.#first(name, value);
    else this.append(name, value);
    return this;
  }

  #first(name: string, replacement: string | undefined): string | undefined {
    const index = this.#index(canonicalKey(name));
    const field = this.#fields[index];
    if (!field) return undefined;
    const end = elementEnd(field.value);
    const rest = field.value.slice(end + 1).trim();
    const parts = [replacement, rest || undefined].filter((part) => part !== undefined);
    if (parts.length === 0) this.#fields.splice(index, 1);
    else this.#fields[index] = makeField(field.name, parts.join(", "));
    return field.value.slice(0, end).trim();
  }

  /** A copy; the fields themselves are shared and never change. */
  clone(): Headers {
    return new Headers(this.#fields);
  }
}

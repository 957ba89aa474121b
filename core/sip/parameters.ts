/**
 * Parameters: `;name=value` lists of headers and URIs, and the comma lists of Authorization.
 *
 * @module
 */
import { type Cursor, quote, tokenOrQuoted, unquote } from "./cursor.ts";
import { is, skip, TOKEN } from "./chars.ts";
import { parseIp } from "../net/address.ts";

/** One parameter as written. */
export interface Parameter {
  readonly name: string;
  /** As written, with its quotes; undefined for a flag such as `lr`. */
  readonly value?: string;
}

/** Parameters in order. Names compare without regard to case. */
export class Parameters {
  #items: Parameter[];

  constructor(items: readonly Parameter[] = []) {
    this.#items = items.length === 0 ? [] : items.slice();
  }

  get size(): number {
    return this.#items.length;
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.#items[Symbol.iterator]();
  }

  #find(name: string): number {
    const items = this.#items;
    for (let index = 0; index < items.length; index++) {
      if (items[index]!.name === name) return index;
    }
    const key = name.toLowerCase();
    return items.findIndex((item) =>
      item.name.length === key.length && item.name.toLowerCase() === key
    );
  }

  /** Value without quotes; "" for a flag; undefined if there is none of that name. */
  get(name: string): string | undefined {
    const index = this.#find(name);
    return index < 0 ? undefined : unquote(this.#items[index]!.value ?? "");
  }

  /** Value as written, quotes and all. */
  raw(name: string): string | undefined {
    const index = this.#find(name);
    return index < 0 ? undefined : this.#items[index]!.value;
  }

  has(name: string): boolean {
    return this.#find(name) >= 0;
  }

  /**
   * Sets a parameter in its place or at the end. The value is quoted where it is no token and no IP
   * address, or always with `{ quoted: true }`; without a value it becomes a flag.
   */
  set(name: string, value?: string, options: { quoted?: boolean } = {}): this {
    const written = value === undefined
      ? undefined
      : options.quoted
      ? quote(value)
      : parseIp(value) !== undefined
      ? value
      : tokenOrQuoted(value);
    return this.setRaw(name, written);
  }

  /** Sets a parameter to a value that is written already. */
  setRaw(name: string, value: string | undefined): this {
    const index = this.#find(name);
    const item = value === undefined ? { name } : { name, value };
    if (index < 0) this.#items.push(item);
    else this.#items[index] = item;
    return this;
  }

  delete(name: string): this {
    const index = this.#find(name);
    if (index >= 0) this.#items.splice(index, 1);
    return this;
  }

  clone(): Parameters {
    return new Parameters(this.#items);
  }

  /** `;name=value;flag`. */
  toString(): string {
    let text = "";
    for (const { name, value } of this.#items) {
      text += value === undefined ? `;${name}` : `;${name}=${value}`;
    }
    return text;
  }
}

const SEMICOLON = 59;
const EQUALS = 61;
const QUOTE = 34;
const BRACKET = 91;
const COLON = 58;

/**
 * `*(SEMI generic-param)` (RFC 3261 §25.1) from the cursor on. With `addresses`, a value may be an IPv6
 * address without brackets, which the grammar gives Via's `received` (RFC 5118 §4.5).
 */
export function parseParameters(cursor: Cursor, clause: string, addresses = false): Parameters {
  let items: Parameter[] | undefined;
  while (cursor.separator(SEMICOLON)) {
    const item = parseParameter(cursor, clause, addresses);
    if (items === undefined) items = [item];
    else items.push(item);
  }
  return new Parameters(items);
}

/** `token [EQUAL gen-value]`. */
export function parseParameter(cursor: Cursor, clause: string, addresses = false): Parameter {
  const name = cursor.token("a parameter name", clause);
  if (!cursor.separator(EQUALS)) return { name };
  return { name, value: genericValue(cursor, clause, addresses) };
}

/** `gen-value = token / host / quoted-string`, as written. */
function genericValue(cursor: Cursor, clause: string, addresses: boolean): string {
  const { text, code, at: start } = cursor;
  if (code === QUOTE) return cursor.quoted(clause);
  let end = start;
  if (code === BRACKET) {
    end = text.indexOf("]", start) + 1;
    if (end === 0 || parseIp(text.slice(start, end)) === undefined) {
      throw cursor.fail("no IPv6 address in the brackets", clause);
    }
  } else {
    end = skip(text, start, TOKEN);
    if (addresses && text.charCodeAt(end) === COLON) {
      while (is(text.charCodeAt(end), TOKEN) || text.charCodeAt(end) === COLON) end++;
      if (parseIp(text.slice(start, end)) === undefined) {
        throw cursor.fail("the value is no token, quoted string or IP address", clause);
      }
    }
  }
  if (end === start) throw cursor.unexpected("a parameter value", clause);
  cursor.at = end;
  return text.slice(start, end);
}

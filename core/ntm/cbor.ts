/**
 * The part of CBOR that control messages use: unsigned integers, byte and text strings, arrays, maps and
 * booleans, deterministically encoded (RFC 8949 §4.2.1): shortest heads, definite lengths. The reader
 * refuses everything else, so a value has exactly one encoding.
 *
 * @module
 */
import { NtmDecodeError, NtmEncodeError } from "./errors.ts";

const MAJOR_NAMES = [
  "an unsigned integer",
  "a negative integer",
  "a byte string",
  "a text string",
  "an array",
  "a map",
  "a tag",
  "a simple value",
] as const;
const UINT = 0;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const FALSE = 0xf4;
const TRUE = 0xf5;

/** Writes values one after the other. */
export class CborWriter {
  readonly #octets: number[] = [];

  /** What was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#octets);
  }

  uint(value: number): void {
    this.#head(UINT, value);
  }

  bytes(value: Uint8Array): void {
    this.#head(BYTES, value.length);
    for (const octet of value) this.#octets.push(octet);
  }

  text(value: string): void {
    if (!value.isWellFormed()) throw new NtmEncodeError("the text has half a surrogate pair");
    const octets = new TextEncoder().encode(value);
    this.#head(TEXT, octets.length);
    for (const octet of octets) this.#octets.push(octet);
  }

  /** Opens an array; `length` values follow. */
  array(length: number): void {
    this.#head(ARRAY, length);
  }

  /** Opens a map; `size` pairs of key and value follow, keys ascending. */
  map(size: number): void {
    this.#head(MAP, size);
  }

  bool(value: boolean): void {
    this.#octets.push(value ? TRUE : FALSE);
  }

  #head(major: number, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new NtmEncodeError(`${value} is no integer from 0 to 2^53-1`);
    }
    const top = major << 5;
    if (value < 24) this.#octets.push(top | value);
    else if (value < 0x100) this.#octets.push(top | 24, value);
    else if (value < 0x10000) this.#octets.push(top | 25, value >> 8, value & 255);
    else if (value < 0x100000000) this.#octets.push(top | 26, ...u32(value));
    else this.#octets.push(top | 27, ...u32(Math.floor(value / 0x100000000)), ...u32(value));
  }
}

function u32(value: number): number[] {
  const low = value >>> 0;
  return [low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255];
}

/** Reads values one after the other; every error is an {@link NtmDecodeError} with the octet's offset. */
export class CborReader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** Octets read so far. */
  get offset(): number {
    return this.#at;
  }

  /** Throws unless everything has been read. */
  end(): void {
    const rest = this.#octets.length - this.#at;
    if (rest > 0) this.fail(`${rest} octets too many`, this.#at);
  }

  uint(): number {
    return this.#head(UINT);
  }

  /** A byte string of at most `limit` octets; a copy. */
  bytes(limit: number): Uint8Array<ArrayBuffer> {
    return this.#string(BYTES, limit);
  }

  /** A text string of at most `limit` octets of UTF-8. */
  text(limit: number): string {
    const start = this.#at;
    const octets = this.#string(TEXT, limit);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
    } catch {
      return this.fail("the text is no UTF-8", start);
    }
  }

  /** The number of elements of the array that begins here, at most `limit`. */
  array(limit: number): number {
    return this.#length(ARRAY, limit, "elements");
  }

  /** The number of pairs of the map that begins here, at most `limit`. */
  map(limit: number): number {
    return this.#length(MAP, limit, "pairs");
  }

  bool(): boolean {
    const octet = this.#octets[this.#at];
    if (octet === undefined) return this.fail("the octets end before a boolean", this.#at);
    if (octet !== TRUE && octet !== FALSE) return this.fail("no boolean", this.#at);
    this.#at++;
    return octet === TRUE;
  }

  /** Throws at an offset; the caller adds where in the message that is. */
  fail(what: string, offset: number): never {
    throw new NtmDecodeError(what, { where: "", offset });
  }

  #length(major: number, limit: number, what: string): number {
    const start = this.#at;
    const length = this.#head(major);
    if (length > limit) this.fail(`${length} ${what}, at most ${limit} are allowed`, start);
    return length;
  }

  #string(major: number, limit: number): Uint8Array<ArrayBuffer> {
    const length = this.#length(major, limit, "octets");
    const end = this.#at + length;
    if (end > this.#octets.length) {
      const missing = end - this.#octets.length;
      this.fail(
        `the octets end ${missing} too early for ${MAJOR_NAMES[major]}`,
        this.#octets.length,
      );
    }
    const octets = this.#octets.slice(this.#at, end);
    this.#at = end;
    return octets;
  }

  /** RFC 8949 §3: major type and argument, in the shortest form (§4.2.1). */
  #head(major: number): number {
    const start = this.#at;
    const first = this.#octets[start];
    const wanted = MAJOR_NAMES[major];
    if (first === undefined) return this.fail(`the octets end before ${wanted}`, start);
    const got = first >> 5;
    if (got !== major) return this.fail(`${MAJOR_NAMES[got]} instead of ${wanted}`, start);
    const info = first & 31;
    this.#at++;
    if (info < 24) return info;
    if (info > 27) return this.fail("an indefinite length or reserved head", start);
    const octets = 1 << (info - 24);
    let value = 0;
    for (let index = 0; index < octets; index++) {
      const octet = this.#octets[this.#at];
      if (octet === undefined) return this.fail(`the octets end within ${wanted}`, this.#at);
      this.#at++;
      value = value * 256 + octet;
    }
    if (value > Number.MAX_SAFE_INTEGER) return this.fail("an integer above 2^53-1", start);
    const least = octets === 1 ? 24 : 2 ** (octets * 4);
    if (value < least) return this.fail(`${value} is not in its shortest form`, start);
    return value;
  }
}

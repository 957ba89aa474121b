/**
 * Path ids and what belongs to them, in typed arrays: looked up without allocation.
 *
 * Ids are hashed with odd multipliers picked at start, so that nobody can choose ids that collide;
 * collisions go to the next free place (linear probing, at most half of the places in use).
 *
 * @module
 */

/** Words of 32 bits of an end: family and port, address (4 words, IPv4 in the first), socket. */
export const END_WORDS = 6;
const FAMILY_PORT = 0;
const ADDRESS = 1;
const SOCKET = 5;

/** Address families as the low octets of a socket address's first word (Linux, little-endian). */
const FAMILY_MASK = 0xffff;
const AF_INET = 2;

/** What `find` gives for an id that is not there. */
export const ABSENT = -1;

/** A row's kind. */
export const PATH = 0;
export const ASSOCIATION = 1;

/** One change of the table, as it goes to the workers. */
export type TableChange =
  | { readonly do: "set"; readonly id: number; readonly row: number; readonly ends?: Int32Array }
  | { readonly do: "remove"; readonly id: number };

/** Ids to rows, rows to kinds and ends. */
export class PathTable {
  readonly #mask: number;
  readonly #shift: number;
  readonly #multiplyLow: number;
  readonly #multiplyHigh: number;
  /** Lower 32 bits and upper 16 bits of the id at each place; id 0, which none has, for a free one. */
  readonly #low: Int32Array;
  readonly #high: Uint16Array;
  readonly #row: Int32Array;
  readonly #kind: Uint8Array;
  readonly #ends: Int32Array;

  /** `rows`: how many ids it can hold; `seed`: any two integers, secret. */
  constructor(rows: number, seed: readonly [number, number]) {
    const bits = Math.max(2, Math.ceil(Math.log2(rows)) + 1);
    this.#mask = 2 ** bits - 1;
    this.#shift = 32 - bits;
    this.#multiplyLow = seed[0] | 1;
    this.#multiplyHigh = seed[1] | 1;
    this.#low = new Int32Array(2 ** bits);
    this.#high = new Uint16Array(2 ** bits);
    this.#row = new Int32Array(2 ** bits);
    this.#kind = new Uint8Array(rows);
    this.#ends = new Int32Array(rows * 2 * END_WORDS);
  }

  /** Applies a change. */
  apply(change: TableChange): void {
    const [low, high] = [change.id | 0, Math.floor(change.id / 2 ** 32)];
    if (change.do === "remove") this.#remove(low, high);
    else this.#set(low, high, change.row, change.ends);
  }

  #home(low: number, high: number): number {
    return (Math.imul(low, this.#multiplyLow) + Math.imul(high, this.#multiplyHigh)) >>>
      this.#shift;
  }

  /** Place of an id, or of the free place where it would go. */
  #place(low: number, high: number): number {
    let place = this.#home(low, high);
    for (;;) {
      const [atLow, atHigh] = [this.#low[place]!, this.#high[place]!];
      if (atLow === low && atHigh === high) return place;
      if (atLow === 0 && atHigh === 0) return place;
      place = (place + 1) & this.#mask;
    }
  }

  /** Row of the id with these lower 32 bits (signed) and upper 16 bits, or {@link ABSENT}. */
  find(low: number, high: number): number {
    if (low === 0 && high === 0) return ABSENT;
    let place = this.#home(low, high);
    for (;;) {
      const atLow = this.#low[place]!;
      const atHigh = this.#high[place]!;
      if (atLow === low && atHigh === high) return this.#row[place]!;
      if (atLow === 0 && atHigh === 0) return ABSENT;
      place = (place + 1) & this.#mask;
    }
  }

  #set(low: number, high: number, row: number, ends: Int32Array | undefined): void {
    const place = this.#place(low, high);
    this.#low[place] = low;
    this.#high[place] = high;
    this.#row[place] = row;
    this.#kind[row] = ends ? PATH : ASSOCIATION;
    const start = row * 2 * END_WORDS;
    if (ends) this.#ends.set(ends, start);
    else this.#ends.fill(0, start, start + 2 * END_WORDS);
  }

  #remove(low: number, high: number): void {
    let hole = this.#place(low, high);
    // Those behind it that were pushed past the hole move up, so that no search ends too early.
    for (let place = (hole + 1) & this.#mask;; place = (place + 1) & this.#mask) {
      const [atLow, atHigh] = [this.#low[place]!, this.#high[place]!];
      if (atLow === 0 && atHigh === 0) break;
      const home = this.#home(atLow, atHigh);
      if (((place - home) & this.#mask) < ((place - hole) & this.#mask)) continue;
      this.#low[hole] = atLow;
      this.#high[hole] = atHigh;
      this.#row[hole] = this.#row[place]!;
      hole = place;
    }
    this.#low[hole] = 0;
    this.#high[hole] = 0;
  }

  /** {@link PATH} or {@link ASSOCIATION}. */
  kind(row: number): number {
    return this.#kind[row]!;
  }

  /** Whether the socket address at word `at` of `names` is that of the end; scope and flow are ignored. */
  isAt(end: number, names: Int32Array, at: number): boolean {
    const start = end * END_WORDS;
    const ends = this.#ends;
    const familyPort = names[at]!;
    if (ends[start + FAMILY_PORT] !== familyPort) return false;
    if ((familyPort & FAMILY_MASK) === AF_INET) return ends[start + ADDRESS] === names[at + 1];
    return ends[start + ADDRESS] === names[at + 2] && ends[start + ADDRESS + 1] === names[at + 3] &&
      ends[start + ADDRESS + 2] === names[at + 4] && ends[start + ADDRESS + 3] === names[at + 5];
  }

  /** Whether the end has an address. */
  isKnown(end: number): boolean {
    return this.#ends[end * END_WORDS + FAMILY_PORT] !== 0;
  }

  /** Index of the socket by which the end is reached. */
  socket(end: number): number {
    return this.#ends[end * END_WORDS + SOCKET]!;
  }

  /** Writes the end's socket address at word `at` of `names`, whose other words are zeros. */
  writeName(end: number, names: Int32Array, at: number): void {
    const start = end * END_WORDS;
    const ends = this.#ends;
    const familyPort = ends[start + FAMILY_PORT]!;
    names[at] = familyPort;
    if ((familyPort & FAMILY_MASK) === AF_INET) {
      names[at + 1] = ends[start + ADDRESS]!;
      return;
    }
    for (let word = 0; word < 4; word++) names[at + 2 + word] = ends[start + ADDRESS + word]!;
  }
}

/**
 * Arrays of `struct mmsghdr` for `recvmmsg` and `sendmmsg`, made once and used again.
 *
 *     mmsghdr, 64 octets on both architectures:
 *       0 name pointer | 8 name length u32 | 16 iovec pointer | 24 iovec count
 *       32 control pointer | 40 control length | 48 flags | 56 octets received or sent u32
 *     iovec: 0 base pointer | 8 length
 *
 * @module
 */
import { addressOf, fixedMemory } from "./libc.ts";

/** Octets of one `mmsghdr`. */
export const HEADER_OCTETS = 64;
/** Room for one socket address. */
export const NAME_OCTETS = 32;
const VECTOR_OCTETS = 16;

/** In words of 32 bits. */
const HEADER = HEADER_OCTETS / 4;
const VECTOR = VECTOR_OCTETS / 4;
const NAME_POINTER = 0;
const NAME_LENGTH = 2;
const VECTOR_POINTER = 4;
const VECTOR_COUNT = 6;
const FLAGS = 12;
const LENGTH = 14;

const MSG_TRUNC = 0x20;

/** Headers, vectors and names for a number of slots, each of one buffer. */
export class MessageHeaders {
  readonly headers: Uint8Array<ArrayBuffer>;
  /** A socket address a slot, {@link NAME_OCTETS} apart. */
  readonly names: Uint8Array<ArrayBuffer>;
  readonly #words: Uint32Array;
  readonly #vectors: Uint32Array;

  constructor(slots: number) {
    this.headers = fixedMemory(slots * HEADER_OCTETS);
    this.names = fixedMemory(slots * NAME_OCTETS);
    const vectors = fixedMemory(slots * VECTOR_OCTETS);
    this.#words = new Uint32Array(this.headers.buffer);
    this.#vectors = new Uint32Array(vectors.buffer);
    const [name, vector] = [addressOf(this.names), addressOf(vectors)];
    for (let slot = 0; slot < slots; slot++) {
      writePointer(this.#words, slot * HEADER + NAME_POINTER, name + slot * NAME_OCTETS);
      writePointer(this.#words, slot * HEADER + VECTOR_POINTER, vector + slot * VECTOR_OCTETS);
      this.#words[slot * HEADER + VECTOR_COUNT] = 1;
    }
  }

  /** Octets of the slot's name, or of the room for it before receiving. */
  setName(slot: number, length: number): void {
    this.#words[slot * HEADER + NAME_LENGTH] = length;
  }

  /** Where the slot's octets are, or are to go. */
  setData(slot: number, address: number, length: number): void {
    writePointer(this.#vectors, slot * VECTOR, address);
    this.#vectors[slot * VECTOR + 2] = length;
  }

  /** Octets received. */
  length(slot: number): number {
    return this.#words[slot * HEADER + LENGTH]!;
  }

  /** Whether the datagram received was longer than its room. */
  isTruncated(slot: number): boolean {
    return (this.#words[slot * HEADER + FLAGS]! & MSG_TRUNC) !== 0;
  }
}

function writePointer(words: Uint32Array, at: number, address: number): void {
  words[at] = address % 2 ** 32;
  words[at + 1] = Math.floor(address / 2 ** 32);
}

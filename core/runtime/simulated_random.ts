/**
 * Seeded randomness for the simulator: sfc32 (Chris Doty-Humphrey, PractRand), its state filled from
 * SHA-256 over the seed and the name of the stream.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Random } from "./runtime.ts";

/** A reproducible generator. Not for secrets: whoever knows the seed knows every octet. */
export class SeededRandom implements Random {
  readonly #state: Uint32Array;

  /** The same `seed` and `stream` give the same sequence; different streams are independent. */
  constructor(seed: string | number, stream: string) {
    const digest = createHash("sha256").update(JSON.stringify([String(seed), stream])).digest();
    this.#state = new Uint32Array(4);
    for (let i = 0; i < 4; i++) this.#state[i] = digest.readUInt32LE(4 * i);
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const s = this.#state;
    const [a, b, c, counter] = [s[0]!, s[1]!, s[2]!, s[3]!];
    const sum = (a + b + counter) | 0;
    s[3] = counter + 1;
    s[0] = b ^ (b >>> 9);
    s[1] = c + (c << 3);
    s[2] = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A number from 0 up to and not including 1. */
  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      let word = this.uint32();
      for (let i = at; i < Math.min(at + 4, length); i++, word >>>= 8) out[i] = word & 0xff;
    }
    return out;
  }
}

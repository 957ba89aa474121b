/**
 * Authenticated encryption by `node:crypto`: works everywhere, allocates for each packet.
 *
 * @module
 */
import { type CipherGCMTypes, createCipheriv, createDecipheriv } from "node:crypto";
import {
  type Aead,
  type AeadKey,
  type AeadSuite,
  checkArguments,
  checkKey,
  NOT_AUTHENTIC,
  released,
  TAG_OCTETS,
} from "./aead.ts";

const OPTIONS = { authTagLength: TAG_OCTETS };

/** The back end for every platform. */
export const nodeAead: Aead = {
  name: "node",
  key(suite, octets) {
    checkKey(octets);
    return new NodeKey(suite, octets.slice());
  },
};

class NodeKey implements AeadKey {
  readonly suite: AeadSuite;
  #octets: Uint8Array | undefined;

  constructor(suite: AeadSuite, octets: Uint8Array) {
    this.suite = suite;
    this.#octets = octets;
  }

  seal(
    nonce: Uint8Array,
    associated: Uint8Array,
    input: Uint8Array,
    output: Uint8Array,
    length: number = input.length,
  ): number {
    if (!this.#octets) throw released();
    checkArguments(nonce, input, output, length, length + TAG_OCTETS);
    const cipher = createCipheriv(cipherName(this.suite), this.#octets, nonce, OPTIONS);
    cipher.setAAD(associated);
    output.set(cipher.update(input.subarray(0, length)), 0);
    cipher.final();
    output.set(cipher.getAuthTag(), length);
    return length + TAG_OCTETS;
  }

  open(
    nonce: Uint8Array,
    associated: Uint8Array,
    input: Uint8Array,
    output: Uint8Array,
    length: number = input.length,
  ): number {
    if (!this.#octets) throw released();
    const plain = length - TAG_OCTETS;
    checkArguments(nonce, input, output, length, Math.max(0, plain));
    if (plain < 0) return NOT_AUTHENTIC;
    const decipher = createDecipheriv(cipherName(this.suite), this.#octets, nonce, OPTIONS);
    decipher.setAAD(associated);
    decipher.setAuthTag(input.subarray(plain, length));
    const text = decipher.update(input.subarray(0, plain));
    try {
      decipher.final();
    } catch {
      text.fill(0);
      output.fill(0, 0, plain);
      return NOT_AUTHENTIC;
    }
    output.set(text, 0);
    return plain;
  }

  release(): void {
    this.#octets?.fill(0);
    this.#octets = undefined;
  }
}

/** The types of `node:crypto` know the tag's functions for GCM names only; both suites have them. */
function cipherName(suite: AeadSuite): CipherGCMTypes {
  return suite as CipherGCMTypes;
}

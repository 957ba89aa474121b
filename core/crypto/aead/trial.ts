/**
 * The self-test that a library of the system must pass before it is trusted with packets.
 *
 * @module
 */
import { type Aead, AEAD_SUITES, NOT_AUTHENTIC } from "./aead.ts";
import { nodeAead } from "./node.ts";

/** Longer than the blocks that libraries handle at once, and no multiple of them. */
const OCTETS = 301;

/** Whether a back end seals as `node:crypto` does, opens that again, and refuses it when changed. */
export function passesSelfTest(aead: Aead): boolean {
  try {
    return AEAD_SUITES.every((suite) => {
      const octets = pattern(32, 7);
      const [nonce, associated, plain] = [pattern(12, 11), pattern(16, 13), pattern(OCTETS, 17)];
      const sealed = new Uint8Array(OCTETS + 16);
      const expected = new Uint8Array(OCTETS + 16);
      const other = nodeAead.key(suite, octets);
      other.seal(nonce, associated, plain, expected);
      other.release();
      const key = aead.key(suite, octets);
      try {
        key.seal(nonce, associated, plain, sealed);
        if (!equal(sealed, expected)) return false;
        const back = new Uint8Array(OCTETS);
        if (key.open(nonce, associated, sealed, back) !== OCTETS || !equal(back, plain)) {
          return false;
        }
        sealed[OCTETS] = sealed[OCTETS]! ^ 1;
        return key.open(nonce, associated, sealed, back) === NOT_AUTHENTIC;
      } finally {
        key.release();
      }
    });
  } catch {
    return false;
  }
}

function pattern(octets: number, step: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, at) => (at + 1) * step & 255);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((octet, at) => octet === b[at]);
}

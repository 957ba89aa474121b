/**
 * Authenticated encryption for packets: one synchronous interface for every back end.
 *
 * Both suites take a 32-octet key and a 12-octet nonce and add a 16-octet tag behind the ciphertext
 * (AES-256-GCM: NIST SP 800-38D; ChaCha20-Poly1305: RFC 8439 §2.8). That a nonce is never used twice
 * under one key, and how many packets a key may protect, is the caller's business.
 *
 * @module
 */

/** The suites, by the names of `node:crypto`. */
export type AeadSuite = "aes-256-gcm" | "chacha20-poly1305";

/** All suites. */
export const AEAD_SUITES: readonly AeadSuite[] = ["aes-256-gcm", "chacha20-poly1305"];

/** Octets of a key. */
export const KEY_OCTETS = 32;
/** Octets of a nonce. */
export const NONCE_OCTETS = 12;
/** Octets that sealing adds. */
export const TAG_OCTETS = 16;

/** What `open` gives for a packet that is not authentic. */
export const NOT_AUTHENTIC = -1;

/** A key ready for use. Nothing is allocated by `seal` and `open` where the back end is `libcrypto`. */
export interface AeadKey {
  readonly suite: AeadSuite;
  /**
   * Encrypts the first `length` octets of `input` (all, if omitted) into `output` and puts the tag
   * behind them; gives `length + 16`. `output` may be `input` itself, longer than `length` by the tag;
   * other overlaps are not allowed.
   *
   * Throws a `RangeError` if the nonce is not 12 octets or a buffer is too short.
   */
  seal(
    nonce: Uint8Array,
    associated: Uint8Array,
    input: Uint8Array,
    output: Uint8Array,
    length?: number,
  ): number;
  /**
   * Decrypts the first `length` octets of `input` (all, if omitted; ciphertext, then tag) into
   * `output`; gives the plaintext's length, `length - 16`, or {@link NOT_AUTHENTIC}: then these octets
   * of `output` are zeros, never plaintext. `output` may be `input` itself; other overlaps are not
   * allowed.
   *
   * Throws as `seal` does. Input shorter than a tag is not authentic, and leaves `output` as it is.
   */
  open(
    nonce: Uint8Array,
    associated: Uint8Array,
    input: Uint8Array,
    output: Uint8Array,
    length?: number,
  ): number;
  /** Forgets the key and frees what it holds; `seal` and `open` throw from then on. */
  release(): void;
}

/** A way to do authenticated encryption. */
export interface Aead {
  /** Shown in the log at start. */
  readonly name: "libcrypto" | "node";
  /** Makes a key of its 32 octets, which it copies. Throws a `RangeError` if they are not 32. */
  key(suite: AeadSuite, octets: Uint8Array): AeadKey;
}

/** The checks on keys that all back ends share. */
export function checkKey(octets: Uint8Array): void {
  if (octets.length !== KEY_OCTETS) {
    throw new RangeError(`aead: a key has ${KEY_OCTETS} octets, not ${octets.length}`);
  }
}

/** The checks on arguments that all back ends share; `input` and `output` in octets that they need. */
export function checkArguments(
  nonce: Uint8Array,
  input: Uint8Array,
  output: Uint8Array,
  inputNeeds: number,
  outputNeeds: number,
): void {
  if (nonce.length !== NONCE_OCTETS) {
    throw new RangeError(`aead: a nonce has ${NONCE_OCTETS} octets, not ${nonce.length}`);
  }
  if (input.length < inputNeeds) {
    throw new RangeError(`aead: input has ${input.length} octets; length says ${inputNeeds}`);
  }
  if (output.length < outputNeeds) {
    throw new RangeError(`aead: output has ${output.length} octets; it needs ${outputNeeds}`);
  }
}

/** What a key that was released says. */
export function released(): Error {
  return new Error("aead: the key was released; make a new one");
}

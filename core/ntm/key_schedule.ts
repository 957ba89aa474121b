/**
 * From a secret to the keys of its directions (docs/wire.md, "Key schedule"): HKDF-SHA-256 (RFC 5869)
 * with a label for each key, so that a datagram reflected, or sent under the key of something else,
 * never opens.
 *
 *     key | salt = HKDF(secret, salt: id u48, info: "ntm1 <label> <direction> <suite>", 36 octets)
 *
 * @module
 */
import { hkdfSync } from "node:crypto";
import { writeU48 } from "./header.ts";
import type { Direction, KeyLabel } from "./key_labels.ts";
import type { Suite } from "./values.ts";

/** Octets of a secret. */
export const SECRET_OCTETS = 32;
const KEY_OCTETS = 32;
const SALT_OCTETS = 4;

/** An association's name and secret. */
export interface AssociationSecret {
  /** 1 to 2^48-1, random; in the header it is the path id. */
  readonly id: number;
  /** 32 octets. */
  readonly secret: Uint8Array;
  readonly label: KeyLabel;
  readonly suite: Suite;
}

/** What one direction is sealed with. */
export interface DirectionKey {
  /** 32 octets. */
  readonly key: Uint8Array;
  /** 4 octets: the nonce is these, then the sequence number in 8. */
  readonly salt: Uint8Array;
}

/** The key and salt of one direction. Throws a `RangeError` if the secret has not 32 octets. */
export function directionKey(of: AssociationSecret, direction: Direction): DirectionKey {
  checkSecret(of.secret);
  const salt = new Uint8Array(6);
  writeU48(salt, 0, of.id);
  const info = `ntm1 ${of.label} ${direction} ${of.suite}`;
  const octets = hkdf(of.secret, salt, ascii(info), KEY_OCTETS + SALT_OCTETS);
  return { key: octets.slice(0, KEY_OCTETS), salt: octets.slice(KEY_OCTETS) };
}

/** Both sides' parts of an agreement, as their messages have them. */
export interface Agreement {
  readonly label: KeyLabel;
  /** The X25519 shared secret, 32 octets. */
  readonly shared: Uint8Array;
  /** Of the request: 32 octets each. */
  readonly requestShare: Uint8Array;
  readonly requestNonce: Uint8Array;
  /** Of the response: 32 octets each. */
  readonly responseShare: Uint8Array;
  readonly responseNonce: Uint8Array;
}

/** The secret of a first contact (Key Agreement, NTM-3). */
export function agreedSecret(of: Agreement): Uint8Array {
  return agree("agree", of, of.shared);
}

/**
 * The secret of a renewal (Key Renewal, Reauthentication; NTM-3, NTM-31): the old secret proves who
 * asks, the shares keep the new one from whoever learns the old one later.
 */
export function renewedSecret(of: Agreement, old: Uint8Array): Uint8Array {
  checkSecret(old);
  return agree("renew", of, concat(of.shared, old));
}

function agree(word: string, of: Agreement, material: Uint8Array): Uint8Array {
  const parts = [of.requestShare, of.requestNonce, of.responseShare, of.responseNonce, of.shared];
  parts.forEach(checkSecret);
  return hkdf(
    material,
    concat(of.requestNonce, of.responseNonce),
    concat(ascii(`ntm1 ${word} ${of.label}`), of.requestShare, of.responseShare),
    SECRET_OCTETS,
  );
}

function checkSecret(octets: Uint8Array): void {
  if (octets.length !== SECRET_OCTETS) {
    throw new RangeError(`key schedule: ${SECRET_OCTETS} octets are needed, not ${octets.length}`);
  }
}

function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, salt, info, length));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * X25519 (RFC 7748) with private keys from the runtime's dice, so that the simulator replays.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";

const KEY_OCTETS = 32;
/** RFC 8410 §7: PrivateKeyInfo and SubjectPublicKeyInfo up to the 32 octets of the key. */
const PRIVATE_PREFIX = "302e020100300506032b656e04220420";
const PUBLIC_PREFIX = "302a300506032b656e032100";

/** The public key of 32 private octets. */
export function publicShare(privateKey: Uint8Array): Uint8Array {
  const der = createPublicKey(privateObject(privateKey)).export({ format: "der", type: "spki" });
  return Uint8Array.from(der.subarray(-KEY_OCTETS));
}

/**
 * What both sides compute; undefined if the peer's share is one of the few that give a secret of zeros
 * (RFC 7748 §6.1), which anybody could compute.
 */
export function sharedSecret(
  privateKey: Uint8Array,
  peersShare: Uint8Array,
): Uint8Array | undefined {
  const publicKey = createPublicKey({
    key: encoded(PUBLIC_PREFIX, peersShare),
    format: "der",
    type: "spki",
  });
  let octets: Uint8Array;
  try {
    octets = Uint8Array.from(diffieHellman({ privateKey: privateObject(privateKey), publicKey }));
  } catch {
    // Some back ends refuse such a share by themselves.
    return undefined;
  }
  return octets.some((octet) => octet !== 0) ? octets : undefined;
}

function privateObject(octets: Uint8Array): KeyObject {
  return createPrivateKey({ key: encoded(PRIVATE_PREFIX, octets), format: "der", type: "pkcs8" });
}

function encoded(prefix: string, octets: Uint8Array): Buffer {
  if (octets.length !== KEY_OCTETS) {
    throw new RangeError(`x25519: a key has ${KEY_OCTETS} octets, not ${octets.length}`);
  }
  return Buffer.concat([Buffer.from(prefix, "hex"), octets]);
}

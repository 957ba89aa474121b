/**
 * Hashes of passwords as PHC strings, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
 *
 * @module
 */
import { scryptSync, timingSafeEqual } from "node:crypto";
import type { Random } from "../runtime/runtime.ts";

/** Makes and checks hashes of passwords. */
export interface PasswordHasher {
  /** A hash with a fresh salt. */
  hash(password: string): Promise<string>;
  /** Whether a hash of `hash` fits; false for one of another kind. */
  verify(password: string, hash: string): Promise<boolean>;
}

/** OWASP's second choice for Argon2id: 19 MiB, two passes. */
const ARGON2ID = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_OCTETS = 16;
const HASH_OCTETS = 32;

/** Argon2id (RFC 9106) by WebCrypto, off the main thread. */
export function argon2idHasher(random: Random): PasswordHasher {
  const prefix = `$argon2id$v=19$m=${ARGON2ID.memory},t=${ARGON2ID.passes},p=1`;
  return hasher(prefix, random, async (password, salt) => {
    // The typings do not know Argon2id yet: the algorithm's members go through a wider type.
    const name: { readonly name: string } = { name: "Argon2id" };
    const octets = new TextEncoder().encode(password);
    const key = await crypto.subtle.importKey("raw-secret" as "raw", octets, name, false, [
      "deriveBits",
    ]);
    const settings = { ...name, ...ARGON2ID, nonce: salt };
    return new Uint8Array(await crypto.subtle.deriveBits(settings, key, HASH_OCTETS * 8));
  });
}

/** For simulations only: cheap, and done within a microtask. No password is safe with it. */
export function simulatedHasher(random: Random): PasswordHasher {
  return hasher("$scrypt$ln=1,r=1,p=1", random, (password, salt) => {
    const options = { N: 2, r: 1, p: 1 };
    return Promise.resolve(Uint8Array.from(scryptSync(password, salt, HASH_OCTETS, options)));
  });
}

function hasher(
  prefix: string,
  random: Random,
  derive: (password: string, salt: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>,
): PasswordHasher {
  return {
    async hash(password) {
      const salt = random.bytes(SALT_OCTETS);
      return `${prefix}$${text(salt)}$${text(await derive(password, salt))}`;
    },
    async verify(password, hash) {
      if (!hash.startsWith(`${prefix}$`)) return false;
      const [salt = "", wanted = ""] = hash.slice(prefix.length + 1).split("$");
      const found = await derive(password, Uint8Array.fromBase64(salt));
      const octets = Uint8Array.fromBase64(wanted);
      return octets.length === found.length && timingSafeEqual(octets, found);
    },
  };
}

/** PHC strings have base64 without padding. */
function text(octets: Uint8Array): string {
  return octets.toBase64({ omitPadding: true });
}

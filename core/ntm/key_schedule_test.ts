import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { DIRECTIONS, KEY_LABELS } from "./key_labels.ts";
import {
  agreedSecret,
  type AssociationSecret,
  directionKey,
  renewedSecret,
} from "./key_schedule.ts";
import { publicShare, sharedSecret } from "./x25519.ts";

const hex = (text: string) => Uint8Array.fromHex(text);
const BASE: AssociationSecret = {
  id: 0x0102030405_06,
  secret: new Uint8Array(32).fill(7),
  label: "kasdc",
  suite: "aes-256-gcm",
};

/** RFC 5869 by its own words: extract, then expand. */
function hkdf(secret: Uint8Array, salt: Uint8Array, info: string, length: number): Uint8Array {
  const prk = createHmac("sha256", salt).update(secret).digest();
  let block = new Uint8Array(0);
  const out: number[] = [];
  for (let count = 1; out.length < length; count++) {
    const hmac = createHmac("sha256", prk).update(block).update(info).update(Uint8Array.of(count));
    block = Uint8Array.from(hmac.digest());
    out.push(...block);
  }
  return Uint8Array.from(out.slice(0, length));
}

Deno.test("directionKey: HKDF-SHA-256 over the id, with label, direction and suite", () => {
  const { key, salt } = directionKey(BASE, "initiator");
  const whole = hkdf(BASE.secret, hex("010203040506"), "ntm1 kasdc initiator aes-256-gcm", 36);
  assert.equal(key.toHex() + salt.toHex(), whole.toHex());
  assert.deepEqual([key.length, salt.length], [32, 4]);
});

Deno.test("directionKey: no two labels, directions, suites or ids share a key", () => {
  const keys = new Set<string>();
  let count = 0;
  for (const label of KEY_LABELS) {
    for (const direction of DIRECTIONS) {
      for (const suite of ["aes-256-gcm", "chacha20-poly1305"] as const) {
        for (const id of [1, 2]) {
          keys.add(directionKey({ ...BASE, label, suite, id }, direction).key.toHex());
          count++;
        }
      }
    }
  }
  assert.equal(keys.size, count);
});

Deno.test("directionKey: a secret that is not 32 octets is refused", () => {
  assert.throws(() => directionKey({ ...BASE, secret: new Uint8Array(31) }, "relay"), RangeError);
});

const octets = (value: number) => new Uint8Array(32).fill(value);
const AGREEMENT = {
  label: "kdcrs",
  shared: octets(1),
  requestShare: octets(2),
  requestNonce: octets(3),
  responseShare: octets(4),
  responseNonce: octets(5),
} as const;

Deno.test("agreedSecret: every part of the agreement goes into it", () => {
  const secrets = [agreedSecret(AGREEMENT), agreedSecret({ ...AGREEMENT, label: "kasdc" })];
  for (
    const part of [
      "shared",
      "requestShare",
      "requestNonce",
      "responseShare",
      "responseNonce",
    ] as const
  ) {
    secrets.push(agreedSecret({ ...AGREEMENT, [part]: octets(9) }));
  }
  secrets.push(renewedSecret(AGREEMENT, octets(6)), renewedSecret(AGREEMENT, octets(7)));
  assert.equal(new Set(secrets.map((secret) => secret.toHex())).size, secrets.length);
  assert.ok(secrets.every(({ length }) => length === 32));
});

Deno.test("x25519: RFC 7748 §6.1", () => {
  const alice = hex(
    "77076d0a7318a57d3c16c17251b26645" +
      "df4c2f87ebc0992ab177fba51db92c2a",
  );
  const bob = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const aliceShare = publicShare(alice);
  const bobShare = publicShare(bob);
  assert.equal(
    aliceShare.toHex(),
    "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
  );
  assert.equal(
    bobShare.toHex(),
    "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
  );
  const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  assert.equal(sharedSecret(alice, bobShare)?.toHex(), shared);
  assert.equal(sharedSecret(bob, aliceShare)?.toHex(), shared);
});

Deno.test("sharedSecret: a share of small order gives none (RFC 7748 §6.1)", () => {
  for (const share of [octets(0), hex("01" + "00".repeat(31))]) {
    assert.equal(sharedSecret(octets(1), share), undefined);
  }
});

Deno.test("x25519: keys that are not 32 octets are refused", () => {
  assert.throws(() => publicShare(new Uint8Array(31)), RangeError);
  assert.throws(() => sharedSecret(octets(1), new Uint8Array(33)), RangeError);
});

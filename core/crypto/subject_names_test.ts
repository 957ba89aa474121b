import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { createAuthority, issueCertificate } from "./pki.ts";
import { subjectNames } from "./subject_names.ts";

const authority = await createAuthority({ commonName: "authority", days: 10 });
const leaf = await issueCertificate(authority, {
  commonName: "names",
  uris: ["sip:user-a@abc.test", "sip:ABC.test"],
  dns: ["Abc.Test", "*.abc.test"],
  ips: ["192.0.2.1", "2001:db8::1"],
  days: 9,
});
const der = new Uint8Array(new X509Certificate(leaf.certificate).raw);

/** An element with a length of one or three octets. */
function element(tag: number, ...parts: (Uint8Array | number[] | string)[]): Uint8Array {
  const content = parts.flatMap((part) =>
    typeof part === "string" ? [...new TextEncoder().encode(part)] : [...part]
  );
  const length = content.length < 128
    ? [content.length]
    : [0x82, content.length >> 8, content.length & 255];
  return new Uint8Array([tag, ...length, ...content]);
}

function certificateWith(...names: Uint8Array[]): Uint8Array {
  const value = element(0x04, element(0x30, ...names));
  const extension = element(0x30, element(0x06, [0x55, 0x1d, 0x11]), value);
  return element(0x30, element(0x30, element(0xa3, element(0x30, extension))));
}

Deno.test("subjectNames reads every kind of name of a real certificate", () => {
  const names = subjectNames(der);
  assert.deepEqual(names.uris, ["sip:user-a@abc.test", "sip:ABC.test"]);
  assert.deepEqual(names.dns, ["abc.test", "*.abc.test"]);
  assert.deepEqual(names.ips.map((ip) => ip.toHex()), [
    "c0000201",
    "20010db8000000000000000000000001",
  ]);
});

Deno.test("subjectNames of a certificate without subjectAltName are none", () => {
  const { raw } = new X509Certificate(authority.certificate);
  assert.deepEqual(subjectNames(new Uint8Array(raw)), { uris: [], dns: [], ips: [] });
});

Deno.test("subjectNames takes a comma as part of the name, not as the start of another", () => {
  const smuggled = "sip:mallory@abc.test, URI:sip:user-a@abc.test";
  assert.deepEqual(subjectNames(certificateWith(element(0x86, smuggled))).uris, []); // a space
  const comma = "sip:mallory@abc.test,URI:sip:user-a@abc.test";
  assert.deepEqual(subjectNames(certificateWith(element(0x86, comma))).uris, [comma]);
});

Deno.test("subjectNames leaves out names with control characters, NUL or beyond ASCII", () => {
  const names = ["abc.test\0.evil.test", "abc.test\n", "äbc.test", ""].map((name) =>
    element(0x82, name)
  );
  assert.deepEqual(subjectNames(certificateWith(...names, element(0x82, "good.test"))).dns, [
    "good.test",
  ]);
});

Deno.test("subjectNames of every prefix of a certificate throws a SyntaxError", () => {
  for (let length = 0; length < der.length; length++) {
    assert.throws(() => subjectNames(der.subarray(0, length)), SyntaxError, String(length));
  }
});

Deno.test("subjectNames of damaged or random octets gives names or throws a SyntaxError", () => {
  const damaged = fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 0, max: 255 })).map(
    ([at, octet]) => {
      const copy = der.slice();
      copy[at] = octet;
      return copy;
    },
  );
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (bytes) => {
      try {
        subjectNames(bytes);
      } catch (error) {
        assert(error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

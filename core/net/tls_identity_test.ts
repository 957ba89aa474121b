import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createAuthority, issueCertificate } from "../crypto/pki.ts";
import { peerIdentity, serverNameProblem, sipDomain } from "./tls_identity.ts";

const authority = await createAuthority({ commonName: "authority", days: 10 });

async function der(names: { uris?: string[]; dns?: string[]; ips?: string[] }) {
  const { certificate } = await issueCertificate(authority, {
    commonName: "abc.test", // RFC 5922 §7.1: the common name counts for nothing
    days: 9,
    ...names,
  });
  return new Uint8Array(new X509Certificate(certificate).raw);
}

Deno.test("serverNameProblem: a sip URI of the domain proves it (RFC 5922 §7.1)", async () => {
  const one = await der({ uris: ["sip:ABC.test"] });
  assert.equal(serverNameProblem(one, "abc.test"), undefined);
  assert.equal(serverNameProblem(one, "Abc.Test"), undefined);
  assert.match(serverNameProblem(one, "xyz.test") ?? "", /is for sip:ABC\.test, not for xyz\.test/);
  assert(serverNameProblem(one, "sub.abc.test"));
});

Deno.test("serverNameProblem: a DNS name proves the domain only where no URI names one", async () => {
  assert.equal(serverNameProblem(await der({ dns: ["abc.test"] }), "abc.test"), undefined);
  const both = await der({ uris: ["sip:xyz.test"], dns: ["abc.test"] });
  assert(serverNameProblem(both, "abc.test"));
  assert.equal(serverNameProblem(both, "xyz.test"), undefined);
  const user = await der({ uris: ["sip:user-a@xyz.test"], dns: ["abc.test"] });
  assert.equal(serverNameProblem(user, "abc.test"), undefined);
});

Deno.test("serverNameProblem: no wildcards (RFC 5922 §7.2), no user's URI, no common name", async () => {
  assert(serverNameProblem(await der({ dns: ["*.abc.test"] }), "a.abc.test"));
  assert(serverNameProblem(await der({ uris: ["sip:user-a@abc.test"] }), "abc.test"));
  assert(serverNameProblem(await der({ dns: ["other.test"] }), "abc.test"));
});

Deno.test("serverNameProblem: an address is proven by an IP entry, of either family", async () => {
  const one = await der({ ips: ["192.0.2.1", "2001:db8::1"], dns: ["192.0.2.7"] });
  assert.equal(serverNameProblem(one, "192.0.2.1"), undefined);
  assert.equal(serverNameProblem(one, "2001:DB8:0::1"), undefined);
  assert(serverNameProblem(one, "192.0.2.7")); // a DNS entry that looks like an address is none
  assert(serverNameProblem(one, "::ffff:192.0.2.1"));
});

Deno.test("sipDomain takes sip URIs of a bare domain only", () => {
  assert.equal(sipDomain("sip:ABC.test"), "abc.test");
  for (
    const uri of [
      "sip:user-a@abc.test",
      "sips:abc.test",
      "sip:abc.test:5061",
      "sip:abc.test;lr",
      "sip:",
      "abc.test",
      "sip:[2001:db8::1]",
      "https://abc.test",
    ]
  ) {
    assert.equal(sipDomain(uri), undefined, uri);
  }
});

Deno.test("peerIdentity gives names and the SHA-256 of the certificate", async () => {
  const bytes = await der({ uris: ["sip:user-a@abc.test"], dns: ["abc.test"] });
  const identity = peerIdentity(bytes);
  assert.deepEqual(identity.uris, ["sip:user-a@abc.test"]);
  assert.deepEqual(identity.dns, ["abc.test"]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assert.equal(identity.fingerprint, digest);
});

import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createAuthority, issueCertificate } from "./pki.ts";

Deno.test("createAuthority makes a self-signed P-256 authority that may sign leaves only", async () => {
  const authority = await createAuthority({ commonName: "ntm test authority", days: 10 });
  const certificate = new X509Certificate(authority.certificate);
  assert.equal(certificate.ca, true);
  assert.equal(certificate.subject, "CN=ntm test authority");
  assert(certificate.verify(certificate.publicKey));
  assert(certificate.checkPrivateKey(createPrivateKey(authority.key)));
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
});

Deno.test("issueCertificate puts every name into subjectAltName and signs with the authority", async () => {
  const authority = await createAuthority({ commonName: "authority", days: 10 });
  const leaf = await issueCertificate(authority, {
    commonName: "user-a",
    uris: ["sip:user-a@abc.test", "sip:abc.test"],
    dns: ["abc.test"],
    ips: ["127.0.0.1", "2001:db8::1"],
    days: 5,
  });
  const certificate = new X509Certificate(leaf.certificate);
  const issuer = new X509Certificate(authority.certificate);
  assert.equal(certificate.ca, false);
  assert(certificate.checkIssued(issuer));
  assert(certificate.verify(issuer.publicKey));
  assert(certificate.checkPrivateKey(createPrivateKey(leaf.key)));
  const names = certificate.subjectAltName ?? "";
  for (const name of ["URI:sip:user-a@abc.test", "URI:sip:abc.test", "DNS:abc.test"]) {
    assert(names.includes(name), names);
  }
  assert(names.includes("IP Address:127.0.0.1"), names);
});

Deno.test("issueCertificate takes the validity it is given", async () => {
  const notBefore = new Date("2031-02-03T04:05:06Z");
  const authority = await createAuthority({ commonName: "authority", days: 10 });
  const leaf = await issueCertificate(authority, {
    commonName: "later",
    dns: ["abc.test"],
    days: 2,
    notBefore,
  });
  const certificate = new X509Certificate(leaf.certificate);
  assert.equal(new Date(certificate.validFrom).getTime(), notBefore.getTime());
  assert.equal(new Date(certificate.validTo).getTime(), notBefore.getTime() + 2 * 86_400_000);
});

Deno.test("issueCertificate makes distinct serial numbers and keys", async () => {
  const authority = await createAuthority({ commonName: "authority", days: 10 });
  const options = { commonName: "a", dns: ["abc.test"], days: 1 };
  const [one, two] = [
    await issueCertificate(authority, options),
    await issueCertificate(authority, options),
  ];
  assert.notEqual(
    new X509Certificate(one.certificate).serialNumber,
    new X509Certificate(two.certificate).serialNumber,
  );
  assert.notEqual(one.key, two.key);
});

Deno.test("issueCertificate says what is wrong with a certificate for nobody and with a bad key", async () => {
  const authority = await createAuthority({ commonName: "authority", days: 10 });
  await assert.rejects(
    issueCertificate(authority, { commonName: "nobody", days: 1 }),
    /"nobody" names nobody/,
  );
  await assert.rejects(
    issueCertificate({ ...authority, key: "x" }, { commonName: "a", dns: ["a.test"], days: 1 }),
    /PKCS #8/,
  );
});

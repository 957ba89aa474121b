import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  answer,
  authenticationInfo,
  chooseChallenge,
  type DigestAlgorithm,
  digestResponse,
  formatChallenge,
  formatCredentials,
  ha1,
  parseChallenge,
  parseCredentials,
  sameDigest,
  verifyServer,
} from "./digest.ts";

/** RFC 7616 §3.9.1. */
const RFC = {
  username: "Mufasa",
  password: "Circle of Life",
  realm: "http-auth@example.org",
  uri: "/dir/index.html",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};

Deno.test("digestResponse gives the answers of RFC 7616 §3.9.1", () => {
  const known: [DigestAlgorithm, string][] = [
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ];
  for (const [algorithm, expected] of known) {
    const secret = ha1(RFC.username, RFC.realm, RFC.password, algorithm);
    const { nonce, cnonce, uri } = RFC;
    const input = { algorithm, nonce, cnonce, uri, nc: "00000001" };
    assert.equal(digestResponse(secret, "GET", input), expected);
  }
});

Deno.test("digestResponse gives the answer of RFC 7616 §3.9.2 as its erratum 4897 corrects it", () => {
  const secret = ha1("J\u00e4s\u00f8n Doe", "api@example.org", "Secret, or not?", "SHA-512-256");
  const response = digestResponse(secret, "GET", {
    algorithm: "SHA-512-256",
    nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
    cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    nc: "00000001",
    uri: "/doe.json",
  });
  assert.equal(response, "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
});

Deno.test("parseCredentials and parseChallenge read the examples of RFC 7616 §3.9.1", () => {
  const credentials = parseCredentials(
    `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", ` +
      `algorithm=SHA-256, nonce="${RFC.nonce}", nc=00000001, cnonce="${RFC.cnonce}", qop=auth, ` +
      `response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", ` +
      `opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
  );
  assert.equal(credentials?.username, "Mufasa");
  assert.equal(credentials?.algorithm, "SHA-256");
  assert.equal(credentials?.opaque, "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS");
  const challenge = parseChallenge(
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="${RFC.nonce}"`,
  );
  assert.deepEqual(challenge, {
    ...{ realm: "http-auth@example.org", nonce: RFC.nonce, algorithm: "SHA-256", stale: false },
  });
});

const challenge = { realm: "abc.test", nonce: "n", algorithm: "SHA-256", stale: false } as const;
const asker = {
  username: "user-a",
  secret: { password: "secret" },
  method: "REGISTER",
  uri: "sip:abc.test",
  cnonce: "c",
};

Deno.test("answer makes RFC 8760's SIP digest: H(H(A1):nonce:nc:cnonce:auth:H(A2)) with SHA-256", () => {
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  const a1 = sha("user-a:abc.test:secret");
  const given = answer(challenge, { ...asker, count: 10 });
  assert.equal(given.credentials.nc, "0000000a");
  const expected = sha(`${a1}:n:0000000a:c:auth:${sha("REGISTER:sip:abc.test")}`);
  assert.equal(given.credentials.response, expected);
  assert.equal(given.rspauth, sha(`${a1}:n:0000000a:c:auth:${sha(":sip:abc.test")}`));
  const byHash = answer(challenge, { ...asker, count: 10, secret: { ha1: a1 } });
  assert.deepEqual(byHash, given);
  assert.equal(
    given.value,
    `Digest username="user-a", realm="abc.test", nonce="n", uri="sip:abc.test", ` +
      `response="${expected}", algorithm=SHA-256, qop=auth, cnonce="c", nc=0000000a`,
  );
});

Deno.test("answer gives opaque back and no secret away", () => {
  const given = answer({ ...challenge, opaque: 'o"o' }, asker);
  assert.equal(given.credentials.opaque, 'o"o');
  assert.match(given.value, /opaque="o\\"o"/);
  assert(!given.value.includes("secret"));
  assert(!given.value.includes(ha1("user-a", "abc.test", "secret", "SHA-256")));
  assert(!given.value.includes(given.rspauth));
});

Deno.test("chooseChallenge: our order counts, of our realm only; MD5 where it is allowed (RFC 8760 §2.4)", () => {
  const make = (algorithm: DigestAlgorithm, realm = "abc.test") =>
    formatChallenge({ ...challenge, algorithm, realm });
  const offered = [make("MD5"), make("SHA-256", "evil.test"), make("SHA-256"), make("SHA-512-256")];
  const choose = (values: string[], algorithms?: DigestAlgorithm[]) =>
    chooseChallenge(values, { realm: "abc.test", ...(algorithms ? { algorithms } : {}) });
  assert.equal(choose(offered)?.algorithm, "SHA-256");
  assert.equal(choose(offered, ["SHA-512-256", "SHA-256"])?.algorithm, "SHA-512-256");
  assert.equal(choose(offered.toReversed(), ["SHA-256", "MD5"])?.algorithm, "SHA-256");
  assert.equal(choose([make("MD5")]), undefined, "no downgrade");
  assert.equal(choose([make("MD5")], ["SHA-256", "MD5"])?.algorithm, "MD5");
  assert.equal(choose([make("SHA-256", "evil.test")]), undefined);
  assert.equal(choose(['Basic realm="abc.test"', "Digest", ""]), undefined);
});

Deno.test("parseChallenge refuses other schemes, unknown algorithms, no qop=auth, doubled parameters", () => {
  const good = formatChallenge({ ...challenge, stale: true });
  assert.deepEqual(parseChallenge(good), { ...challenge, stale: true });
  assert.equal(parseChallenge(good.replace("algorithm=SHA-256, ", ""))?.algorithm, "MD5");
  for (
    const bad of [
      good.replace("Digest", "Basic"),
      good.replace("SHA-256", "SHA-256-sess"),
      good.replace("SHA-256", "SHA-1"),
      good.replace('qop="auth"', 'qop="auth-int"'),
      good.replace(', qop="auth"', ""),
      good.replace(', nonce="n"', ""),
      good.replace('realm="abc.test", ', ""),
      good + ', realm="evil.test"',
      good + ", ALGORITHM=MD5",
      good.slice(0, -1) + '"',
    ]
  ) assert.equal(parseChallenge(bad), undefined, bad);
});

Deno.test("parseCredentials refuses what lacks a parameter, doubles one, or is not qop=auth", () => {
  const { value, credentials } = answer({ ...challenge, opaque: "o" }, asker);
  assert.deepEqual(parseCredentials(value), credentials);
  assert.deepEqual(parseCredentials(formatCredentials(credentials)), credentials);
  for (const name of ["username", "realm", "nonce", "uri", "response", "cnonce", "nc", "qop"]) {
    const without = value.replace(new RegExp(`(?<=[ ,])${name}=("[^"]*"|[^,]*)(, )?`), "");
    assert.notEqual(without, value);
    assert.equal(parseCredentials(without.replace(/, $/, "")), undefined, name);
    assert.equal(parseCredentials(`${value}, ${name.toUpperCase()}="x"`), undefined, name);
  }
  for (
    const bad of [
      value.replace("qop=auth", "qop=auth-int"),
      value.replace("nc=00000001", "nc=1"),
      value.replace("nc=00000001", "nc=0000000g"),
      value.replace("algorithm=SHA-256", "algorithm=SHA-256-sess"),
      `${value}, userhash=true`,
      value.replace("Digest ", "Basic "),
    ]
  ) assert.equal(parseCredentials(bad), undefined, bad);
});

Deno.test("parseCredentials: every prefix and any text gives credentials or undefined", () => {
  const { value } = answer(challenge, asker);
  for (let end = 0; end < value.length; end++) parseCredentials(value.slice(0, end));
  const soup = fc.string({ unit: fc.constantFrom(...'Digest nonce=,"\\;:x1') });
  fc.assert(fc.property(soup, (text) => {
    assert.equal(parseCredentials(text), undefined);
    assert.equal(parseChallenge(text), undefined);
    assert(!verifyServer(text, answer(challenge, asker)));
  }));
});

Deno.test("verifyServer takes the server's own proof and nothing else (SM-2, step 214)", () => {
  const sent = answer(challenge, asker);
  const secret = ha1("user-a", "abc.test", "secret", "SHA-256");
  const good = authenticationInfo(sent.credentials, secret);
  assert(verifyServer(good, sent));
  assert(
    verifyServer(
      good.replace(/rspauth="(.*?)"/, (text) => text.toUpperCase().replace("RSPAUTH", "rspauth")),
      sent,
    ),
  );
  const wrong = authenticationInfo(
    sent.credentials,
    ha1("user-a", "abc.test", "guess", "SHA-256"),
  );
  const later = answer(challenge, { ...asker, count: 2 });
  const reflected = good.replace(sent.rspauth, sent.credentials.response);
  for (
    const bad of [
      undefined,
      "",
      wrong,
      authenticationInfo(later.credentials, secret), // a proof about another request
      reflected, // our own response sent back
      good.replace(/, cnonce="c"/, ""),
      good.replace(/, nc=00000001/, ""),
      good.replace("qop=auth, ", ""),
      good.replace(/rspauth="[^"]*", /, ""),
      good.replace(/rspauth="[^"]*"/, 'rspauth=""'),
      good.slice(0, -1),
    ]
  ) assert(!verifyServer(bad, sent), String(bad));
});

Deno.test("any name and password: the right ones are taken, and only with both sides' knowledge", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) =>
    !/[\r\n\0]/.test(value)
  );
  const algorithm = fc.constantFrom<DigestAlgorithm>("SHA-256", "SHA-512-256", "MD5");
  fc.assert(fc.property(text, text, text, algorithm, (username, password, other, algorithm) => {
    const clean = [...username].filter((letter) => letter >= " " && letter !== "\x7f").join("");
    const sent = answer({ ...challenge, algorithm }, {
      ...{ ...asker, username: clean, secret: { password } },
    });
    const credentials = parseCredentials(sent.value);
    assert.deepEqual(credentials, sent.credentials);
    const secret = ha1(clean, "abc.test", password, algorithm);
    assert.equal(digestResponse(secret, "REGISTER", sent.credentials), sent.credentials.response);
    assert(verifyServer(authenticationInfo(sent.credentials, secret), sent));
    if (other !== password) {
      const wrong = ha1(clean, "abc.test", other, algorithm);
      assert(!verifyServer(authenticationInfo(sent.credentials, wrong), sent));
    }
  }));
});

Deno.test("sameDigest compares whole texts of any length", () => {
  assert(sameDigest("abc", "abc"));
  assert(sameDigest("", ""));
  for (const other of ["abd", "ab", "abcd", "", "äbc"]) assert(!sameDigest("abc", other));
});

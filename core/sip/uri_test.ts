import assert from "node:assert/strict";
import fc from "fast-check";
import { SipParseError } from "./errors.ts";
import {
  addressOfRecord,
  escapeUser,
  formatUri,
  parseUri,
  sameUri,
  sipUriOf,
  unescapeUser,
} from "./uri.ts";

Deno.test("parseUri: the parts of a SIP URI (RFC 3261 §19.1.1)", () => {
  const uri = parseUri("sips:alice:pw@[2001:DB8::1]:5061;transport=tcp;lr?subject=x&priority=");
  assert.ok(uri.kind === "sip");
  assert.deepEqual(
    [uri.scheme, uri.user, uri.password, uri.host, uri.port],
    ["sips", "alice", "pw", "2001:db8::1", 5061],
  );
  assert.equal(uri.parameters.get("TRANSPORT"), "tcp");
  assert.equal(uri.parameters.get("lr"), "");
  assert.deepEqual(uri.headers.map(({ name, value }) => [name, value]), [["subject", "x"], [
    "priority",
    "",
  ]]);
});

for (
  const text of [
    "sip:a@b.test",
    "sip:b.test",
    "sip:1.2.3.4:5060",
    "sips:%61@b.test;x=%20",
    "sip:a;b?c/d@b.test.;lr",
    "tel:+81-3-1234;phone-context=x",
    "http://a.test/x?y#z",
    "urn:service:sos",
  ]
) {
  Deno.test(`formatUri(parseUri(x)) is ${text}`, () =>
    assert.equal(formatUri(parseUri(text)), text));
}

for (
  const [text, offset] of [
    ["", 0],
    ["bob", 0],
    ["1sip:b", 0],
    ["sip:", 4],
    ["sip:@b.test", 4],
    ["sip:a@", 6],
    ["sip:a b@c.test", 5],
    ["sip:a@b@c.test", 7],
    ["sip:a%4@b.test", 5],
    ["sip:a@b.test:", 13],
    ["sip:a@b.test:65536", 13],
    ["sip:a@b.test:x", 13],
    ["sip:a@b.test;", 13],
    ["sip:a@b.test;x=", 15],
    ["sip:a@b.test?", 13],
    ["sip:a@b.test?x", 14],
    ["sip:a@-b.test", 6],
    ["sip:a@b..test", 6],
    ["sip:a@1.2.3.256", 6],
    ["sip:a@1.2.3", 6],
    ["sip:a@01.2.3.4", 6],
    ["sip:2001:db8::1", 4],
    ["sip:a@[2001:db8:::1]", 6],
    ["sip:a@[::1", 6],
    ["sip:a@[1.2.3.4]", 6],
    ["sip:bö@b.test", 5],
    ["sip:a@b.test ", 12],
    ["tel:x", 4],
    ["http:<x>", 5],
  ] as const
) {
  Deno.test(`parseUri refuses ${JSON.stringify(text)} at ${offset}`, () => {
    assert.throws(
      () => parseUri(text),
      (error) => error instanceof SipParseError && error.offset === offset,
    );
  });
}

Deno.test("parseUri: any text gives a URI that formats to the same meaning, or SipParseError", () => {
  const piece = fc.constantFrom(
    "sip:",
    "tel:",
    "a",
    "%41",
    "@",
    ":",
    ";",
    "=",
    "?",
    "&",
    "[",
    "::1",
    "]",
    "1.2.3.4",
    ".",
    "é",
    "<",
    " ",
  );
  fc.assert(
    fc.property(fc.array(piece).map((parts) => parts.join("")), (text) => {
      try {
        const uri = parseUri(text);
        assert.deepEqual(parseUri(formatUri(uri)), uri);
        assert.ok(sameUri(uri, parseUri(formatUri(uri))));
      } catch (error) {
        if (!(error instanceof SipParseError)) throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});

for (
  const [a, b, same] of [
    // The examples of RFC 3261 §19.1.4.
    ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true],
    [
      "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
      true,
    ],
    [
      "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
      "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
      true,
    ],
    ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false],
    ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false],
    ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false],
    ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false],
    ["sip:a@b.test", "sips:a@b.test", false],
    ["sip:a%3Bb@c.test", "sip:a;b@c.test", false],
    ["sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]", true],
    ["sip:a@[::ffff:1.2.3.4]", "sip:a@1.2.3.4", false],
  ] as const
) {
  Deno.test(`sameUri is ${same} for ${a} and ${b}`, () => {
    assert.equal(sameUri(parseUri(a), parseUri(b)), same);
    assert.equal(sameUri(parseUri(b), parseUri(a)), same);
  });
}

for (
  const [text, name] of [
    ["sip:alice@A.Test", "sip:alice@a.test"],
    ["sips:alice:pw@a.test:5061;user=phone?x=y", "sip:alice@a.test:5061"],
    ["sip:%61l%69ce@a.test", "sip:alice@a.test"],
    ["sip:a%40b@a.test", "sip:a%40b@a.test"],
    ["sip:a%c3%a9@a.test", "sip:a%C3%A9@a.test"],
    ["sip:Alice@a.test", "sip:Alice@a.test"],
    ["tel:+1", "tel:+1"],
  ] as const
) {
  Deno.test(`addressOfRecord of ${text} is ${name} (RFC 3261 §10.3)`, () => {
    assert.equal(addressOfRecord(parseUri(text)), name);
  });
}

Deno.test("escapeUser, unescapeUser: any text survives a URI", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (user) => {
    const uri = parseUri(formatUri(sipUriOf({ user, host: "a.test" })));
    assert.ok(uri.kind === "sip");
    assert.equal(unescapeUser(uri.user ?? ""), user);
    assert.equal(uri.user, escapeUser(user));
  }));
});

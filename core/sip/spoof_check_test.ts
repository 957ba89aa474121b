import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeUser } from "./uri.ts";
import { checkFrom, SPOOF_CAUSES as CAUSE } from "./spoof_check.ts";
import { testChannel, testRequest } from "./testing.ts";

const NAME = "sip:user-a@abc.test";

/** "ok" or the cause, for a message with these From fields on a channel with these names. */
function check(from: string[], names: string[] = [NAME], serverDomain?: string): string {
  const request = testRequest("INVITE sip:user-b@abc.test SIP/2.0", ...from);
  const channel = testChannel({ names });
  const verdict = checkFrom(request, channel, serverDomain === undefined ? {} : { serverDomain });
  return verdict.ok ? "ok" : verdict.cause;
}

Deno.test("checkFrom takes the bound name however it may be written (SM-5)", () => {
  for (
    const from of [
      "From: <sip:user-a@abc.test>;tag=1",
      "From: sip:user-a@abc.test;tag=1",
      "f: <sip:user-a@abc.test>;tag=1",
      "FROM : User A <sip:user-a@abc.test>",
      'From: "sip:user-b@abc.test" <sip:user-a@abc.test>;tag=1',
      'From: "\\"<sip:user-b@abc.test>\\"" <sip:user-a@abc.test>;tag=1',
      "From: <sip:user-a@ABC.Test>;tag=1",
      "From: <SIP:user-a@abc.test>;tag=1",
      "From: <sips:user-a@abc.test>;tag=1",
      "From: <sip:user%2Da@abc.test>;tag=1",
      "From: <sip:%75ser-a@abc.test>;tag=1",
      "From: <sip:user-a@abc.test;transport=tcp>;tag=1",
      "From: <sip:user-a:secret@abc.test>;tag=1",
      "From:\r\n <sip:user-a@abc.test>\r\n ;tag=1",
    ]
  ) assert.equal(check([from]), "ok", from);
});

Deno.test("checkFrom gives the canonical name", () => {
  const request = testRequest(
    "BYE sip:x@abc.test SIP/2.0",
    "f: X <sips:user%2da@ABC.test;a=b>;tag=1",
  );
  assert.deepEqual(checkFrom(request, testChannel({ names: [NAME] })), { ok: true, name: NAME });
});

Deno.test("checkFrom refuses every other name, and decoys around it (SM-5)", () => {
  for (
    const from of [
      "From: <sip:user-b@abc.test>;tag=1",
      "f: <sip:user-b@abc.test>;tag=1",
      'From: "sip:user-a@abc.test" <sip:user-b@abc.test>;tag=1',
      'From: "<sip:user-a@abc.test>" <sip:user-b@abc.test>;tag=1',
      'From: "\\"<sip:user-a@abc.test>" <sip:user-b@abc.test>;tag=1',
      'From: <sip:user-b@abc.test>;x="<sip:user-a@abc.test>"',
      "From: <sip:user-b@abc.test;x=sip:user-a%40abc.test>;tag=1",
      "From: <sip:user-b@abc.test?From=sip:user-a%40abc.test>;tag=1",
      "From: <sip:User-A@abc.test>;tag=1",
      "From: <sip:user-a@abc.test:5060>;tag=1",
      "From: <sip:user-a@abc.test.>;tag=1",
      "From: <sip:user-a@sub.abc.test>;tag=1",
      "From: <sip:user-a@abc.test.evil.test>;tag=1",
      "From: <sip:user-a%40abc.test@evil.test>;tag=1",
      "From: <sip:user-a%00@abc.test>;tag=1",
      "From: <sip:user-a%2540@abc.test>;tag=1",
      "From: <sip:abc.test>;tag=1",
      "From: <sip:user-a@192.0.2.10>;tag=1",
      "From: user-b <sip:anonymous@anonymous.invalid>;tag=1",
    ]
  ) assert.equal(check([from]), CAUSE.name, from);
});

Deno.test("checkFrom needs exactly one From it can read, of scheme sip or sips", () => {
  const good = "From: <sip:user-a@abc.test>;tag=1";
  assert.equal(check(["From: none"]), CAUSE.missing);
  assert.equal(check([good, good]), CAUSE.several);
  assert.equal(check([good, "f: <sip:user-b@abc.test>;tag=1"]), CAUSE.several);
  for (
    const from of [
      "From: <sip:user-a@abc.test>, <sip:user-b@abc.test>",
      "From: sip:user-a@abc.test, sip:user-b@abc.test",
      "From: <sip:user-b@abc.test> <sip:user-a@abc.test>",
      "From: <<sip:user-a@abc.test>>",
      'From: "sip:user-a@abc.test',
      "From: <sip:user-a@abc.test",
      "From: user-a@abc.test",
      "From:",
    ]
  ) assert.equal(check([from]), CAUSE.malformed, from);
  for (const from of ["From: <tel:+81312345678>;tag=1", "From: <mailto:user-a@abc.test>"]) {
    assert.equal(check([from]), CAUSE.scheme, from);
  }
});

Deno.test("checkFrom: a channel without names speaks for nobody, one with several for each", () => {
  const from = "From: <sip:user-a@abc.test>;tag=1";
  assert.equal(check([from], []), CAUSE.name);
  assert.equal(check([from], ["sip:user-c@abc.test"]), CAUSE.name);
  assert.equal(check([from], ["sip:user-c@abc.test", NAME]), "ok");
  assert.equal(check(["From: <sip:user-a@abc.test:5070>"], ["sip:user-a@abc.test:5070"]), "ok");
});

Deno.test("checkFrom on a server channel: any name of the neighbour's domain and no other (SM-20)", () => {
  for (const domain of [undefined, "xyz.test"]) {
    const names = domain === undefined ? ["xyz.test"] : [];
    const on = (from: string) => check([from], names, domain);
    assert.equal(on("From: <sip:user-b@xyz.test>;tag=1"), "ok");
    assert.equal(on("From: <sips:anyone@XYZ.test;x=y>;tag=1"), "ok");
    for (
      const from of [
        "From: <sip:user-a@abc.test>;tag=1",
        "From: <sip:user-b@sub.xyz.test>;tag=1",
        "From: <sip:user-b@xyz.test.evil.test>;tag=1",
        "From: <sip:xyz.test@abc.test>;tag=1",
        'From: "sip:user-b@xyz.test" <sip:user-a@abc.test>;tag=1',
      ]
    ) assert.equal(on(from), CAUSE.domain, from);
  }
  // A terminal's name is no domain, and a neighbour's domain gives no terminal's channel a name.
  assert.equal(check(["From: <sip:user-c@abc.test>"], [NAME]), CAUSE.name);
});

Deno.test("checkFrom: of any two users exactly the bound one passes, however it is escaped", () => {
  const user = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" })
    .filter((text) => !/[\r\n\0]/.test(text)).map(escapeUser);
  fc.assert(fc.property(user, user, (bound, claimed) => {
    // The name of a channel is canonical, as the registrar stores it.
    const probe = testRequest("OPTIONS sip:x SIP/2.0", `From: <sip:${bound}@abc.test>;tag=1`);
    const canonical = checkFrom(probe, testChannel({ names: ["abc.test"] }));
    assert(canonical.ok);
    const on = (who: string) => check([`From: <sip:${who}@abc.test>;tag=1`], [canonical.name]);
    const escaped = bound.replace(
      /[A-Za-z0-9]/g,
      (character) => `%${character.charCodeAt(0).toString(16)}`,
    );
    assert.equal(on(bound), "ok");
    if (!bound.includes("%")) assert.equal(on(escaped), "ok");
    if (claimed !== bound) assert.equal(on(claimed), CAUSE.name);
  }));
});

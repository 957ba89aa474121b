import assert from "node:assert/strict";
import fc from "fast-check";
import { SipParseError } from "./errors.ts";
import { checkReason, formatReason, parseReasonList, parseReasons } from "./reason.ts";
import { testRequest } from "./testing.ts";

Deno.test("checkReason names protocol, status, check and cause", () => {
  assert.equal(
    checkReason("spoof check", 403, "From is not a name of this channel"),
    'SM;cause=403;text="spoof check: From is not a name of this channel"',
  );
});

Deno.test("parseReasons reads all fields, and leaves unreadable ones out (RFC 3326 §2)", () => {
  const { headers } = testRequest(
    "BYE sip:user-b@abc.test SIP/2.0",
    'Reason: SIP ;cause=600 ;text="Busy, \\"everywhere\\"", Q.850;cause=16',
    "Reason: ;broken",
    "Reason: SM",
    "Reason: SIP;cause=many",
  );
  assert.deepEqual(parseReasons(headers), [
    { protocol: "SIP", cause: 600, text: 'Busy, "everywhere"' },
    { protocol: "Q.850", cause: 16 },
    { protocol: "SM" },
  ]);
});

Deno.test("parseReasonList reads back what formatReason writes", () => {
  const reason = fc.record({
    protocol: fc.constantFrom("SM", "SIP", "Q.850"),
    cause: fc.integer({ min: 0, max: 999 }),
    text: fc.stringMatching(/^[ -~]*$/),
  }, { requiredKeys: ["protocol"], noNullPrototype: true });
  fc.assert(fc.property(fc.array(reason, { minLength: 1, maxLength: 3 }), (reasons) => {
    assert.deepEqual(parseReasonList(reasons.map(formatReason).join(", ")), reasons);
  }));
});

Deno.test("parseReasonList: every prefix and any text gives reasons or a SipParseError", () => {
  const text = 'SM;cause=403;text="route security: \\"x\\"", SIP;cause=200';
  const cleanly = (value: string) => {
    try {
      parseReasonList(value);
    } catch (error) {
      assert(error instanceof SipParseError, value);
    }
  };
  for (let end = 0; end < text.length; end++) cleanly(text.slice(0, end));
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'SM;cause=1",\\ ') }), cleanly));
});

Deno.test("formatReason refuses a line end in the text, which would begin a header of its own", () => {
  assert.throws(() => formatReason({ protocol: "SM", text: "x\r\nVia: evil" }), RangeError);
});

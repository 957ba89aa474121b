import assert from "node:assert/strict";
import { hasTag, makeAck, makeCancel, makeRequest, makeResponse, setBody } from "./build.ts";
import type { SipRequest } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { serializeMessage } from "./serialize.ts";

const INVITE = [
  "INVITE sip:bob@b.test SIP/2.0",
  "v:SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
  "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0",
  "Route-Security: [192.0.2.1];level=3,\r\n [192.0.2.9];level=3",
  "Record-Route: <sip:192.0.2.1;lr>",
  "Route: <sip:192.0.2.2;lr>",
  "f: <sip:alice@a.test>;tag=1",
  "To: <sip:bob@b.test>",
  "Call-ID: c1",
  "CSeq: 7 INVITE",
  "Timestamp: 5",
  "Subject: x",
  "Content-Length: 0",
  "",
  "",
].join("\r\n");

function invite(): SipRequest {
  const parsed = parseMessage(new TextEncoder().encode(INVITE));
  assert.ok(parsed.ok && parsed.message.kind === "request");
  return parsed.message;
}

function lines(message: Parameters<typeof serializeMessage>[0]): string[] {
  return new TextDecoder().decode(serializeMessage(message)).split(/\r\n(?! )/);
}

Deno.test("makeResponse: copies what RFC 3261 §8.2.6.2 says, octet by octet, and Route-Security (SM-14)", () => {
  assert.deepEqual(lines(makeResponse(invite(), 200, undefined, { toTag: "t" })), [
    "SIP/2.0 200 OK",
    "v:SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
    "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0",
    "Route-Security: [192.0.2.1];level=3,\r\n [192.0.2.9];level=3",
    "Record-Route: <sip:192.0.2.1;lr>",
    "f: <sip:alice@a.test>;tag=1",
    "To: <sip:bob@b.test>;tag=t",
    "Call-ID: c1",
    "CSeq: 7 INVITE",
    "Content-Length: 0",
    "",
    "",
  ]);
});

Deno.test("makeResponse: 100 has Timestamp and no tag, a refusal no Record-Route", () => {
  const trying = makeResponse(invite(), 100, undefined, { toTag: "t" });
  assert.equal(trying.headers.get("timestamp"), "5");
  assert.equal(trying.headers.get("to"), "<sip:bob@b.test>");
  const refusal = makeResponse(invite(), 403, "No", {
    headers: [["Reason", "SM;cause=403"]],
    body: "é",
    contentType: "text/plain",
  });
  assert.equal(refusal.headers.has("record-route"), false);
  assert.deepEqual(
    [refusal.reason, refusal.headers.get("reason"), refusal.headers.get("content-length")],
    ["No", "SM;cause=403", "2"],
  );
});

for (
  const [value, has] of [
    ["<sip:a@b.test>;tag=1", true],
    ["sip:a@b.test ; Tag = 1", true],
    ["<sip:a@b.test;tag=1>", false],
    ['"x>;tag=1" <sip:a@b.test>', false],
    ['"\\">;tag=1" <sip:a@b.test>', false],
    ["<sip:a@b.test>", false],
  ] as const
) {
  Deno.test(`hasTag is ${has} for ${value}`, () => assert.equal(hasTag(value), has));
}

Deno.test("makeRequest: the mandatory fields, in order, and reads back (RFC 3261 §8.1.1)", () => {
  const request = makeRequest({
    method: "MESSAGE",
    uri: "sip:bob@b.test",
    from: "<sip:alice@a.test>;tag=1",
    to: "<sip:bob@b.test>",
    callId: "c2",
    cseq: 1,
    via: ["SIP/2.0/TCP a.test;branch=z9hG4bKx"],
    route: ["<sip:p.test;lr>"],
    contact: "<sip:alice@192.0.2.1>",
    headers: [["Subject", "hi"]],
    body: "hello",
    contentType: "text/plain",
  });
  const parsed = parseMessage(serializeMessage(request), { stream: true });
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
  assert.equal(parsed.message.headers.get("max-forwards"), "70");
  setBody(request, "");
  assert.equal(request.headers.get("content-length"), "0");
});

Deno.test("makeAck: Request-URI, Call-ID, From, Route, one Via of the INVITE, To of the response (RFC 3261 §17.1.1.3)", () => {
  const request = invite();
  const ack = makeAck(request, makeResponse(request, 486, undefined, { toTag: "t" }));
  assert.deepEqual([ack.method, ack.uri, ack.headers.get("cseq")], ["ACK", request.uri, "7 ACK"]);
  assert.deepEqual(ack.headers.getAll("via"), ["SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"]);
  assert.equal(ack.headers.get("to"), "<sip:bob@b.test>;tag=t");
  assert.equal(ack.headers.get("route"), "<sip:192.0.2.2;lr>");
  assert.deepEqual(ack.headers.list("route-security"), request.headers.list("route-security"));
  assert.equal(ack.headers.has("record-route"), false);
});

Deno.test("makeCancel: as the request, with one Via and no tag of its own (RFC 3261 §9.1)", () => {
  const cancel = makeCancel(invite());
  assert.deepEqual([cancel.method, cancel.headers.get("cseq")], ["CANCEL", "7 CANCEL"]);
  assert.equal(cancel.headers.get("to"), "<sip:bob@b.test>");
  assert.deepEqual(cancel.headers.getAll("via"), ["SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"]);
});

Deno.test("makeResponse to a malformed request: a To with a lone CR goes back as it came, without a throw", () => {
  const text = "MESSAGE sip:b@abc.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n" +
    "To: <sip:b@abc\rtest>\r\nFrom: <sip:a@abc.test>;tag=1\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\n";
  const parsed = parseMessage(new TextEncoder().encode(text), { mode: "strict" });
  assert.ok(!parsed.ok && parsed.partial?.kind === "request");
  const response = makeResponse(parsed.partial, 400, undefined, { toTag: "us" });
  assert.equal(response.headers.get("To"), "<sip:b@abc\rtest>");
});

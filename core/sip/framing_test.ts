import assert from "node:assert/strict";
import fc from "fast-check";
import { type Framed, StreamFramer } from "./framing.ts";
import { serializeMessage } from "./serialize.ts";

const encoder = new TextEncoder();

function message(id: string, body = "", length: string | null = String(body.length)): string {
  return [
    "OPTIONS sip:bob@b.test SIP/2.0",
    "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1",
    "From: <sip:alice@a.test>;tag=1",
    "To: <sip:bob@b.test>",
    `Call-ID: ${id}`,
    "CSeq: 1 OPTIONS",
    ...(length === null ? [] : [`Content-Length: ${length}`]),
    "",
    body,
  ].join("\r\n");
}

/** What came out, in short. */
function shape(framed: readonly Framed[]): string[] {
  return framed.map((one) => {
    if (one.kind === "message") {
      return `${one.message.headers.get("call-id")}:${one.message.body.length}`;
    }
    return one.kind === "ping" ? "ping" : `${one.error.status}${one.fatal ? "!" : ""}`;
  });
}

function push(framer: StreamFramer, text: string): string[] {
  return shape(framer.push(encoder.encode(text)));
}

Deno.test("StreamFramer: the same messages come out however the octets are cut", () => {
  const stream = encoder.encode(
    `\r\n\r\n${message("a", "hello\r\n\r\n")}${message("b")}\r\n${
      message("c", "x".repeat(5000))
    }\r\n\r\n`,
  );
  const expected = ["ping", "a:9", "b:0", "c:5000", "ping"];
  fc.assert(fc.property(fc.array(fc.nat(stream.length), { maxLength: 30 }), (cuts) => {
    const framer = new StreamFramer();
    const out: Framed[] = [];
    let from = 0;
    for (const cut of [...cuts.sort((a, b) => a - b), stream.length]) {
      out.push(...framer.push(stream.slice(from, cut)));
      from = cut;
    }
    assert.deepEqual(shape(out), expected);
    assert.equal(framer.pending, 0);
    assert.deepEqual(framer.end(), []);
  }));
});

Deno.test("StreamFramer: one octet at a time, with offsets in the stream", () => {
  const framer = new StreamFramer();
  const text = message("a", "body") + message("b");
  const out: Framed[] = [];
  for (const octet of encoder.encode(text)) out.push(...framer.push(Uint8Array.of(octet)));
  assert.deepEqual(shape(out), ["a:4", "b:0"]);
  assert.ok(out[1]?.kind === "message");
  assert.equal(out[1].start, message("a", "body").length);
  assert.equal(new TextDecoder().decode(serializeMessage(out[1].message)), message("b"));
});

Deno.test("StreamFramer: a body keeps its octets when more arrives", () => {
  const framer = new StreamFramer();
  framer.push(encoder.encode(message("a", "hello").slice(0, 40)));
  const [first] = framer.push(encoder.encode(message("a", "hello").slice(40)));
  framer.push(encoder.encode(message("b", "xxxxx")));
  assert.ok(first?.kind === "message");
  assert.equal(new TextDecoder().decode(first.message.body), "hello");
});

Deno.test("StreamFramer: a malformed message with a length is skipped, the next one is read", () => {
  const framer = new StreamFramer();
  const bad = message("a", "body").replace("CSeq: 1 OPTIONS", "CSeq: x");
  assert.deepEqual(push(framer, bad.slice(0, -2)), []);
  assert.deepEqual(push(framer, bad.slice(-2) + message("b")), ["400", "b:0"]);
});

for (
  const [what, text] of [
    ["no Content-Length", message("a", "", null)],
    ["two Content-Length", message("a", "", "0\r\nl: 0")],
    ["a Content-Length that is no number", message("a", "", "-1")],
    ["garbage", "\x16\x03\x01\r\n\r\n"],
  ] as const
) {
  Deno.test(`StreamFramer: ${what} ends the stream (RFC 3261 §18.3)`, () => {
    const framer = new StreamFramer();
    assert.deepEqual(push(framer, text), ["400!"]);
    assert.ok(framer.failed);
    assert.deepEqual(push(framer, message("b")), []);
    assert.equal(framer.pending, 0);
  });
}

Deno.test("StreamFramer: an endless head ends with 513 and keeps no more than the limit", () => {
  const framer = new StreamFramer({ limits: { headOctets: 1000 } });
  let out: string[] = [];
  for (let sent = 0; sent < 1100 && out.length === 0; sent += 100) {
    assert.ok(framer.pending <= 1000);
    out = push(framer, "x".repeat(100));
  }
  assert.deepEqual(out, ["513!"]);
});

Deno.test("StreamFramer: a body beyond the limit ends with 413 before it arrives", () => {
  const framer = new StreamFramer({ limits: { bodyOctets: 10 } });
  assert.deepEqual(push(framer, message("a", "", "11")), ["413!"]);
});

Deno.test("StreamFramer: a stream that ends within a message is an error, between messages none", () => {
  const framer = new StreamFramer();
  push(framer, message("a", "body").slice(0, -1));
  assert.deepEqual(shape(framer.end()), ["400!"]);
});

Deno.test("StreamFramer: single empty lines are no ping (RFC 5626 §4.4.1)", () => {
  const framer = new StreamFramer();
  assert.deepEqual(push(framer, `\r\n${message("a")}\r\n${message("b")}`), ["a:0", "b:0"]);
});

Deno.test("StreamFramer: any octets in any cuts give messages or errors, and nothing else", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 50 }),
    fc.constantFrom(
      "\r\n",
      "\r\n\r\n",
      message("a"),
      "Content-Length: 3\r\n",
      "INVITE x SIP/2.0\r\n",
    )
      .map((text) => encoder.encode(text)),
  );
  fc.assert(fc.property(fc.array(piece), (pieces) => {
    const framer = new StreamFramer({ limits: { headOctets: 500 } });
    for (const octets of pieces) framer.push(octets);
    framer.end();
  }));
});

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addAttribute,
  attributes,
  connection,
  formatSdp,
  mediaLine,
  parseSdp,
  SDP_LIMITS,
  SdpError,
} from "./session_description.ts";

const OFFER = [
  "v=0",
  "o=alice 1 1 IN IP6 2001:db8::1",
  "s=-",
  "c=IN IP6 2001:db8::1",
  "t=0 0",
  "a=recvonly",
  "m=audio 49170/2 RTP/AVP 0 8",
  "a=key-info:1 AES_256_GCM nonce:AAAA",
  "m=video 51372 RTP/AVP 31",
  "c=IN IP4 192.0.2.1/127",
  "",
].join("\r\n");

Deno.test("parseSdp, formatSdp: the same text comes out", () => {
  for (const text of [OFFER, OFFER.replaceAll("\r\n", "\n"), OFFER.trimEnd()]) {
    assert.equal(formatSdp(parseSdp(text)), text);
  }
});

Deno.test("mediaLine, connection, attributes: what signalling needs (RFC 8866 §5.7, §5.13, §5.14)", () => {
  const sdp = parseSdp(new TextEncoder().encode(OFFER));
  const [audio, video] = sdp.media;
  assert.ok(audio && video);
  assert.deepEqual(mediaLine(audio), {
    kind: "audio",
    port: 49170,
    ports: 2,
    protocol: "RTP/AVP",
    formats: ["0", "8"],
  });
  assert.equal(connection(sdp, audio)?.address, "2001:db8::1");
  assert.equal(connection(sdp, video)?.address, "192.0.2.1/127");
  assert.deepEqual(attributes(audio.lines, "key-info"), ["1 AES_256_GCM nonce:AAAA"]);
  assert.deepEqual(attributes(sdp.lines, "recvonly"), [""]);
});

Deno.test("addAttribute: at the end of its section, and no line end gets in", () => {
  const sdp = parseSdp(OFFER);
  addAttribute(sdp.media[0]!.lines, "x", "y");
  assert.match(formatSdp(sdp), /nonce:AAAA\r\na=x:y\r\nm=video/);
  assert.throws(() => addAttribute(sdp.lines, "x", "y\r\nm=evil"), RangeError);
});

for (
  const [text, line] of [
    ["", 1],
    ["v=1\r\n", 1],
    ["s=-\r\n", 1],
    ["v=0\r\nm =x\r\n", 2],
    ["v=0\r\n\r\n", 2],
    ["v=0\r\nAB\r\n", 2],
    ["v=0\r\ns=a\rb\r\n", 2],
  ] as const
) {
  Deno.test(`parseSdp refuses ${JSON.stringify(text)} at line ${line}`, () => {
    assert.throws(
      () => parseSdp(text),
      (error) => error instanceof SdpError && error.line === line,
    );
  });
}

Deno.test("parseSdp: limits, and octets that are no UTF-8", () => {
  assert.throws(() => parseSdp("v=0\n".repeat(SDP_LIMITS.lines + 1)), SdpError);
  assert.throws(() => parseSdp(`v=0\ns=${"x".repeat(SDP_LIMITS.octets)}`), SdpError);
  assert.throws(() => parseSdp(Uint8Array.of(118, 61, 48, 10, 115, 61, 255)), SdpError);
});

Deno.test("parseSdp: any text gives a lossless description or SdpError, and so does every prefix", () => {
  fc.assert(
    fc.property(fc.nat(OFFER.length), fc.string({ maxLength: 3 }), (at, text) => {
      for (const source of [OFFER.slice(0, at), OFFER.slice(0, at) + text + OFFER.slice(at)]) {
        try {
          assert.equal(formatSdp(parseSdp(source)), source);
        } catch (error) {
          if (!(error instanceof SdpError)) throw error;
        }
      }
    }),
    { numRuns: 500 },
  );
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { Headers } from "./headers.ts";
import type { SipMessage } from "./message.ts";
import {
  type Parsed,
  parseMessage,
  type ParseOptions,
  SipParseError,
  validateMessage,
} from "./parse.ts";
import { serializeMessage } from "./serialize.ts";
import { readCase, TORTURE_CASES } from "./testdata/cases.ts";

const encoder = new TextEncoder();

/** Lines to octets, with CR LF; an empty line ends the head. */
function octets(lines: string[], body = ""): Uint8Array {
  return encoder.encode([...lines, "", body].join("\r\n"));
}

const HEAD = [
  "INVITE sip:bob@b.test SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
  "From: <sip:alice@a.test>;tag=1",
  "To: <sip:bob@b.test>",
  "Call-ID: c1@a.test",
  "CSeq: 1 INVITE",
  "Max-Forwards: 70",
];

/** The message with one field replaced or added. */
function head(field: string): string[] {
  const name = field.split(":")[0] ?? "";
  const rest = HEAD.filter((line, index) => index === 0 || !line.startsWith(`${name}:`));
  return [...rest, field];
}

function refused(parsed: Parsed): SipParseError {
  assert.ok(!parsed.ok, "the message was accepted");
  return parsed.error;
}

function accepted(parsed: Parsed): SipMessage {
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
  return parsed.message;
}

Deno.test("parseMessage: every proper prefix of every valid message is refused or ignores its tail, and throws nothing else", async () => {
  for (const { file, strict } of TORTURE_CASES) {
    if (strict !== "accept") continue;
    const bytes = await readCase(file);
    const whole = parseMessage(bytes);
    assert.ok(whole.ok);
    const hasLength = whole.message.headers.has("content-length");
    const bodyAt = whole.consumed - whole.message.body.length;
    for (let length = 0; length < whole.consumed; length++) {
      const parsed = parseMessage(bytes.subarray(0, length));
      if (!hasLength && length >= bodyAt) assert.ok(parsed.ok);
      else assert.ok(refused(parsed) instanceof SipParseError, `${file}, ${length} octets`);
      parseMessage(bytes.subarray(0, length), { mode: "tolerant" });
    }
  }
});

Deno.test("parseMessage: random octets are refused with a SipParseError inside them", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, tolerant) => {
    const parsed = parseMessage(bytes, { mode: tolerant ? "tolerant" : "strict" });
    if (!parsed.ok) assert.ok(parsed.error.offset <= bytes.length && parsed.error.line >= 1);
  }));
});

Deno.test("parseMessage: corpora with random octets changed: no other exception, tolerant stays lossless", async () => {
  const seeds = await Promise.all(TORTURE_CASES.map(({ file }) => readCase(file)));
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom(0, 9, 10, 13, 32, 34, 37, 44, 59, 60, 62, 64, 91, 128, 255),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      (seed, changes) => {
        const bytes = seed.slice();
        for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
        const strict = parseMessage(bytes);
        if (strict.ok) {
          assert.deepEqual(serializeMessage(strict.message), bytes.subarray(0, strict.consumed));
        }
        const tolerant = parseMessage(bytes, { mode: "tolerant" });
        if (!tolerant.ok) return;
        assert.deepEqual(serializeMessage(tolerant.message), bytes.subarray(0, tolerant.consumed));
        assert.equal(tolerant.deviations.length === 0, strict.ok);
      },
    ),
    { numRuns: 600 },
  );
});

Deno.test("parseMessage: what strict refuses first, tolerant lists", async () => {
  for (const { file, strict } of TORTURE_CASES) {
    if (strict === "accept" || file.endsWith("bigcode.dat")) continue;
    const bytes = await readCase(file);
    const error = refused(parseMessage(bytes));
    const tolerant = parseMessage(bytes, { mode: "tolerant" });
    assert.ok(tolerant.ok);
    const found = tolerant.deviations.find(({ offset }) => offset === error.offset);
    assert.equal(found?.what, error.what, file);
  }
});

Deno.test("parseMessage: a refused message comes with what could be read of it, to answer 400", () => {
  const parsed = parseMessage(octets(head("Contact: sip:a@b.test?x=y"), ""));
  assert.ok(!parsed.ok);
  assert.equal(parsed.partial?.headers.get("call-id"), "c1@a.test");
});

Deno.test("parseMessage: error names octet, line and column of a value behind folds and UTF-8", () => {
  const bytes = octets(head('To: "Bö"\r\n <sip:bob@b.test>\r\n ;tag=a b'));
  const error = refused(parseMessage(bytes));
  const at = new TextDecoder("latin1").decode(bytes).indexOf("a b") + 2;
  assert.deepEqual([error.offset, error.line, error.column], [at, 9, 9]);
});

Deno.test("parseMessage: invalid UTF-8 is refused at its octet, and kept by tolerant", () => {
  const bytes = octets(head("Subject: grüße"));
  const at = bytes.indexOf(0xc3);
  bytes[at + 1] = 0x20;
  const error = refused(parseMessage(bytes));
  assert.deepEqual([error.what, error.offset], ["octets that are no valid UTF-8", at]);
  const parsed = parseMessage(bytes, { mode: "tolerant" });
  const message = accepted(parsed);
  assert.deepEqual(serializeMessage(message), bytes);
  message.headers.set("Max-Forwards", "69");
  assert.ok(serializeMessage(message).includes(0xc3));
});

for (
  const [field, clause] of [
    ["Via: SIP/2.0/UDP 192.0.2.1;;branch=1", "RFC 3261 §20.42"],
    ["Via: SIP/2.0/UDP", "RFC 3261 §20.42"],
    ["Via: SIP/2.0/UDP host_name", "RFC 3261 §20.42"],
    ["From: <sip:alice@a.test", "RFC 3261 §20.10"],
    ["To: <sip:bob@b.test>tag", "RFC 3261 §20.10"],
    ["Call-ID: a@b@c", "RFC 3261 §20.8"],
    ["CSeq: 2147483648 INVITE", "RFC 3261 §20.16"],
    ["Max-Forwards: 256", "RFC 3261 §20.22"],
    ["Max-Forwards: -1", "RFC 3261 §20.22"],
    ["Content-Length: 5x", "RFC 3261 §20.14"],
    ["Content-Type: text", "RFC 3261 §20.15"],
    ["Contact: *, <sip:a@b.test>", "RFC 3261 §19.1.1"],
    ["Contact: <sip:a@b.test>;q=1.5", "RFC 3261 §20.10"],
    ["Contact: <sip:a@b.test>;expires=soon", "RFC 3261 §20.10"],
    ["Route: sip:p.test;lr", "RFC 3261 §20.10"],
    ["Record-Route: <sip:p.test;lr>, x", "RFC 3261 §20.10"],
    ["Expires: 4294967296", "RFC 3261 §20.19"],
    ["Require: 100rel,", "RFC 3261 §20.32"],
    ["Date: Sat, 31 Feb 2026 10:00:00 GMT", "RFC 3261 §20.17"],
    ['Warning: 30 a.test "x"', "RFC 3261 §20.43"],
    ["Warning: 301 a.test x", "RFC 3261 §20.43"],
    ["Authorization: Digest", "RFC 3261 §25.1"],
    ["Authorization: Digest username", "RFC 3261 §25.1"],
    ["Accept: text", "RFC 3261 §20.1"],
    ["Retry-After: 18000 (busy", "RFC 3261 §20.33"],
    ["Reason: ;cause=1", "RFC 3326 §2"],
    ["Bad Name: x", "RFC 3261 §7.3.1"],
    [": x", "RFC 3261 §7.3.1"],
    ["Subject: bell\x07", "RFC 3261 §25.1"],
  ] as const
) {
  Deno.test(`parseMessage strict refuses ${JSON.stringify(field)} by ${clause}`, () => {
    const error = refused(parseMessage(octets(head(field))));
    assert.equal(error.clause, clause, error.message);
    assert.equal(error.status, 400);
  });
}

for (
  const field of [
    'Via: SIP / 2.0 / TLS [2001:db8::1] : 5061 ; branch = "z;9,<" , SIP/2.0/UDP h',
    "Contact: *",
    'Contact: "a,b" <sip:a@b.test;x=y?h=v>;q=0.5;expires=60, <tel:+81-3-1234>',
    "Accept:",
    "Supported:",
    "Allow: INVITE, ACK",
    'Authorization: Digest username="a", realm="b", nonce="c", uri="sip:b", response="d", qop=auth',
    "Date: Sat, 13 Nov 2010 23:29:00 GMT",
    'Warning: 301 isi.edu "x", 370 [2001:db8::1]:5060 "y"',
    "Retry-After: 120 (I'm (really) busy);duration=3600",
    "Timestamp: 54.2 0.1",
    'Reason: SIP;cause=403;text="spoof check: x"',
    "Call-Info: <http://a.test/x>;purpose=icon, <https://b.test>",
    "Subject: Ä\t漢字",
    'X-Unknown: ;;,,"<',
    "x: 1800;refresher=uac",
  ]
) {
  Deno.test(`parseMessage strict accepts ${JSON.stringify(field)}`, () => {
    const bytes = octets(head(field));
    assert.deepEqual(serializeMessage(accepted(parseMessage(bytes))), bytes);
  });
}

for (
  const [line, status] of [
    ["INVITE sip:b@b.test SIP/3.0", 505],
    ["INVITE sip:b@b.test SIP/x", 400],
    ["INVITE sip:b@b.test", 400],
    ["INVITE", 400],
    ["IN(VITE sip:b@b.test SIP/2.0", 400],
    ["SIP/2.0 99 Low", 400],
    ["SIP/2.0 700 High", 400],
    ["SIP/2.0 200", 400],
    ["SIP/1.0 200 OK", 505],
  ] as const
) {
  Deno.test(`parseMessage refuses the start line ${JSON.stringify(line)} with ${status}`, () => {
    assert.equal(refused(parseMessage(octets([line, ...HEAD.slice(1)]))).status, status);
  });
}

for (const name of ["Via", "From", "To", "Call-ID", "CSeq"]) {
  Deno.test(`parseMessage refuses a message without ${name} (RFC 3261 §8.1.1)`, () => {
    const lines = HEAD.filter((line) => !line.startsWith(`${name}:`));
    assert.equal(refused(parseMessage(octets(lines))).what, `no ${name} field`);
  });
}

Deno.test("parseMessage: Max-Forwards may be missing (RFC 4475 §3.4.1)", () => {
  accepted(parseMessage(octets(HEAD.filter((line) => !line.startsWith("Max")))));
});

Deno.test("parseMessage: Content-Length in a datagram (RFC 3261 §18.3)", () => {
  const smaller = parseMessage(octets(head("Content-Length: 2"), "abcd"));
  assert.ok(smaller.ok);
  assert.equal(new TextDecoder().decode(smaller.message.body), "ab");
  const missing = accepted(parseMessage(octets(HEAD, "abcd")));
  assert.equal(missing.body.length, 4);
  const larger = octets(head("Content-Length: 5"), "abcd");
  assert.equal(refused(parseMessage(larger)).clause, "RFC 3261 §18.3");
  const tolerant = parseMessage(larger, { mode: "tolerant" });
  assert.ok(tolerant.ok && tolerant.deviations.length === 1 && tolerant.message.body.length === 4);
});

Deno.test("parseMessage: with `stream`, Content-Length is needed (RFC 3261 §18.3)", () => {
  assert.equal(refused(parseMessage(octets(HEAD), { stream: true })).clause, "RFC 3261 §18.3");
});

Deno.test("parseMessage: LF and CR alone are refused; tolerant lists them with their places", () => {
  const bytes = encoder.encode(`${HEAD.join("\n")}\n\n`);
  assert.match(refused(parseMessage(bytes)).what, /LF alone/);
  const parsed = parseMessage(bytes, { mode: "tolerant" });
  assert.ok(parsed.ok);
  assert.equal(parsed.deviations.length, HEAD.length + 1);
  assert.deepEqual(parsed.deviations[1]?.line, 2);
  assert.equal(refused(parseMessage(octets(head("Subject: a\rb")))).what, "CR without LF");
});

Deno.test("parseMessage: empty lines before the start line are ignored and kept (RFC 3261 §7.5)", () => {
  const bytes = encoder.encode(`\r\n\r\n${HEAD.join("\r\n")}\r\n\r\n`);
  assert.deepEqual(serializeMessage(accepted(parseMessage(bytes))), bytes);
});

for (
  const [limit, value, lines, status] of [
    ["startLineOctets", 20, HEAD, 414],
    ["fieldOctets", 60, head(`Subject: ${"x".repeat(60)}`), 513],
    ["fields", 6, head("Subject: x"), 513],
    ["headOctets", 150, HEAD, 513],
    ["bodyOctets", 3, HEAD, 413],
  ] as const
) {
  Deno.test(`parseMessage: limit ${limit} refuses with ${status}, and holds in tolerant mode`, () => {
    const options: ParseOptions = { limits: { [limit]: value } };
    const bytes = octets([...lines], "abcd");
    accepted(parseMessage(bytes));
    assert.equal(refused(parseMessage(bytes, options)).status, status);
    assert.equal(refused(parseMessage(bytes, { ...options, mode: "tolerant" })).status, status);
  });
}

Deno.test("parseMessage: time grows with the length, not with its square", () => {
  const worst = ["\r\n \t", '"', '"\\', "<", ";a", ",", "(", "%", "a ", ":::", "é"];
  for (const piece of worst) {
    for (const name of ["Subject", "From", "Via", "Warning", "Retry-After", "Route-Security"]) {
      const bytes = octets(head(`${name}: ${piece.repeat(4_000)}`));
      const start = performance.now();
      parseMessage(bytes, { limits: { fieldOctets: 100_000, headOctets: 200_000 } });
      assert.ok(performance.now() - start < 500, `${name} of ${JSON.stringify(piece)}`);
    }
  }
});

Deno.test("serializeMessage: a change to one field leaves all other octets alone", () => {
  const name = fc.constantFrom("Subject", "s", "X-A", "VIA", "x-ünknown".replace("ü", "u"));
  fc.assert(fc.property(name, fc.constantFrom("v", "w  x", "é"), (field, value) => {
    const lines = [...HEAD, "s :  a\r\n\tb", "X-A:1", "CONTACT:<sip:a@b.test>  "];
    const message = accepted(parseMessage(octets(lines)));
    const before = message.headers.fields.slice();
    message.headers.set(field, value);
    const kept = message.headers.fields.filter((entry) => entry.raw !== undefined);
    assert.deepEqual(
      kept,
      before.filter(({ key }) =>
        !message.headers.fields.some((entry) => entry.raw === undefined && entry.key === key)
      ),
    );
    const again = parseMessage(serializeMessage(message), { mode: "tolerant" });
    assert.ok(again.ok);
    assert.equal(again.message.headers.get(field), value);
  }));
});

Deno.test("serializeMessage: a changed Request-URI makes the start line anew", () => {
  const message = accepted(
    parseMessage(octets(["INVITE sip:bob@b.test sip/2.0", ...HEAD.slice(1)])),
  );
  assert.ok(message.kind === "request");
  message.uri = "sip:x@y.test";
  assert.match(
    new TextDecoder().decode(serializeMessage(message)),
    /^INVITE sip:x@y.test SIP\/2.0\r\nVia/,
  );
});

Deno.test("serializeMessage, parseMessage: what is built reads back the same", () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(
      word,
      word,
      fc.string({ unit: "grapheme" }),
      fc.uint8Array(),
      (user, tag, text, body) => {
        const subject = text.replace(/\p{Cc}/gu, "").trim();
        const headers = Headers.of([
          ["Via", `SIP/2.0/TCP ${user}x.test;branch=z9hG4bK${tag}`],
          ["f", `<sip:${user}@a.test>;tag=${tag}`],
          ["To", `<sip:${tag}@b.test>`],
          ["Call-ID", tag],
          ["CSeq", "7 OPTIONS"],
          ["Subject", subject],
          ["l", String(body.length)],
        ]);
        const built: SipMessage = {
          kind: "request",
          method: "OPTIONS",
          uri: `sip:${tag}@b.test`,
          headers,
          body,
        };
        const message = accepted(parseMessage(serializeMessage(built), { stream: true }));
        assert.ok(message.kind === "request" && message.uri === built.uri);
        assert.deepEqual(message.body, body);
        assert.equal(message.headers.get("s"), subject.replace(/^[ \t]+|[ \t]+$/g, ""));
        assert.deepEqual(validateMessage(built), []);
      },
    ),
  );
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { formatAuthValue, parseAuthParameters, parseAuthValue } from "./auth_params.ts";
import { contactExpires, contactQuality, contacts } from "./contact.ts";
import { formatCSeq, parseCSeq } from "./cseq.ts";
import { quote, unquote } from "./cursor.ts";
import { formatDate, parseDate } from "./date.ts";
import { SipParseError } from "./errors.ts";
import { HEADER_RULES } from "./header_checks.ts";
import { Headers } from "./headers.ts";
import { splitList } from "./lists.ts";
import { formatNameAddr, parseNameAddr, parseNameAddrList } from "./name_addr.ts";
import { Parameters } from "./parameters.ts";
import { formatVia, parseVia, vias } from "./via.ts";

Deno.test("parseNameAddr: display name, URI parameters inside <>, header parameters outside", () => {
  const value = parseNameAddr('"A \\"x\\" <y>" <sip:a@b.test;lr>;tag=1;x="q;r"');
  assert.equal(value.display, 'A "x" <y>');
  assert.ok(value.uri.kind === "sip" && value.uri.parameters.has("lr"));
  assert.equal(value.parameters.get("tag"), "1");
  assert.equal(value.parameters.get("x"), "q;r");
  assert.equal(formatNameAddr(value), '"A \\"x\\" <y>" <sip:a@b.test;lr>;tag=1;x="q;r"');
});

Deno.test("parseNameAddr: without <>, parameters belong to the header (RFC 3261 §20.10)", () => {
  const value = parseNameAddr("sip:a@b.test;tag=1");
  assert.ok(value.uri.kind === "sip" && value.uri.parameters.size === 0);
  assert.equal(value.parameters.get("tag"), "1");
  assert.equal(parseNameAddr("Big Bob <sip:a@b.test>").display, "Big Bob");
});

for (
  const [value, offset] of [
    ["", 0],
    ["<sip:a@b.test", 0],
    ['"x" sip:a@b.test', 4],
    ["sip:a@b.test?x=y", 12],
    ["< sip:a@b.test>", 1],
    ["<sip:a@b.test >", 13],
    ["<sip:a@b.test>;", 15],
    ["<sip:a@b.test> x", 15],
    ["Bell, A <sip:a@b.test>", 0],
    ["<sip:a@b.test>, <sip:c@d.test>", 14],
  ] as const
) {
  Deno.test(`parseNameAddr refuses ${JSON.stringify(value)} at ${offset}`, () => {
    assert.throws(
      () => parseNameAddr(value),
      (error) => error instanceof SipParseError && error.offset === offset,
    );
  });
}

Deno.test("parseNameAddrList: a From in a display name or quoted is no second value", () => {
  const list = parseNameAddrList('"x, <sip:evil@b.test>" <sip:a@b.test>, <sip:c,d@e.test>');
  assert.deepEqual(list.map(({ uri }) => uri.kind === "sip" && uri.user), ["a", "c,d"]);
});

Deno.test("parseVia, formatVia: parts, and what is set in parameters", () => {
  const via = parseVia("SIP/2.0/TLS [2001:DB8::1]:5061;rport;branch=z9hG4bK1");
  assert.deepEqual([via.protocol, via.transport, via.host, via.port], [
    "SIP/2.0",
    "TLS",
    "2001:db8::1",
    5061,
  ]);
  via.parameters.set("rport", "4000").set("received", "2001:db8::2");
  assert.equal(
    formatVia(via),
    "SIP/2.0/TLS [2001:db8::1]:5061;rport=4000;branch=z9hG4bK1;received=2001:db8::2",
  );
  assert.deepEqual(parseVia(formatVia(via)), via);
  assert.equal(
    vias(Headers.of([["v", "SIP/2.0/UDP a, SIP/2.0/UDP b"], ["Via", "SIP/2.0/UDP c"]])).length,
    3,
  );
});

Deno.test("parseCSeq, formatCSeq", () => {
  assert.deepEqual(parseCSeq("0009  INVITE"), { number: 9, method: "INVITE" });
  assert.equal(formatCSeq({ number: 2, method: "BYE" }), "2 BYE");
  for (const bad of ["", "INVITE", "1", "1INVITE", "1 INVITE x", "-1 BYE", "2147483648 BYE"]) {
    assert.throws(() => parseCSeq(bad), SipParseError, bad);
  }
});

Deno.test("contacts: values of all fields, their expires and q, or *", () => {
  const list = contacts(Headers.of([["m", "<sip:a@b.test>;expires=60;q=0.2, sip:c@d.test"]]));
  assert.ok(list !== "*");
  assert.deepEqual(list.map(contactExpires), [60, undefined]);
  assert.deepEqual(list.map(contactQuality), [0.2, 1]);
  assert.equal(contacts(Headers.of([["Contact", "*"]])), "*");
});

Deno.test("parseAuthValue: quoted and plain values, commas in quotes, schemes nobody knows", () => {
  const value = parseAuthValue('Digest realm="a, \\"b\\"",  nonce = "c" ,algorithm=SHA-256');
  assert.equal(value.scheme, "Digest");
  assert.equal(value.parameters.get("Realm"), 'a, "b"');
  assert.equal(formatAuthValue(value), 'Digest realm="a, \\"b\\"", nonce="c", algorithm=SHA-256');
  assert.equal(parseAuthValue("Odd x=y").parameters.get("x"), "y");
  assert.equal(parseAuthParameters('rspauth="1", qop=auth').get("rspauth"), "1");
});

Deno.test("parseDate, formatDate: RFC 3261 §20.17", () => {
  const time = Date.UTC(2010, 10, 13, 23, 29, 0);
  assert.equal(parseDate("Sat, 13 Nov 2010 23:29:00 GMT"), time);
  assert.equal(formatDate(time), "Sat, 13 Nov 2010 23:29:00 GMT");
  for (
    const bad of [
      "Sat, 13 Nov 2010 23:29:00 EST",
      "Sat, 13 Nov 2010 24:29:00 GMT",
      "Xxx, 13 Nov 2010 23:29:00 GMT",
      "13 Nov 2010",
    ]
  ) {
    assert.throws(() => parseDate(bad), SipParseError, bad);
  }
});

Deno.test("quote, unquote: any text without line ends", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const plain = text.replace(/[\r\n]/g, "");
    assert.equal(unquote(quote(plain)), plain);
  }));
  assert.throws(() => quote("a\r\nb"), RangeError);
});

Deno.test("splitList: commas in quotes and <> do not split (RFC 3261 §7.3.1)", () => {
  assert.deepEqual(splitList(' "a,\\",b" <sip:x,y@z>;p="1,2" ,c,, '), [
    '"a,\\",b" <sip:x,y@z>;p="1,2"',
    "c",
  ]);
  assert.deepEqual(splitList("  "), []);
});

Deno.test("Parameters: order and spelling stay; values are quoted where they must be", () => {
  const parameters = new Parameters([{ name: "Lr" }, { name: "x", value: '"a"' }]);
  parameters.set("X", "b c").set("ip", "2001:db8::1").set("lr").set("t", "a", { quoted: true });
  assert.equal(String(parameters), ';lr;X="b c";ip=2001:db8::1;t="a"');
  assert.equal(parameters.raw("x"), '"b c"');
  assert.equal(parameters.clone().delete("x").has("X"), false);
  assert.throws(() => parameters.set("x", "a\r\nEvil: 1"), RangeError);
});

Deno.test("HEADER_RULES: every name that is noted has a bit of its own", () => {
  const bits = [...HEADER_RULES.values()].map(({ bit }) => bit).filter((bit) => bit !== 0);
  assert.equal(new Set(bits).size, bits.length);
  assert.ok(bits.length <= 32);
});

Deno.test("HEADER_RULES: every prefix of a valid value is read or refused with a place in it", () => {
  const values: Record<string, string> = {
    "via": 'SIP / 2.0 / UDP [2001:db8::1]:5060;received=2001:db8::2;x="a\\"b", SIP/2.0/TCP h',
    "contact": '"a" <sip:b:c@d.test:5060;e=f?g=h>;q=0.5;expires=7, sip:i@j.test',
    "warning": '301 isi.edu:5060 "a b", 370 x "y"',
    "authorization": 'Digest a="b", c=d',
    "retry-after": "120 (a (b) c);duration=3",
    "call-info": "<http://a.test/b>;purpose=c, <sip:d@e.test>",
    "date": "Sat, 13 Nov 2010 23:29:00 GMT",
    "accept": "a/b;q=0.1, c/d",
    "timestamp": "1.5 2.5",
    "in-reply-to": "a@b, c",
  };
  for (const [key, value] of Object.entries(values)) {
    const check = HEADER_RULES.get(key)?.check;
    assert.ok(check);
    check(value);
    for (let length = 0; length < value.length; length++) {
      try {
        check(value.slice(0, length));
      } catch (error) {
        assert.ok(error instanceof SipParseError, `${key}: ${error}`);
        assert.ok(error.offset <= length);
      }
    }
  }
});

Deno.test("HEADER_RULES: any text is read or refused with SipParseError", () => {
  const piece = fc.constantFrom(
    "a",
    "1",
    " ",
    '"',
    "\\",
    "<",
    ">",
    "sip:",
    "@",
    ",",
    ";",
    "=",
    "/",
    ":",
    "(",
    ")",
    "[",
    "::1",
    "]",
    "*",
    "\t",
    "é",
  );
  const text = fc.array(piece, { maxLength: 20 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.constantFrom(...HEADER_RULES.keys()), text, (key, value) => {
      try {
        HEADER_RULES.get(key)?.check?.(value);
      } catch (error) {
        if (!(error instanceof SipParseError)) throw error;
        assert.ok(error.offset >= 0 && error.offset <= value.length);
      }
    }),
    { numRuns: 3_000 },
  );
});

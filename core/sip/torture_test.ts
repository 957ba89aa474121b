import assert from "node:assert/strict";
import { parseMessage, SipParseError } from "./parse.ts";
import { serializeMessage } from "./serialize.ts";
import type { SipMessage } from "./message.ts";
import { parseNameAddr } from "./name_addr.ts";
import { contacts } from "./contact.ts";
import { parseUri, type SipUri, unescapeUser } from "./uri.ts";
import { topVia, vias } from "./via.ts";
import { readCase, TORTURE_CASES } from "./testdata/cases.ts";

async function accepted(file: string): Promise<SipMessage> {
  const parsed = parseMessage(await readCase(file));
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
  return parsed.message;
}

function sip(text: string): SipUri {
  const uri = parseUri(text);
  assert.equal(uri.kind, "sip");
  return uri as SipUri;
}

Deno.test("testdata: every file of the corpora is in the list of cases, and no other", async () => {
  const found: string[] = [];
  for (const folder of ["rfc4475", "rfc5118"]) {
    for await (const entry of Deno.readDir(new URL(`./testdata/${folder}`, import.meta.url))) {
      found.push(`${folder}/${entry.name}`);
    }
  }
  assert.deepEqual(TORTURE_CASES.map(({ file }) => file).sort(), found.sort());
});

for (const { file, section, strict } of TORTURE_CASES) {
  const rfc = file.startsWith("rfc4475") ? "RFC 4475" : "RFC 5118";
  const name = `${file}, ${rfc} §${section ?? "none"}`;

  Deno.test(`parseMessage strict: ${name}: ${strict}`, async () => {
    const parsed = parseMessage(await readCase(file));
    if (strict === "accept") {
      assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
      assert.deepEqual(parsed.deviations, []);
    } else {
      assert.ok(!parsed.ok);
      assert.ok(parsed.error instanceof SipParseError);
      assert.equal(parsed.error.status, strict);
    }
  });

  Deno.test(`serializeMessage: ${name}: the same octets come out`, async () => {
    const bytes = await readCase(file);
    const parsed = parseMessage(bytes, { mode: "tolerant" });
    // bigcode has no status that a response could have; nothing can be made of it.
    if (file === "rfc4475/bigcode.dat") return assert.ok(!parsed.ok && !parsed.partial);
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
    assert.deepEqual(serializeMessage(parsed.message), bytes.subarray(0, parsed.consumed));
    assert.equal(parsed.deviations.length === 0, strict === "accept");
  });
}

Deno.test("RFC 4475 §3.1.1.1 wsinv: values are read through folds and white space", async () => {
  const message = await accepted("rfc4475/wsinv.dat");
  const { headers } = message;
  assert.deepEqual(vias(headers).map(({ transport, host }) => [transport, host]), [
    ["UDP", "192.0.2.2"],
    ["TCP", "spindle.example.com"],
    ["UDP", "192.168.255.111"],
  ]);
  assert.equal(vias(headers)[2]?.parameters.get("branch"), "z9hG4bK30239");
  assert.equal(headers.get("CSeq"), "0009 INVITE");
  assert.equal(headers.get("s"), "");
  assert.equal(headers.get("NewFangledHeader"), "newfangled value continued newfangled value");
  const from = parseNameAddr(headers.get("f") ?? "");
  assert.equal(from.display, 'J Rosenberg \\"');
  assert.equal(from.parameters.get("tag"), "98asjd8");
  const list = contacts(headers);
  assert.ok(list !== "*");
  assert.equal(list[0]?.parameters.get("newparam"), "newvalue");
});

Deno.test("RFC 4475 §3.1.1.2 intmeth: every part is what the characters say", async () => {
  const message = await accepted("rfc4475/intmeth.dat");
  assert.ok(message.kind === "request");
  assert.equal(message.method, "!interesting-Method0123456789_*+`.%indeed'~");
  const uri = sip(message.uri);
  assert.equal(uri.host, "example.com");
  assert.equal(uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  assert.equal(uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  assert.equal(parseNameAddr(message.headers.get("To") ?? "").display, "BEL:\x07 NUL:\0 DEL:\x7f");
  assert.equal(message.headers.get("extensionHeader-!.%*+_`'~"), "\ufeff大停電");
});

Deno.test("RFC 4475 §3.1.1.3 esc01, §3.1.1.4 escnull: escapes stay, and are undone when asked", async () => {
  const esc = await accepted("rfc4475/esc01.dat");
  assert.ok(esc.kind === "request");
  assert.equal(sip(esc.uri).user, "sips%3Auser%40example.com");
  assert.equal(sip(esc.uri).host, "example.net");
  const list = contacts((await accepted("rfc4475/escnull.dat")).headers);
  assert.ok(list !== "*" && list.length === 2);
  assert.equal(unescapeUser((list[1]!.uri as SipUri).user ?? ""), "\0\0");
});

Deno.test("RFC 4475 §3.1.1.8 dblreq: the second request is ignored", async () => {
  const bytes = await readCase("rfc4475/dblreq.dat");
  const parsed = parseMessage(bytes);
  assert.ok(parsed.ok && parsed.message.kind === "request");
  assert.equal(parsed.message.method, "REGISTER");
  assert.ok(parsed.consumed < bytes.length);
});

Deno.test("RFC 4475 §3.1.1.9 semiuri: the semicolon is in the user part", async () => {
  const message = await accepted("rfc4475/semiuri.dat");
  assert.ok(message.kind === "request");
  assert.equal(sip(message.uri).user, "user;par=u%40example.net");
  assert.equal(sip(message.uri).parameters.size, 0);
});

Deno.test("RFC 4475 §3.1.1.11 mpart01: the binary body keeps its octets", async () => {
  const message = await accepted("rfc4475/mpart01.dat");
  assert.equal(message.body.length, Number(message.headers.get("l")));
  assert.ok(message.body.includes(0x30) && message.body.some((octet) => octet > 127));
});

Deno.test("RFC 4475 §3.3.9 mcl01: a stream with two Content-Length cannot go on", async () => {
  const { StreamFramer } = await import("./framing.ts");
  const [framed] = new StreamFramer().push(await readCase("rfc4475/mcl01.dat"));
  assert.ok(framed?.kind === "malformed" && framed.fatal);
});

Deno.test("RFC 5118 §4.3, §4.4: a port inside the brackets is part of the address", async () => {
  const ambiguous = await accepted("rfc5118/port-ambiguous");
  const clear = await accepted("rfc5118/port-unambiguous");
  assert.ok(ambiguous.kind === "request" && clear.kind === "request");
  assert.deepEqual(
    [sip(ambiguous.uri).host, sip(ambiguous.uri).port],
    ["2001:db8::10:5070", undefined],
  );
  assert.deepEqual([sip(clear.uri).host, sip(clear.uri).port], ["2001:db8::10", 5070]);
});

Deno.test("RFC 5118 §4.5: received with and without brackets", async () => {
  for (const form of ["with-delim", "no-delim"]) {
    const via = topVia((await accepted(`rfc5118/via-received-param-${form}`)).headers);
    assert.match(via?.parameters.get("received") ?? "", /^\[?2001:db8::9:255\]?$/);
  }
});

Deno.test("RFC 5118 §4.6: with the archive's Content-Length put right the message is valid", async () => {
  const text = new TextDecoder().decode(await readCase("rfc5118/ipv6-in-sdp"));
  const right = text.replace(/Content-Length: [0-9]+/, "Content-Length: 251");
  const parsed = parseMessage(new TextEncoder().encode(right));
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.message);
  assert.match(new TextDecoder().decode(parsed.message.body), /c=IN IP6 2001:db8/);
});

Deno.test("RFC 5118 §4.10: two and three colons name the same address", async () => {
  const hosts = [];
  for (const file of ["ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"]) {
    const message = await accepted(`rfc5118/${file}`);
    assert.ok(message.kind === "request");
    hosts.push(sip(message.uri).host);
  }
  assert.equal(hosts[0], hosts[1]);
});

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
// @ts-types="@types/dns-packet"
import { type Answer, decode, encode, type RecordType } from "dns-packet";
import { answerDns, type ZoneData } from "./zone.ts";

const data: ZoneData = {
  zone: "a.example",
  server: "dc.a.example",
  addresses: { ipv4: ["192.0.2.20"], ipv6: ["2001:db8::20"] },
  node: (fqdn) =>
    fqdn === "alice.a.example" ? { ipv4: "198.18.0.1", ipv6: "fd4e:544d::1" } : undefined,
};

const query = (name: string, type: RecordType, more = {}) =>
  encode({ type: "query", id: 7, flags: 0x0100, questions: [{ name, type }], ...more });

function ask(name: string, type: RecordType) {
  const answer = answerDns(query(name, type), data);
  assert(answer);
  const packet = decode(Buffer.from(answer));
  assert.equal(packet.id, 7);
  return packet as typeof packet & { rcode: string; flag_aa: boolean; answers: Answer[] };
}

const values = (answers: readonly Answer[]) =>
  answers.map((one) => ("data" in one ? [one.type, one.data] : [one.type]));

Deno.test("answerDns gives NS with the DC's addresses beside, and SOA, for the zone itself", () => {
  const ns = ask("a.example", "NS");
  assert.equal(ns.flag_aa, true);
  assert.deepEqual(values(ns.answers), [["NS", "dc.a.example"]]);
  assert.deepEqual(values(ns.additionals ?? []), [["A", "192.0.2.20"], ["AAAA", "2001:db8::20"]]);
  const [soa] = ask("a.example", "SOA").answers;
  assert(soa?.type === "SOA");
  assert.equal(soa.data.mname, "dc.a.example");
});

Deno.test("answerDns gives addresses of the DC and virtual addresses of nodes, in any case", () => {
  assert.deepEqual(values(ask("dc.a.example", "A").answers), [["A", "192.0.2.20"]]);
  assert.deepEqual(values(ask("alice.a.example", "AAAA").answers), [["AAAA", "fd4e:544d::1"]]);
  const mixed = ask("aLiCe.A.exAmple", "A");
  assert.deepEqual(values(mixed.answers), [["A", "198.18.0.1"]]);
  assert.equal(mixed.answers[0]?.name, "aLiCe.A.exAmple");
});

Deno.test("answerDns: no such name, no such record, and another zone are told apart", () => {
  const nobody = ask("bob.a.example", "A");
  assert.equal(nobody.rcode, "NXDOMAIN");
  assert.equal(nobody.authorities?.[0]?.type, "SOA");
  const nothing = ask("alice.a.example", "TXT");
  assert.equal(nothing.rcode, "NOERROR");
  assert.deepEqual(nothing.answers, []);
  assert.equal(ask("alice.b.example", "A").rcode, "REFUSED");
  assert.equal(ask("nota.example", "A").rcode, "REFUSED");
});

Deno.test("answerDns never answers an answer, two questions, or what is too long", () => {
  const questions = [{ name: "a.example", type: "NS" as const }];
  assert.equal(answerDns(encode({ type: "response", questions }), data), undefined);
  const two = encode({ type: "query", questions: [...questions, ...questions] });
  assert.equal(answerDns(two, data), undefined);
  const long = new Uint8Array(513);
  long.set(query("a.example", "NS"), 0);
  assert.equal(answerDns(long, data), undefined);
});

Deno.test("answerDns takes any octets and any prefix or change of a query without throwing", () => {
  const whole = query("alice.a.example", "A");
  for (let length = 0; length < whole.length; length++) {
    assert.equal(answerDns(whole.subarray(0, length), data), undefined, `${length} octets`);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
    answerDns(octets, data);
  }));
  fc.assert(fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, octet) => {
    const changed = Uint8Array.from(whole);
    changed[at] = octet;
    answerDns(changed, data);
  }));
});

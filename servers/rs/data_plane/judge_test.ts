import assert from "node:assert/strict";
import fc from "fast-check";
import { type Address, parseIp } from "../../../core/net/address.ts";
import { readSocketAddress, writeSocketAddress } from "../../../core/net/udp/socket_address.ts";
import { COUNTERS } from "./counters.ts";
import { endWords } from "./ends.ts";
import { counterOf, Judge, TO_CONTROL } from "./judge.ts";
import { PathTable } from "./path_table.ts";

const ROW = 3;
const ID = 0xfedc_ba98_7654;
const DATA = 10;
const SOCKETS: Address[] = [{ host: "0.0.0.0", port: 4330 }, { host: "::", port: 4330 }];

const address: fc.Arbitrary<Address> = fc.record({
  host: fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => parseIp(text)!),
  port: fc.integer({ min: 1, max: 65_535 }),
}, { noNullPrototype: true });

/** A judge that knows one path. */
function judge(one: Address, other: Address) {
  const table = new PathTable(8, [0x1234_5679, 0x7654_3211]);
  const ends = endWords([{ address: one }, { address: other }], SOCKETS);
  table.apply({ do: "set", id: ID, row: ROW, ends });
  const [seen, now] = [new Uint32Array(8), Uint32Array.of(42)];
  return { table, seen, judge: new Judge(table, { relayedTypes: [DATA], seen, now }) };
}

/** The words of a socket address, behind others. */
function words(from: Address): Int32Array {
  const name = new Uint8Array(64).fill(0xee, 0, 32);
  writeSocketAddress(name, 32, from);
  return new Int32Array(name.buffer);
}

function header(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x010a);
  view.setUint16(2, Math.floor(ID / 2 ** 32));
  view.setUint32(4, ID % 2 ** 32);
  return bytes;
}

function cause(verdict: number): string | undefined {
  return COUNTERS[counterOf(verdict)];
}

Deno.test("Judge sends what comes from one end to the other, of any two addresses", () => {
  fc.assert(fc.property(address, address, (one, other) => {
    fc.pre(one.host !== other.host || one.port !== other.port);
    const { table, seen, judge: judged } = judge(one, other);
    for (const [from, to] of [[one, other], [other, one]] as const) {
      seen[ROW] = 0;
      const end = judged.verdict(header(), 0, 32, words(from), 8);
      assert.equal(end, from === one ? ROW * 2 + 1 : ROW * 2);
      assert.equal(seen[ROW], 42);
      const name = new Uint8Array(96);
      table.writeName(end, new Int32Array(name.buffer), 16);
      assert.deepEqual(readSocketAddress(name, 64), to);
      assert.equal(table.socket(end), to.host.includes(":") ? 1 : 0);
    }
  }));
});

Deno.test("Judge knows a source that differs in any bit for another one", () => {
  const ends = fc.tuple(address, address).filter(([one, other]) => one.host !== other.host);
  fc.assert(fc.property(ends, fc.nat(), ([one, other], bit) => {
    const { seen, judge: judged } = judge(one, other);
    const name = words(one);
    const octets = new Uint8Array(name.buffer);
    // The port and the address: neither flow information nor scope says who it is.
    const places = one.host.includes(":")
      ? [34, 35, ...Array.from({ length: 16 }, (_, at) => 40 + at)]
      : [34, 35, 36, 37, 38, 39];
    const at = places[(bit >> 3) % places.length]!;
    octets[at] = octets[at]! ^ 1 << (bit & 7);
    const verdict = judged.verdict(header(), 0, 32, name, 8);
    assert.equal(cause(verdict), "wrongSource");
    assert.equal(seen[ROW], 0);
  }));
});

Deno.test("Judge gives any octets one verdict, and reads none behind their end", () => {
  const one = { host: "192.0.2.1", port: 1 };
  const other = { host: "192.0.2.2", port: 2 };
  const { judge: judged } = judge(one, other);
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(fc.nat(31), fc.nat(255)).map(([at, octet]) => {
      const bytes = header();
      bytes[at] = octet;
      return bytes;
    }),
  );
  const causes = ["tooShort", "version", "unknownPath", "wrongSource", "noPeer"];
  fc.assert(fc.property(octets, (bytes) => {
    const behind = new Uint8Array(bytes.length + 100);
    behind.set(bytes, 50);
    behind.set(header(), 50 + bytes.length);
    const verdict = judged.verdict(behind, 50, bytes.length, words(one), 8);
    if (verdict < TO_CONTROL) assert(causes.includes(cause(verdict)!));
    if (bytes.length < 32) assert.equal(cause(verdict), "tooShort");
    if (verdict >= 0) assert.deepEqual(bytes.subarray(0, 8), header().subarray(0, 8));
  }));
});

Deno.test("Judge drops every prefix of a valid header and tag", () => {
  const one = { host: "192.0.2.1", port: 1 };
  const { judge: judged } = judge(one, { host: "192.0.2.2", port: 2 });
  for (let length = 0; length < 32; length++) {
    assert.equal(cause(judged.verdict(header(), 0, length, words(one), 8)), "tooShort");
  }
});

import assert from "node:assert/strict";
import { Association } from "../core/ntm/association.ts";
import { encodeUdpPacket } from "../core/ntm/ip_packet.ts";
import type { AssociationSecret } from "../core/ntm/key_schedule.ts";
import { directionRequest, tunnelContent, tunnelRequest } from "../core/ntm/messages/mod.ts";
import { DATA } from "../core/ntm/message_types.ts";
import { CaptureError, readCapture } from "./capture_file.ts";
import { decode, type DecodedDatagram, textOf } from "./decode.ts";
import { keyRing } from "./decode_view.ts";
import { inDirectory, ntm } from "./testing/ntm.ts";

const hexKey = (digits: string) => digits.repeat(32);
const KMNDC = { id: "0000deadbeef", label: "kmndc", secret: hexKey("c3") } as const;
const KTUN = { id: "00c0ffee0001", label: "ktun", secret: hexKey("b2") } as const;
const KTMP = { ...KTUN, label: "ktmp", secret: hexKey("a1") } as const;
const KMNCN = { ...KTUN, label: "kmncn", secret: hexKey("d4") } as const;
type Key = typeof KMNDC | typeof KTUN | typeof KTMP | typeof KMNCN;

const ring = (...associations: Key[]) => keyRing({ associations });
const association = (key: Key) => {
  const [[secret]] = [...ring(key).values()] as [AssociationSecret[]];
  return new Association({ ...secret!, own: "initiator" });
};

const REQUEST = association(KMNDC).seal(
  directionRequest.type,
  directionRequest.encode({ transaction: 7, fqdn: "bob.b.example", session: 1 }),
);
const CONTENT = association(KTMP).seal(
  tunnelContent.type,
  tunnelContent.encode({ transaction: 0, side: "initiator", key: new Uint8Array(32).fill(0xd4) }),
);
const TUNNEL = association(KTUN).seal(
  tunnelRequest.type,
  tunnelRequest.encode({ transaction: 1, content: CONTENT }),
);
const PACKET = encodeUdpPacket({
  source: { host: "198.18.0.1", port: 5000 },
  destination: { host: "198.18.16.2", port: 7 },
  payload: new TextEncoder().encode("hello"),
});
const SENT = association(KMNCN).seal(DATA, PACKET);

const one = (octets: Uint8Array, ...keys: Key[]): DecodedDatagram => {
  const decoded = decode("file", octets, {}, ring(...keys));
  assert.equal(decoded.length, 1);
  return decoded[0]!;
};

Deno.test("decode: without a key the header, and nothing of the content", () => {
  const view = one(REQUEST);
  assert.deepEqual(view, {
    number: 1,
    octets: REQUEST.length,
    message: "Direction Request",
    type: 0x24,
    pathId: "0000deadbeef",
    sequence: 0,
  });
});

Deno.test("decode: with its key the fields, and who sealed it", () => {
  const view = one(REQUEST, KMNDC);
  assert.deepEqual(view.opened, { label: "kmndc", by: "initiator" });
  assert.deepEqual(view.fields, { transaction: 7, fqdn: "bob.b.example", session: 1 });
  assert.match(
    textOf(view),
    /^1 {2}Direction Request {2}path 0000deadbeef {2}sequence 0 {2}\d+ octets\n/,
  );
  assert.match(
    textOf(view),
    /\n {4}under kmndc, sealed by the initiator\n[^]*\n {4}fqdn: bob.b.example\n/,
  );
});

Deno.test("decode: what an RS holds opens Tunnel Request and not the key inside (NTM-13)", () => {
  const relay = one(TUNNEL, KTUN);
  assert.equal(relay.opened?.label, "ktun");
  assert.equal(relay.inside?.message, "Tunnel Content");
  assert.equal(relay.inside?.opened, undefined);
  assert.equal(relay.inside?.fields, undefined);
  assert.match(textOf(relay), /sealed; no key for it$/);
  assert.equal(one(SENT, KTUN).opened, undefined);
  const node = one(TUNNEL, KTUN, KTMP);
  const fields = node.inside?.fields as { key: string } | undefined;
  assert.equal(fields?.key, KMNCN.secret);
});

Deno.test("decode: Data shows the encapsulated packet, 32 octets longer (NTM-5)", () => {
  const view = one(SENT, KMNCN);
  assert.equal(view.octets, PACKET.length + 32);
  assert.deepEqual(view.packet, {
    protocol: "udp",
    source: "198.18.0.1:5000",
    destination: "198.18.16.2:7",
    payload: "68656c6c6f",
  });
});

Deno.test("decode: a message under a key it must not travel under is a problem", () => {
  const misused = association(KMNDC).seal(DATA, PACKET);
  assert.match(one(misused, KMNDC).problem ?? "", /^Data under kmndc, not kmncn$/);
});

Deno.test("decode: what is no datagram says what and where", () => {
  assert.match(one(new Uint8Array(31)).problem ?? "", /31 octets, at least 32 are needed/);
  const other = REQUEST.slice();
  other[0] = 9;
  assert.match(one(other).problem ?? "", /header: version 9, only 1 is known \(octet 0\)/);
  other.set([1, 0xee]);
  assert.match(one(other).problem ?? "", /type 238 has no meaning/);
});

Deno.test("decode: hexadecimal text, a datagram a line, with comments", () => {
  const hex = REQUEST.toHex();
  const text = `# two of them\n${hex.match(/../g)!.join(":")}\n\n${hex.toUpperCase()} # again\n`;
  const decoded = decode("file", new TextEncoder().encode(text), {}, ring());
  assert.deepEqual(decoded.map(({ number }) => number), [2, 4]);
  assert.ok(decoded.every(({ message }) => message === "Direction Request"));
  const wrong = new TextEncoder().encode(`${hex}\n${hex}0\n`);
  assert.throws(() => decode("x.hex", wrong, { hex: true }, ring()), /x\.hex:2: this is no hex/);
});

/** A UDP datagram in Ethernet and IPv4. */
function frame(payload: Uint8Array): Uint8Array {
  const ip = encodeUdpPacket({
    source: { host: "192.0.2.1", port: 4330 },
    destination: { host: "192.0.2.2", port: 4330 },
    payload,
  });
  return Uint8Array.from([...new Uint8Array(12), 8, 0, ...ip]);
}

const u32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const FRAMES = [
  frame(REQUEST),
  frame(new TextEncoder().encode("GET / HTTP/1.1")),
  new Uint8Array(60),
];
const PCAP = Uint8Array.from([
  ...Uint8Array.fromHex("d4c3b2a1020004000000000000000000ffff000001000000"),
  ...FRAMES.flatMap((
    octets,
  ) => [...u32(60), ...u32(500_000), ...u32(octets.length), ...u32(octets.length), ...octets]),
]);
const PCAPNG = Uint8Array.from([
  ...Uint8Array.fromHex("0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000"),
  ...Uint8Array.fromHex("01000000140000000100000000000000" + "14000000"),
  ...FRAMES.flatMap((octets) => {
    const padded = [...octets, ...new Uint8Array((4 - octets.length % 4) % 4)];
    const length = u32(32 + padded.length);
    return [
      ...u32(6),
      ...length,
      ...u32(0),
      ...u32(0),
      ...u32(60_500_000),
      ...u32(octets.length),
      ...u32(octets.length),
      ...padded,
      ...length,
    ];
  }),
]);

for (const [name, file] of [["pcap", PCAP], ["pcapng", PCAPNG]] as const) {
  Deno.test(`decode: ${name}, NTMobile's datagrams with time and addresses, the rest left out`, () => {
    const decoded = decode("file", file, {}, ring(KMNDC));
    assert.equal(decoded.length, 1);
    assert.equal(decoded[0]!.time, "1970-01-01T00:01:00.500Z");
    assert.equal(decoded[0]!.route, "192.0.2.1:4330 > 192.0.2.2:4330");
    assert.ok(decoded[0]!.fields);
    assert.equal(readCapture(file).others, 1);
  });

  Deno.test(`readCapture: ${name} cut short anywhere is read as far as whole packets go, or refused`, () => {
    const whole = readCapture(file).datagrams;
    assert.equal(whole.length, 2);
    let refused = 0;
    for (let length = 0; length < file.length; length++) {
      try {
        const { datagrams } = readCapture(file.subarray(0, length));
        assert.deepEqual(datagrams, whole.slice(0, datagrams.length));
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        refused++;
      }
    }
    assert.ok(refused > file.length - 10);
  });
}

Deno.test(
  "ntm decode: file and keys in, text or JSON out, exit statuses",
  inDirectory(async (directory) => {
    const file = `${directory}/one.bin`;
    const keys = `${directory}/keys.yaml`;
    await Deno.writeFile(file, REQUEST);
    await Deno.writeTextFile(keys, `associations:\n  - ${JSON.stringify(KMNDC)}\n`);
    const shown = await ntm(["decode", file, "--keys", keys, "--json"]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(JSON.parse(shown.stdout).fields.fqdn, "bob.b.example");
    await Deno.writeFile(file, REQUEST.subarray(0, 20));
    const broken = await ntm(["decode", file]);
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /problem: header: 20 octets/);
    await Deno.writeTextFile(keys, "associations:\n  - { id: 1, label: kmndk, secret: ab }\n");
    const wrong = await ntm(["decode", file, "--keys", keys]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /keys\.yaml:2:\d+: .*kmndk/);
    assert.equal((await ntm(["decode", `${directory}/none`])).code, 2);
  }),
);

import assert from "node:assert/strict";
import fc from "fast-check";
import { ipOctets, ipText } from "../net/ip_octets.ts";
import { NtmDecodeError, NtmEncodeError } from "./errors.ts";
import { decodeUdpPacket, encodeUdpPacket, type UdpPacket } from "./ip_packet.ts";

const V4: UdpPacket = {
  source: { host: "198.18.0.1", port: 5000 },
  destination: { host: "198.18.16.2", port: 7 },
  payload: new TextEncoder().encode("hello"),
};
const V6: UdpPacket = {
  ...V4,
  source: { host: "fd4e:544d::1", port: 5000 },
  destination: { host: "fd4e:544d:1::2", port: 7 },
};

const port = fc.nat(65_535);
const PLAIN = { noNullPrototype: true };
const host4 = fc.ipV4();
const host6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => ipText(octets)!);
const packets = fc.oneof(host4, host6).chain((host) =>
  fc.record({
    source: fc.record({ host: fc.constant(host), port }, PLAIN),
    destination: fc.record({ host: host.includes(":") ? host6 : host4, port }, PLAIN),
    payload: fc.uint8Array({ maxLength: 50 }),
  }, PLAIN)
);

Deno.test("encodeUdpPacket: the octets of RFC 791 and RFC 768, checksums computed by hand", () => {
  assert.equal(
    encodeUdpPacket(V4).toHex(),
    "45000021000040004011" + ipv4Sum() + "c6120001c6121002" +
      "13880007000d" + udpSum() + "68656c6c6f",
  );
});

/** RFC 1071 over 16-bit words, the slow way. */
function onesSum(hex: string): string {
  let total = 0;
  for (let at = 0; at < hex.length; at += 4) {
    total += parseInt(hex.slice(at, at + 4).padEnd(4, "0"), 16);
  }
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return (0xffff - total).toString(16).padStart(4, "0");
}
const ipv4Sum = () => onesSum("450000210000400040110000c6120001c6121002");
const udpSum = () => onesSum("c6120001c61210020011000d13880007000d000068656c6c6f");

Deno.test("decodeUdpPacket: gives what was encoded, in both families (NTM-5)", () => {
  fc.assert(fc.property(packets, (packet) => {
    const decoded = decodeUdpPacket(encodeUdpPacket(packet));
    assert.deepEqual(decoded, { ...packet, payload: Uint8Array.from(packet.payload) });
  }));
});

for (const packet of [V4, V6]) {
  const octets = encodeUdpPacket(packet);
  const family = packet === V4 ? "IPv4" : "IPv6";

  Deno.test(`decodeUdpPacket ${family}: truncated at every length, or longer, is refused`, () => {
    for (let length = 0; length < octets.length; length++) {
      assert.throws(() => decodeUdpPacket(octets.subarray(0, length)), NtmDecodeError);
    }
    assert.throws(() => decodeUdpPacket(Uint8Array.from([...octets, 0])), NtmDecodeError);
  });

  Deno.test(`decodeUdpPacket ${family}: a changed bit is found wherever a checksum or length covers it`, () => {
    const free = family === "IPv4" ? [] : [0, 1, 2, 3, 7]; // traffic class, flow label, hop limit
    for (let at = 0; at < octets.length; at++) {
      const changed = octets.slice();
      changed[at]! ^= 1;
      const read = () => decodeUdpPacket(changed);
      if (free.includes(at)) assert.doesNotThrow(read, `octet ${at}`);
      else assert.throws(read, NtmDecodeError, `octet ${at}`);
    }
  });

  Deno.test(`decodeUdpPacket ${family}: a packet without UDP checksum is refused`, () => {
    const changed = octets.slice();
    const at = (family === "IPv4" ? 20 : 40) + 6;
    changed.fill(0, at, at + 2);
    assert.throws(() => decodeUdpPacket(changed), /no UDP checksum/);
  });
}

Deno.test("decodeUdpPacket: random octets are refused and nothing else happens", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
    assert.throws(() => decodeUdpPacket(octets), NtmDecodeError);
  }));
});

Deno.test("encodeUdpPacket: mixed families and payloads that do not fit are refused", () => {
  assert.throws(() => encodeUdpPacket({ ...V4, destination: V6.destination }), NtmEncodeError);
  const payload = new Uint8Array(65_508);
  assert.throws(() => encodeUdpPacket({ ...V4, payload }), NtmEncodeError);
  assert.equal(encodeUdpPacket({ ...V4, payload: payload.subarray(1) }).length, 65_535);
});

Deno.test("ipOctets, ipText: one gives back what the other took", () => {
  fc.assert(
    fc.property(fc.oneof(host4, host6), (host) => assert.equal(ipText(ipOctets(host)), host)),
  );
  assert.equal(ipOctets("::ffff:192.0.2.1").toHex(), "00000000000000000000ffffc0000201");
  assert.equal(ipText(new Uint8Array(5)), undefined);
});

/**
 * The encapsulated packet: IPv4 (RFC 791) or IPv6 (RFC 8200) with UDP (RFC 768) inside, between virtual
 * addresses (NTM-5).
 *
 * Only UDP without IP options, extension headers and fragments: it is what the socket API sends. Other
 * packets travel just as well and are read by whoever has a network stack for them.
 *
 * @module
 */
import { type Address, isIpv6 } from "../net/address.ts";
import { ipOctets, ipText } from "../net/ip_octets.ts";
import { NtmDecodeError, NtmEncodeError } from "./errors.ts";

const IPV4_OCTETS = 20;
const IPV6_OCTETS = 40;
const UDP_OCTETS = 8;
const UDP = 17;
/** Hops a packet may take; a tunnel is one. */
const HOP_LIMIT = 64;

/** A UDP datagram between virtual addresses. */
export interface UdpPacket {
  readonly source: Address;
  readonly destination: Address;
  readonly payload: Uint8Array;
}

/** The packet's octets. Throws {@link NtmEncodeError} for mixed families or a payload that does not fit. */
export function encodeUdpPacket(packet: UdpPacket): Uint8Array<ArrayBuffer> {
  const { source, destination, payload } = packet;
  const six = isIpv6(source.host);
  if (six !== isIpv6(destination.host)) {
    throw new NtmEncodeError("source and destination are of different families", "ip packet");
  }
  const head = six ? IPV6_OCTETS : IPV4_OCTETS;
  const udpLength = UDP_OCTETS + payload.length;
  const total = head + udpLength;
  if ((six ? udpLength : total) > 65_535) {
    throw new NtmEncodeError(`${payload.length} octets do not fit a packet`, "ip packet");
  }
  const octets = new Uint8Array(total);
  const view = new DataView(octets.buffer);
  const from = ipOctets(source.host);
  const to = ipOctets(destination.host);
  if (six) {
    octets[0] = 0x60;
    view.setUint16(4, udpLength);
    octets[6] = UDP;
    octets[7] = HOP_LIMIT;
    octets.set(from, 8);
    octets.set(to, 24);
  } else {
    octets[0] = 0x45;
    view.setUint16(2, total);
    octets[6] = 0x40; // do not fragment
    octets[8] = HOP_LIMIT;
    octets[9] = UDP;
    octets.set(from, 12);
    octets.set(to, 16);
    view.setUint16(10, complement(sum(octets.subarray(0, IPV4_OCTETS))));
  }
  view.setUint16(head, source.port);
  view.setUint16(head + 2, destination.port);
  view.setUint16(head + 4, udpLength);
  octets.set(payload, head + UDP_OCTETS);
  const checksum = complement(udpSum(from, to, octets.subarray(head)));
  // RFC 768: 0 says "no checksum", so a sum of 0 is sent as all ones.
  view.setUint16(head + 6, checksum === 0 ? 0xffff : checksum);
  return octets;
}

/** Reads a packet whole: lengths and checksums must be right. Throws {@link NtmDecodeError}. */
export function decodeUdpPacket(octets: Uint8Array): UdpPacket {
  const version = (octets[0] ?? 0) >> 4;
  if (version !== 4 && version !== 6) return fail("neither IPv4 nor IPv6", 0);
  const head = version === 4 ? IPV4_OCTETS : IPV6_OCTETS;
  if (octets.length < head + UDP_OCTETS) {
    return fail(`${octets.length} octets, at least ${head + UDP_OCTETS} are needed`, octets.length);
  }
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (version === 4) checkIpv4(octets, view);
  else checkIpv6(octets, view);
  const from = version === 4 ? octets.subarray(12, 16) : octets.subarray(8, 24);
  const to = version === 4 ? octets.subarray(16, 20) : octets.subarray(24, 40);
  const udp = octets.subarray(head);
  if (view.getUint16(head + 4) !== udp.length) fail("the UDP length is not the packet's", head + 4);
  const checksum = view.getUint16(head + 6);
  if (checksum === 0) {
    // RFC 8200 §8.1: IPv6 needs it; inside a tunnel nothing else would find a fault of the sender.
    fail("there is no UDP checksum", head + 6);
  } else if (udpSum(from, to, udp) !== 0xffff) {
    fail("the UDP checksum is wrong", head + 6);
  }
  return {
    source: { host: ipText(from)!, port: view.getUint16(head) },
    destination: { host: ipText(to)!, port: view.getUint16(head + 2) },
    payload: udp.slice(UDP_OCTETS),
  };
}

function checkIpv4(octets: Uint8Array, view: DataView): void {
  if (octets[0] !== 0x45) fail("IPv4 options are not read here", 0);
  if (view.getUint16(2) !== octets.length) fail("the IPv4 length is not the packet's", 2);
  if ((view.getUint16(6) & 0x3fff) !== 0) fail("a fragment", 6);
  if (octets[9] !== UDP) fail(`protocol ${octets[9]}, not UDP`, 9);
  if (sum(octets.subarray(0, IPV4_OCTETS)) !== 0xffff) fail("the IPv4 checksum is wrong", 10);
}

function checkIpv6(octets: Uint8Array, view: DataView): void {
  if (view.getUint16(4) !== octets.length - IPV6_OCTETS) {
    fail("the IPv6 length is not the packet's", 4);
  }
  if (octets[6] !== UDP) fail(`next header ${octets[6]}, not UDP`, 6);
}

/** RFC 1071: sum of 16-bit words in ones' complement, not yet complemented. */
function sum(octets: Uint8Array, start = 0): number {
  let total = start;
  for (let at = 0; at < octets.length; at += 2) total += octets[at]! * 256 + (octets[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** Over the pseudo header (RFC 768; RFC 8200 §8.1 gives the same sum) and the UDP datagram. */
function udpSum(from: Uint8Array, to: Uint8Array, udp: Uint8Array): number {
  return sum(udp, sum(to, sum(from, UDP + udp.length)));
}

function complement(value: number): number {
  return ~value & 0xffff;
}

function fail(what: string, offset: number): never {
  throw new NtmDecodeError(what, { where: "ip packet", offset });
}

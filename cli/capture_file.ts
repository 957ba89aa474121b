/**
 * UDP datagrams out of a capture file: pcap (libpcap) and pcapng, over Ethernet, Linux cooked, loopback
 * and raw IP. Fragments and everything that is not UDP are left out and counted.
 *
 * @module
 */
import { type Address, formatAddress } from "../core/net/address.ts";
import { ipText } from "../core/net/ip_octets.ts";

/** One UDP datagram. */
export interface CapturedDatagram {
  /** Its packet's place in the file, from 1. */
  readonly packet: number;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly source: Address;
  readonly destination: Address;
  readonly payload: Uint8Array;
}

/** What a file holds. */
export interface Capture {
  readonly datagrams: readonly CapturedDatagram[];
  /** Packets that are no whole UDP datagram. */
  readonly others: number;
}

/** A file that is no capture, or of a kind not read here. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

interface Packet {
  readonly time: number;
  readonly linkType: number;
  readonly octets: Uint8Array;
}

const PCAP_MAGIC: Readonly<Record<string, { little: boolean; perSecond: number }>> = {
  "d4c3b2a1": { little: true, perSecond: 1e6 },
  "a1b2c3d4": { little: false, perSecond: 1e6 },
  "4d3cb2a1": { little: true, perSecond: 1e9 },
  "a1b23c4d": { little: false, perSecond: 1e9 },
};
const PCAPNG_MAGIC = "0a0d0d0a";

/** Whether the octets begin like a capture file. */
export function isCapture(octets: Uint8Array): boolean {
  const magic = octets.slice(0, 4).toHex();
  return magic === PCAPNG_MAGIC || Object.hasOwn(PCAP_MAGIC, magic);
}

/** Reads a capture file. Throws {@link CaptureError} if it is none or ends within a packet. */
export function readCapture(octets: Uint8Array): Capture {
  if (!isCapture(octets)) throw new CaptureError("it is neither pcap nor pcapng");
  const magic = octets.slice(0, 4).toHex();
  const packets = magic === PCAPNG_MAGIC ? pcapngPackets(octets) : pcapPackets(octets);
  const datagrams: CapturedDatagram[] = [];
  let count = 0;
  for (const packet of packets) {
    count++;
    const ip = ipPacket(packet);
    const udp = ip && udpDatagram(ip);
    if (udp) datagrams.push({ packet: count, time: packet.time, ...udp });
  }
  return { datagrams, others: count - datagrams.length };
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
}

/** A global header of 24 octets, then packets with 16 octets of header each. */
function* pcapPackets(octets: Uint8Array): Generator<Packet> {
  const { little, perSecond } = PCAP_MAGIC[octets.slice(0, 4).toHex()]!;
  if (octets.length < 24) throw new CaptureError("it ends within its header");
  const view = viewOf(octets);
  const linkType = view.getUint32(20, little) & 0xffff;
  for (let at = 24; at < octets.length;) {
    if (at + 16 > octets.length) throw new CaptureError(`it ends within a packet (octet ${at})`);
    const end = at + 16 + view.getUint32(at + 8, little);
    if (end > octets.length) throw new CaptureError(`it ends within a packet (octet ${at})`);
    const time = view.getUint32(at, little) * 1000 +
      view.getUint32(at + 4, little) / (perSecond / 1000);
    yield { time, linkType, octets: octets.subarray(at + 16, end) };
    at = end;
  }
}

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
/** Of an interface: the unit of its time stamps, as a power of ten (or of two, with the top bit). */
const TIME_UNIT_OPTION = 9;

/** Blocks, each with its length in front and behind. */
function* pcapngPackets(octets: Uint8Array): Generator<Packet> {
  const view = viewOf(octets);
  let little = true;
  let interfaces: { linkType: number; perSecond: number }[] = [];
  for (let at = 0; at < octets.length;) {
    if (at + 12 > octets.length) throw new CaptureError(`it ends within a block (octet ${at})`);
    if (view.getUint32(at) === SECTION) {
      little = view.getUint32(at + 8) === 0x4d3c2b1a;
      interfaces = [];
    }
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < 12 || length % 4 !== 0 || at + length > octets.length) {
      throw new CaptureError(`a block's length is wrong (octet ${at + 4})`);
    }
    if (type === INTERFACE && length >= 20) {
      const options = octets.subarray(at + 16, at + length - 4);
      interfaces.push({
        linkType: view.getUint16(at + 8, little),
        perSecond: ticksPerSecond(options, little),
      });
    } else if (type === ENHANCED_PACKET && length >= 32) {
      const from = interfaces[view.getUint32(at + 8, little)];
      const captured = view.getUint32(at + 20, little);
      if (!from || captured > length - 32) {
        throw new CaptureError(`a packet of no interface, or longer than its block (octet ${at})`);
      }
      const ticks = view.getUint32(at + 12, little) * 2 ** 32 + view.getUint32(at + 16, little);
      yield {
        time: ticks / (from.perSecond / 1000),
        linkType: from.linkType,
        octets: octets.subarray(at + 28, at + 28 + captured),
      };
    }
    at += length;
  }
}

function ticksPerSecond(options: Uint8Array, little: boolean): number {
  const view = viewOf(options);
  for (let at = 0; at + 4 <= options.length;) {
    const length = view.getUint16(at + 2, little);
    if (view.getUint16(at, little) === TIME_UNIT_OPTION && at + 4 < options.length) {
      const unit = options[at + 4]!;
      return unit & 0x80 ? 2 ** (unit & 0x7f) : 10 ** unit;
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return 1e6;
}

/** Octets in front of the IP packet, by link type (tcpdump.org/linktypes.html). */
const LINK_HEADERS: Readonly<Record<number, number>> = {
  0: 4, // BSD loopback
  1: 14, // Ethernet
  12: 0, // raw IP
  101: 0, // raw IP
  108: 4, // OpenBSD loopback
  113: 16, // Linux cooked
  228: 0, // IPv4
  229: 0, // IPv6
  276: 20, // Linux cooked, version 2
};
const VLAN_TAGS = [0x8100, 0x88a8];

function ipPacket({ linkType, octets }: Packet): Uint8Array | undefined {
  let at = LINK_HEADERS[linkType];
  if (at === undefined) {
    throw new CaptureError(
      `link type ${linkType} is not read here: Ethernet, loopback, raw IP are`,
    );
  }
  if (linkType === 1) {
    while (octets.length > at + 4 && VLAN_TAGS.includes(viewOf(octets).getUint16(at - 2))) at += 4;
  }
  return at < octets.length ? octets.subarray(at) : undefined;
}

function udpDatagram(
  ip: Uint8Array,
): Pick<CapturedDatagram, "source" | "destination" | "payload"> | undefined {
  const version = ip[0]! >> 4;
  const head = version === 4 ? (ip[0]! & 15) * 4 : 40;
  if (version !== 4 && version !== 6 || head < 20 || ip.length < head + 8) return undefined;
  const view = viewOf(ip);
  const fragment = version === 4 && (view.getUint16(6) & 0x3fff) !== 0;
  if (fragment || ip[version === 4 ? 9 : 6] !== 17) return undefined;
  const length = view.getUint16(head + 4);
  if (length < 8 || ip.length < head + length) return undefined;
  const address = (from: number) => ipText(ip.subarray(from, from + (version === 4 ? 4 : 16)))!;
  return {
    source: { host: address(version === 4 ? 12 : 8), port: view.getUint16(head) },
    destination: { host: address(version === 4 ? 16 : 24), port: view.getUint16(head + 2) },
    payload: ip.subarray(head + 8, head + length),
  };
}

/** `source > destination`, as tcpdump has it. */
export function route({ source, destination }: CapturedDatagram): string {
  return `${formatAddress(source)} > ${formatAddress(destination)}`;
}

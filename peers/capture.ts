/**
 * A capture file of datagrams, as tshark reads it: libpcap format, raw IPv4.
 *
 *     file header, 24 octets | for each: record header, 16 octets | IPv4 header, 20 | UDP header, 8 | payload
 *
 * @module
 */
import type { Address } from "../core/net/address.ts";

/** One datagram of the capture; IPv4 only. */
export interface Captured {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

const LINKTYPE_RAW = 101;
const LARGEST_PACKET = 65_535;
const UDP = 17;

/** The octets of the file. */
export function capture(packets: readonly Captured[]): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0xa1b2c3d4);
  header.setUint16(4, 2);
  header.setUint16(6, 4);
  header.setUint32(16, LARGEST_PACKET);
  header.setUint32(20, LINKTYPE_RAW);
  const parts = [new Uint8Array(header.buffer), ...packets.flatMap(record)];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function record({ at, from, to, bytes }: Captured): Uint8Array[] {
  const length = 20 + 8 + bytes.length;
  const view = new DataView(new ArrayBuffer(16 + 20 + 8));
  view.setUint32(0, Math.floor(at / 1000));
  view.setUint32(4, Math.floor(at % 1000 * 1000));
  view.setUint32(8, length);
  view.setUint32(12, length);
  view.setUint8(16, 0x45);
  view.setUint16(18, length);
  view.setUint8(24, 64);
  view.setUint8(25, UDP);
  octetsOf(from.host).forEach((octet, index) => view.setUint8(28 + index, octet));
  octetsOf(to.host).forEach((octet, index) => view.setUint8(32 + index, octet));
  let sum = 0;
  for (let offset = 16; offset < 36; offset += 2) sum += view.getUint16(offset);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(26, ~sum & 0xffff);
  // A UDP checksum of 0 means none (RFC 768).
  view.setUint16(36, from.port);
  view.setUint16(38, to.port);
  view.setUint16(40, 8 + bytes.length);
  return [new Uint8Array(view.buffer), bytes];
}

function octetsOf(host: string): number[] {
  const octets = host.split(".").map(Number);
  if (octets.length !== 4) throw new RangeError(`${host}: a capture here is IPv4 only`);
  return octets;
}

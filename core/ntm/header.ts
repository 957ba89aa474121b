/**
 * The header in front of every NTMobile datagram (docs/wire.md, "Datagram"; NTM-5).
 *
 *      0               1               2                               8
 *     +---------------+---------------+-------------- … --------------+
 *     | version  u8   | type  u8      | path id  u48                  |
 *     +---------------+---------------+-------------- … --------------+
 *     | sequence number  u64, of which the upper 16 bits are 0        |
 *     +---------------------------------------------- … --------------+
 *
 * Ciphertext and a tag of 16 octets follow. The header is not encrypted; it is authenticated with them.
 *
 * @module
 */
import { NtmDecodeError, NtmEncodeError } from "./errors.ts";

/** The only version. */
export const NTM_VERSION = 1;
/** Octets of the header. */
export const HEADER_OCTETS = 16;
/** Octets of the tag behind the ciphertext. */
export const TAG_OCTETS = 16;
/** Octets that NTMobile adds to what it carries. */
export const OVERHEAD_OCTETS = HEADER_OCTETS + TAG_OCTETS;
/** Where nodes and servers listen unless told otherwise. */
export const NTM_PORT = 4330;
/** Largest path id, and largest sequence number. */
export const U48_LIMIT = 2 ** 48 - 1;

/** A header's content. */
export interface NtmHeader {
  /** Message type (`message_types.ts`); any octet here. */
  readonly type: number;
  /** Names the association or the tunnel; 1 to 2^48-1. */
  readonly pathId: number;
  /** Of the sender under its key; 0 to 2^48-1. */
  readonly sequence: number;
}

/** Reads the header of a datagram. Throws {@link NtmDecodeError} if there is no room for it and a tag. */
export function decodeHeader(datagram: Uint8Array): NtmHeader {
  const fail = (what: string, offset: number): never => {
    throw new NtmDecodeError(what, { where: "header", offset });
  };
  if (datagram.length < OVERHEAD_OCTETS) {
    fail(`${datagram.length} octets, at least ${OVERHEAD_OCTETS} are needed`, datagram.length);
  }
  if (datagram[0] !== NTM_VERSION) fail(`version ${datagram[0]}, only ${NTM_VERSION} is known`, 0);
  if (datagram[8] !== 0 || datagram[9] !== 0) fail("the sequence number is above 2^48-1", 8);
  const pathId = readU48(datagram, 2);
  if (pathId === 0) fail("path id 0 names nothing", 2);
  return { type: datagram[1]!, pathId, sequence: readU48(datagram, 10) };
}

/** Writes a header at the start of `into`. Throws {@link NtmEncodeError} for what no header can hold. */
export function writeHeader(into: Uint8Array, header: NtmHeader): void {
  const { type, pathId, sequence } = header;
  if (!inRange(type, 0, 255)) throw new NtmEncodeError(`type ${type} is no octet`, "header");
  if (!inRange(pathId, 1, U48_LIMIT)) {
    throw new NtmEncodeError(`path id ${pathId} is not from 1 to 2^48-1`, "header");
  }
  if (!inRange(sequence, 0, U48_LIMIT)) {
    throw new NtmEncodeError(`sequence number ${sequence} is not from 0 to 2^48-1`, "header");
  }
  into[0] = NTM_VERSION;
  into[1] = type;
  writeU48(into, 2, pathId);
  into[8] = 0;
  into[9] = 0;
  writeU48(into, 10, sequence);
}

/** A header's 16 octets. */
export function encodeHeader(header: NtmHeader): Uint8Array {
  const octets = new Uint8Array(HEADER_OCTETS);
  writeHeader(octets, header);
  return octets;
}

/** The number in 6 octets, network order. */
export function readU48(octets: Uint8Array, at: number): number {
  const high = octets[at]! * 256 + octets[at + 1]!;
  const low = octets[at + 2]! * 0x1000000 + (octets[at + 3]! << 16) + (octets[at + 4]! << 8) +
    octets[at + 5]!;
  return high * 0x100000000 + low;
}

/** Writes a number into 6 octets, network order. */
export function writeU48(octets: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / 0x100000000);
  const low = value >>> 0;
  octets[at] = high >> 8;
  octets[at + 1] = high & 255;
  octets[at + 2] = low >>> 24;
  octets[at + 3] = (low >>> 16) & 255;
  octets[at + 4] = (low >>> 8) & 255;
  octets[at + 5] = low & 255;
}

function inRange(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

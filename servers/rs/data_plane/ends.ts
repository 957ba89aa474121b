/**
 * The ends of a path as words for the table.
 *
 * @module
 */
import { type Address, formatAddress, isIpv6 } from "../../../core/net/address.ts";
import { SOCKET_ADDRESS_OCTETS, writeSocketAddress } from "../../../core/net/udp/socket_address.ts";
import { END_WORDS } from "./path_table.ts";

/** Where one node of a path is. */
export interface PathEnd {
  readonly address: Address;
  /** Index of the socket (in `listen`) by which it is reached; the first of its family if omitted. */
  readonly socket?: number;
}

/** Both nodes of a path; undefined: it has not shown its address yet. */
export type PathEnds = readonly [PathEnd | undefined, PathEnd | undefined];

/** The words of both ends. Throws a `RangeError` for ends that no socket reaches, or that make a loop. */
export function endWords(ends: PathEnds, sockets: readonly Address[]): Int32Array {
  const words = new Int32Array(2 * END_WORDS);
  const [one, other] = ends;
  if (one && other && same(one.address, other.address)) {
    throw new RangeError(`relay: both ends of the path are ${formatAddress(one.address)}`);
  }
  ends.forEach((end, index) => {
    if (end) writeEnd(words, index * END_WORDS, end, sockets);
  });
  return words;
}

function writeEnd(
  words: Int32Array,
  at: number,
  { address, socket }: PathEnd,
  sockets: readonly Address[],
): void {
  const text = formatAddress(address);
  // A datagram sent to ourselves would come back as from this end, and go round.
  if (sockets.some((own) => same(own, address))) {
    throw new RangeError(`relay: the end ${text} of the path is the relay's own address`);
  }
  const ipv6 = isIpv6(address.host);
  const index = socket ?? sockets.findIndex((own) => isIpv6(own.host) === ipv6);
  const by = sockets[index];
  if (!by || isIpv6(by.host) !== ipv6) {
    throw new RangeError(
      `relay: the end ${text} of the path is reached by no socket; listen at an address of its family`,
    );
  }
  const name = new Uint8Array(32);
  const length = writeSocketAddress(name, 0, address);
  const from = new Int32Array(name.buffer);
  words[at] = from[0]!;
  if (length === SOCKET_ADDRESS_OCTETS) words.set(from.subarray(2, 6), at + 1);
  else words[at + 1] = from[1]!;
  words[at + END_WORDS - 1] = index;
}

function same(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}

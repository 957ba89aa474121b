/**
 * Structures that more than one message carries: a node's network, and the instruction for a path.
 *
 * @module
 */
import { flag } from "../kinds.ts";
import { type Held, optional, required, structure } from "../structure.ts";
import {
  anyEndpoints,
  endpoint,
  endpoints,
  fqdn,
  ipv4,
  ipv6,
  pathId,
  profile,
  seconds,
  secret,
  side,
  suite,
} from "../values.ts";

/**
 * Where a node is, in one address family:
 *
 *     access = { 1: seen, 2: own addresses }
 *
 * The node is behind a NAT in this family if the address seen is none of its own.
 */
export const access = structure("access", {
  /** Where its datagrams come from, as the DC sees them. */
  seen: required(1, endpoint),
  /** Of its interfaces, with the port it listens on. */
  own: required(2, anyEndpoints),
});
/** Where a node is, in one address family. */
export type Access = Held<typeof access>;

/** Where a node is: `network = { ? 4: access, ? 6: access }`, at least one. */
export const network = structure("network", {
  v4: optional(4, access),
  v6: optional(6, access),
}, ({ v4, v6 }) => {
  if (!v4 && !v6) return "neither IPv4 nor IPv6";
  const foreign = [...(v4 ? [v4.seen, ...v4.own] : [])].some(({ host }) => host.includes(":")) ||
    [...(v6 ? [v6.seen, ...v6.own] : [])].some(({ host }) => !host.includes(":"));
  return foreign ? "an address is of the other family" : undefined;
});
/** Where a node is. */
export type NodeNetwork = Held<typeof network>;

/**
 * How to build one end of a tunnel (NTM-10):
 *
 *     instruction = { 1: path id, 2: side, 3: starts, 4: makes the key, 5: peer, 6, 7: its virtual
 *       addresses, 8: where it is, 9: relay, 10: profile, 11: suite, 12: Ktmp, 13: Ktun or RS key, 14: life }
 */
export const instruction = structure("instruction", {
  pathId: required(1, pathId),
  side: required(2, side),
  /** Whether this end sends first; the other one waits. Over a relay both send. */
  starts: required(3, flag),
  /** Whether this end makes Kmncn (the tunnel key). */
  makesKey: required(4, flag),
  peer: required(5, fqdn),
  peerIpv4: required(6, ipv4),
  peerIpv6: required(7, ipv6),
  /** Where the peer is, best first; empty over a relay, which hides it. */
  peerEndpoints: required(8, anyEndpoints),
  /** Where the RS is; absent for a direct tunnel. */
  relay: optional(9, endpoints),
  profile: required(10, profile),
  suite: required(11, suite),
  /** Ktmp. */
  temporaryKey: required(12, secret),
  /** `security`: Ktun. `platform`, relayed: this node's RS key. */
  tunnelKey: optional(13, secret),
  /** How long Kmncn may live. */
  lifetime: required(14, seconds),
}, (value) => {
  const keyed = value.profile === "security" || value.relay !== undefined;
  if (keyed !== (value.tunnelKey !== undefined)) {
    return keyed ? "tunnelKey is missing" : "tunnelKey is of no use to a direct tunnel of platform";
  }
  return !value.relay && value.peerEndpoints.length === 0
    ? "neither a relay nor an address of the peer"
    : undefined;
});
/** How to build one end of a tunnel. */
export type Instruction = Held<typeof instruction>;

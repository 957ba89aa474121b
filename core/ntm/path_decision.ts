/**
 * Which path two nodes get, from where each of them is (docs/wire.md, "Path decision"; NTM-9, NTM-14).
 *
 * @module
 */
import type { Address } from "../net/address.ts";
import type { Access, NodeNetwork } from "./messages/parts.ts";
import type { Side } from "./values.ts";

/** What counts of a node's network. An IPv6 access behind a NAT counts only where there is nothing else. */
export const NETWORK_KINDS = [
  "global-v4",
  "nat-v4",
  "v6",
  "global-v4-v6",
  "nat-v4-v6",
  "nat-v6",
] as const;
/** A kind of network. */
export type NetworkKind = (typeof NETWORK_KINDS)[number];

/**
 * A cell of the table. `v4` and `v6`: directly over that family, and who starts. `same-nat`: over private
 * IPv4 addresses where both are behind the same NAT, else relayed.
 */
export type Cell = "v4 initiator" | "v4 responder" | "v6 initiator" | "same-nat" | "relay";

const a: Cell = "v4 initiator";
const b: Cell = "v4 responder";
const s: Cell = "v6 initiator";
const n: Cell = "same-nat";
const r: Cell = "relay";

/** The table: rows for the initiator, columns for the responder, both in the order of {@link NETWORK_KINDS}. */
export const PATH_TABLE: Readonly<Record<NetworkKind, readonly Cell[]>> = {
  //             g4 n4 v6 g4+6 n4+6 n6
  "global-v4": [a, b, r, a, b, r],
  "nat-v4": [a, n, r, a, n, r],
  "v6": [r, r, s, s, s, r],
  "global-v4-v6": [a, b, s, s, s, r],
  "nat-v4-v6": [a, n, s, s, s, r],
  "nat-v6": [r, r, r, r, r, r],
};

/** The path for two nodes. */
export type PathDecision =
  | {
    readonly is: "direct";
    readonly family: 4 | 6;
    /** The end that sends first, towards the one that can be reached. */
    readonly starts: Side;
    /** Where each end is, for the other one. */
    readonly endpoints: Readonly<Record<Side, readonly Address[]>>;
  }
  | {
    readonly is: "relay";
    /** Families of which the RS needs an address, for each end: any one of them will do. */
    readonly families: Readonly<Record<Side, readonly (4 | 6)[]>>;
  };

/** Whether a node is behind a NAT: the address seen is none of its own. */
export function behindNat({ seen, own }: Access): boolean {
  return !own.some(({ host }) => host === seen.host);
}

/** The kind of a node's network. */
export function networkKind({ v4, v6 }: NodeNetwork): NetworkKind {
  const reachable6 = v6 !== undefined && !behindNat(v6);
  if (!v4) return reachable6 ? "v6" : "nat-v6";
  const kind4 = behindNat(v4) ? "nat-v4" : "global-v4";
  return reachable6 ? `${kind4}-v6` : kind4;
}

/** Decides on the path. Both networks are as their DCs see them. */
export function decidePath(initiator: NodeNetwork, responder: NodeNetwork): PathDecision {
  const column = NETWORK_KINDS.indexOf(networkKind(responder));
  const cell = PATH_TABLE[networkKind(initiator)][column]!;
  const both = { initiator, responder };
  switch (cell) {
    case "v4 initiator":
      return direct(4, "initiator", both, "seen");
    case "v4 responder":
      return direct(4, "responder", both, "seen");
    case "v6 initiator":
      return direct(6, "initiator", both, "seen");
    case "same-nat":
      return sameNat(both) ? direct(4, "initiator", both, "own") : relay(both);
    case "relay":
      return relay(both);
  }
}

type Both = Readonly<Record<Side, NodeNetwork>>;

function sameNat({ initiator, responder }: Both): boolean {
  return initiator.v4!.seen.host === responder.v4!.seen.host && initiator.v4!.own.length > 0 &&
    responder.v4!.own.length > 0;
}

function direct(
  family: 4 | 6,
  starts: Side,
  both: Both,
  addresses: "seen" | "own",
): PathDecision {
  const endpointsOf = (node: NodeNetwork): readonly Address[] => {
    const access = (family === 4 ? node.v4 : node.v6)!;
    return addresses === "seen" ? [access.seen] : access.own;
  };
  return {
    is: "direct",
    family,
    starts,
    endpoints: {
      initiator: endpointsOf(both.initiator),
      responder: endpointsOf(both.responder),
    },
  };
}

function relay({ initiator, responder }: Both): PathDecision {
  return {
    is: "relay",
    families: { initiator: familiesOf(initiator), responder: familiesOf(responder) },
  };
}

function familiesOf({ v4, v6 }: NodeNetwork): readonly (4 | 6)[] {
  return [...(v6 ? [6 as const] : []), ...(v4 ? [4 as const] : [])];
}

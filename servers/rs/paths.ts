/**
 * The paths of an RS: what their nodes say to it, and how it learns where they are (NTM-11, NTM-13,
 * NTM-35). It holds Ktun or the RS keys, and nothing that opens what the nodes say to each other.
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import { Association, AssociationSpentError } from "../../core/ntm/association.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import { decodeHeader } from "../../core/ntm/header.ts";
import {
  pathOpen,
  pathOpened,
  type RelayDirection,
  tunnelRequest,
  tunnelResponse,
} from "../../core/ntm/messages/mod.ts";
import type { Side } from "../../core/ntm/values.ts";
import { Refusal } from "../ntm/routes.ts";
import type { DataPlane, PathEnd } from "./data_plane/mod.ts";

/** Why a node's datagram to the RS was dropped. */
export const PATH_DROPS = [
  "unknown path",
  "wrong type",
  "wrong source",
  "replayed",
  "not authentic",
  "unreadable",
  /** Both ends at one address, or the relay's own. */
  "impossible end",
] as const;
/** Why a node's datagram to the RS was dropped. */
export type PathDrop = typeof PATH_DROPS[number];

interface PlatformSide {
  readonly key: Association;
  /** What it sent for the other node, the first time; and its latest request. */
  content?: Uint8Array;
  transaction?: number;
}

interface Path {
  readonly id: number;
  readonly ends: Partial<Record<Side, PathEnd>>;
  /** `security`: Ktun. `platform`: an RS key for each node. */
  readonly keys: Association | Readonly<Record<Side, PlatformSide>>;
}

const SIDES: readonly Side[] = ["initiator", "responder"];

/** All paths. */
export class Paths {
  readonly #plane: () => DataPlane;
  readonly #limit: number;
  readonly #paths = new Map<number, Path>();
  readonly #drops = new Map<PathDrop, number>(PATH_DROPS.map((cause) => [cause, 0]));

  constructor(plane: () => DataPlane, limit: number) {
    this.#plane = plane;
    this.#limit = limit;
  }

  /** Paths held. */
  get size(): number {
    return this.#paths.size;
  }

  /** Datagrams of nodes that were dropped, by cause. */
  get drops(): Readonly<Record<PathDrop, number>> {
    return Object.fromEntries(this.#drops) as Record<PathDrop, number>;
  }

  /** NTM-11. Throws a {@link Refusal} `full` at the limit, `busy` for an id that is in use. */
  add(direction: RelayDirection): void {
    const { pathId: id } = direction;
    if (this.#paths.has(id)) throw new Refusal("busy", "the path id is in use");
    if (this.#paths.size >= this.#limit) throw new Refusal("full");
    this.#plane().setPath(id, [undefined, undefined]);
    this.#paths.set(id, { id, ends: {}, keys: keysOf(direction) });
  }

  /** The data plane has let a path go. */
  removed(ids: readonly number[]): void {
    for (const id of ids) {
      const path = this.#paths.get(id);
      if (!path) continue;
      this.#paths.delete(id);
      if (path.keys instanceof Association) path.keys.release();
      else for (const side of SIDES) path.keys[side].key.release();
    }
  }

  /** Takes a datagram of a path that the data plane does not pass on. */
  receive(datagram: Uint8Array, from: Address, socket: number): void {
    let type: number;
    let path: Path | undefined;
    try {
      const header = decodeHeader(datagram);
      type = header.type;
      path = this.#paths.get(header.pathId);
      if (!path) return this.#drop("unknown path");
      const { keys } = path;
      const end = { address: from, socket };
      if (keys instanceof Association) {
        if (type === pathOpen.type) this.#open(path, keys, datagram, end);
        else if (type === tunnelRequest.type) this.#passOn(path, datagram, from);
        else this.#drop("wrong type");
      } else if (type === tunnelRequest.type) this.#exchange(path, keys, datagram, end);
      else this.#drop("wrong type");
    } catch (error) {
      if (error instanceof NtmDecodeError) return this.#drop("unreadable");
      if (error instanceof RangeError) return this.#drop("impossible end");
      if (error instanceof AssociationSpentError) return;
      throw error;
    }
  }

  /** `security`: Path Open shows where a node is; nothing that has no tag under Ktun does. */
  #open(path: Path, key: Association, datagram: Uint8Array, end: PathEnd): void {
    const opened = key.open(datagram);
    if (!opened.ok) return this.#dropFor(opened.cause);
    const { transaction, pathId } = pathOpen.decode(opened.plaintext);
    if (pathId !== path.id || opened.from === "relay") return this.#drop("unreadable");
    if (opened.newest || !path.ends[opened.from]) this.#learn(path, opened.from, end);
    const complete = SIDES.every((side) => path.ends[side] !== undefined);
    const content = pathOpened.encode({ transaction, seen: end.address, complete });
    this.#plane().send(key.seal(pathOpened.type, content), end.address, end.socket!);
  }

  /** `security`: the Tunnel Request goes through unchanged, from one end to the other. */
  #passOn(path: Path, datagram: Uint8Array, from: Address): void {
    const at = formatAddress(from);
    const side = SIDES.find((one) => {
      const end = path.ends[one];
      return end && formatAddress(end.address) === at;
    });
    const other = side && path.ends[otherOf(side)];
    if (!other) return this.#drop("wrong source");
    this.#plane().send(datagram, other.address, other.socket!);
  }

  /** `platform`: each one's content for the other, under the other's RS key (NTM-35). */
  #exchange(
    path: Path,
    keys: Readonly<Record<Side, PlatformSide>>,
    datagram: Uint8Array,
    end: PathEnd,
  ): void {
    const tried = SIDES.map((side) => [side, keys[side].key.open(datagram)] as const);
    const found = tried.find(([, opened]) => opened.ok);
    if (!found?.[1].ok) {
      const replayed = tried.some(([, opened]) => !opened.ok && opened.cause === "replayed");
      return this.#drop(replayed ? "replayed" : "not authentic");
    }
    const [side, opened] = found;
    const { transaction, content } = tunnelRequest.decode(opened.plaintext);
    if (!content) return this.#drop("unreadable");
    if (opened.newest || !path.ends[side]) this.#learn(path, side, end);
    const own = keys[side];
    own.content ??= content;
    own.transaction = transaction;
    for (const to of SIDES) {
      const there = path.ends[to];
      const others = keys[otherOf(to)].content;
      if (!there || !others || keys[to].transaction === undefined) continue;
      // The one that waits gets it when the other's content comes; who asks again gets it again.
      if (to !== side && others !== content) continue;
      const answer = tunnelResponse.encode({ transaction: keys[to].transaction, content: others });
      const sealed = keys[to].key.seal(tunnelResponse.type, answer);
      this.#plane().send(sealed, there.address, there.socket!);
    }
  }

  #learn(path: Path, side: Side, end: PathEnd): void {
    const before = path.ends[side];
    if (before && formatAddress(before.address) === formatAddress(end.address)) return;
    const ends = { ...path.ends, [side]: end };
    this.#plane().setPath(path.id, [ends.initiator, ends.responder]);
    path.ends[side] = end;
  }

  #dropFor(cause: string): void {
    this.#drop(cause === "replayed" ? "replayed" : "not authentic");
  }

  #drop(cause: PathDrop): void {
    this.#drops.set(cause, this.#drops.get(cause)! + 1);
  }
}

function otherOf(side: Side): Side {
  return side === "initiator" ? "responder" : "initiator";
}

function keysOf(direction: RelayDirection): Path["keys"] {
  const { pathId: id, suite, profile, tunnelKey, initiatorKey, responderKey } = direction;
  if (profile === "security") {
    const others = ["initiator", "responder"] as const;
    return new Association({
      ...{ id, suite, secret: tunnelKey!, label: "ktun", own: "relay", others },
    });
  }
  const side = (secret: Uint8Array): PlatformSide => ({
    key: new Association({ id, suite, secret, label: "krs", own: "responder" }),
  });
  return { initiator: side(initiatorKey!), responder: side(responderKey!) };
}

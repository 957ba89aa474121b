/**
 * A relay for the node's tests: it learns both ends by their keys and hands on what comes between them.
 *
 * @module
 */
import { type Address, formatAddress } from "../../../core/net/address.ts";
import type { DatagramSocket } from "../../../core/net/network.ts";
import { Association } from "../../../core/ntm/association.ts";
import { decodeHeader } from "../../../core/ntm/header.ts";
import {
  pathOpen,
  pathOpened,
  tunnelRequest,
  tunnelResponse,
} from "../../../core/ntm/messages/mod.ts";
import type { Side } from "../../../core/ntm/values.ts";
import type { Runtime } from "../../../core/runtime/runtime.ts";

/** One node of a path. */
interface End {
  at?: Address;
  /** `platform`: its RS key, what it sent, and the transaction of that. */
  key?: Association;
  content?: Uint8Array;
  transaction?: number;
}

interface RelayedPath {
  readonly ends: Record<Side, End>;
  /** `security`. */
  readonly ktun?: Association;
}

/** An RS of both profiles. */
export class ScriptedRelay {
  /** Every datagram it was sent. */
  readonly carried: Uint8Array[] = [];
  readonly #paths = new Map<number, RelayedPath>();
  #socket!: DatagramSocket;

  async listen({ network }: Runtime, local: Address): Promise<void> {
    this.#socket = await network.datagram(local, (bytes, from) => this.#receive(bytes, from));
  }

  /** Relays a path under Ktun, or under one RS key for each node. */
  add(id: number, keys: Uint8Array | Record<Side, Uint8Array>): void {
    const suite = "aes-256-gcm";
    if (keys instanceof Uint8Array) {
      const others = ["initiator", "responder"] as const;
      const ktun = new Association({
        id,
        secret: keys,
        suite,
        label: "ktun",
        own: "relay",
        others,
      });
      this.#paths.set(id, { ends: { initiator: {}, responder: {} }, ktun });
    } else {
      const end = (side: Side): End => ({
        key: new Association({ id, secret: keys[side], suite, label: "krs", own: "responder" }),
      });
      this.#paths.set(id, { ends: { initiator: end("initiator"), responder: end("responder") } });
    }
  }

  #receive(bytes: Uint8Array, from: Address): void {
    this.carried.push(bytes.slice());
    const { pathId, type } = decodeHeader(bytes);
    const path = this.#paths.get(pathId);
    if (!path) return;
    if (path.ktun && type === pathOpen.type) return this.#open(path, bytes, from);
    if (!path.ktun && type === tunnelRequest.type) return this.#request(path, bytes, from);
    const { initiator, responder } = path.ends;
    if (!initiator.at || !responder.at) return;
    const source = formatAddress(from);
    if (source === formatAddress(initiator.at)) this.#socket.send(bytes, responder.at);
    else if (source === formatAddress(responder.at)) this.#socket.send(bytes, initiator.at);
  }

  #open({ ends, ktun }: RelayedPath, bytes: Uint8Array, from: Address): void {
    const opened = ktun!.open(bytes);
    if (!opened.ok || opened.from === "relay") return;
    ends[opened.from].at = from;
    const { transaction } = pathOpen.decode(opened.plaintext);
    const complete = ends.initiator.at !== undefined && ends.responder.at !== undefined;
    const answer = pathOpened.encode({ transaction, seen: from, complete });
    this.#socket.send(ktun!.seal(pathOpened.type, answer), from);
  }

  #request({ ends }: RelayedPath, bytes: Uint8Array, from: Address): void {
    for (const end of Object.values(ends)) {
      const opened = end.key!.open(bytes);
      if (!opened.ok) continue;
      const { transaction, content } = tunnelRequest.decode(opened.plaintext);
      Object.assign(end, { at: from, transaction, content });
    }
    const { initiator, responder } = ends;
    if (!initiator.at || !responder.at) return;
    for (const [to, other] of [[initiator, responder], [responder, initiator]] as const) {
      const { transaction } = to;
      const answer = tunnelResponse.encode({ transaction: transaction!, content: other.content! });
      this.#socket.send(to.key!.seal(tunnelResponse.type, answer), to.at!);
    }
  }
}

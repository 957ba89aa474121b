/**
 * Datagrams of the control plane: opened under the association their path id names, given to their
 * handlers once, answered idempotently; what is dropped is counted by its cause (NTM-3, NTM-4).
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { AssociationSpentError } from "../../core/ntm/association.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import { decodeHeader, readU48 } from "../../core/ntm/header.ts";
import { ERROR, messageType } from "../../core/ntm/message_types.ts";
import { errorResponse } from "../../core/ntm/messages/mod.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { SeldomLog } from "../../core/runtime/seldom.ts";
import type { AssociationRecord, NtmStore } from "../../core/store/mod.ts";
import type { NtmLimits } from "./limits.ts";
import { Peer, SEQUENCE_BLOCK } from "./peer.ts";
import { type Answer, Refusal, refusalAnswer, type Route } from "./routes.ts";

/** Why a datagram was dropped. */
export const DROP_CAUSES = [
  "malformed",
  "other association",
  "replayed",
  "not authentic",
  /** Opened, but its type does not travel under this key. */
  "wrong key",
  /** Opened, but its content is no message of its type. */
  "unreadable",
  /** An answer nobody waits for. */
  "stray answer",
  /** A request that is at work already. */
  "repeated",
] as const;
/** Why a datagram was dropped. */
export type ControlDrop = typeof DROP_CAUSES[number];

/** Where a request came from. */
export interface DatagramContext {
  readonly peer: Peer;
  readonly from: Address;
}

/** What is needed for a new association. */
export type NewAssociation = Omit<AssociationRecord, "created" | "reserved">;

/** What the control plane needs. */
export interface ControlPorts {
  readonly runtime: Runtime;
  readonly store: NtmStore;
  readonly limits: NtmLimits;
  send(datagram: Uint8Array, to: Address): void;
  /** An id came or went: a data plane that shares the socket has to know. */
  readonly changed?: (id: number, there: boolean) => void;
}

/** All associations of a server. */
export class Control {
  readonly #ports: ControlPorts;
  readonly #routes = new Map<number, Route<DatagramContext>>();
  readonly #peers = new Map<number, Peer>();
  /** By `role:name`, oldest first. */
  readonly #byName = new Map<string, Peer[]>();
  readonly #drops = new Map<ControlDrop, number>(DROP_CAUSES.map((cause) => [cause, 0]));
  readonly #failed: SeldomLog;

  constructor(ports: ControlPorts, routes: readonly Route<DatagramContext>[]) {
    this.#ports = ports;
    for (const each of routes) this.#routes.set(each.type, each);
    this.#failed = new SeldomLog(
      { log: ports.runtime.log, clock: ports.runtime.clock },
      "error",
      "request failed",
    );
  }

  /** Datagrams dropped, by cause. */
  get drops(): Readonly<Record<ControlDrop, number>> {
    return Object.fromEntries(this.#drops) as Record<ControlDrop, number>;
  }

  /** Associations held. */
  get size(): number {
    return this.#peers.size;
  }

  /** Takes up what the store has kept; sequence numbers go on above all that may have been used. */
  async restore(): Promise<void> {
    const now = this.#ports.runtime.clock.now();
    for (const record of await this.#ports.store.associations()) {
      if (record.expires <= now) {
        await this.#ports.store.removeAssociation(record.id);
        continue;
      }
      const kept = { ...record, reserved: record.reserved + SEQUENCE_BLOCK };
      await this.#ports.store.putAssociation(kept);
      this.#enter(kept, record.reserved);
    }
  }

  /** A random id that no association has. */
  freshId(): number {
    for (;;) {
      const id = readU48(this.#ports.runtime.random.bytes(6), 0);
      if (id !== 0 && !this.#peers.has(id)) return id;
    }
  }

  /** Adds an association, kept before it is used. Throws a {@link Refusal} where there is no room. */
  async add(association: NewAssociation, address?: Address): Promise<Peer> {
    const { limits, runtime, store } = this.#ports;
    if (this.#peers.has(association.id)) throw new Refusal("busy", "the id is in use, ask again");
    const before = this.#byName.get(association.peer) ?? [];
    if (before.length >= limits.associationsPerPeer) await this.remove(before[0]!);
    if (this.#peers.size >= limits.associations) {
      throw new Refusal("busy", "too many keys are held");
    }
    const record = { ...association, created: runtime.clock.now(), reserved: SEQUENCE_BLOCK };
    const peer = this.#enter(record, 0);
    peer.address = address;
    await store.putAssociation(record);
    return peer;
  }

  #enter(record: AssociationRecord, first: number): Peer {
    const { runtime, limits, store, send, changed } = this.#ports;
    const peer = new Peer(record, first, {
      ...{ clock: runtime.clock, random: runtime.random, limits, send },
      keep: (kept) => store.putAssociation(kept),
    });
    this.#peers.set(record.id, peer);
    this.#byName.set(record.peer, [...this.#byName.get(record.peer) ?? [], peer]);
    changed?.(record.id, true);
    return peer;
  }

  /** Forgets an association. */
  async remove(peer: Peer): Promise<void> {
    const { id } = peer.record;
    if (!this.#peers.delete(id)) return;
    const rest = (this.#byName.get(peer.name) ?? []).filter((one) => one !== peer);
    if (rest.length === 0) this.#byName.delete(peer.name);
    else this.#byName.set(peer.name, rest);
    peer.release();
    this.#ports.changed?.(id, false);
    await this.#ports.store.removeAssociation(id);
  }

  /** The newest association with this one that has not expired. */
  newest(name: string): Peer | undefined {
    const now = this.#ports.runtime.clock.now();
    return this.#byName.get(name)?.findLast(({ record }) => record.expires > now);
  }

  /** All associations. */
  peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** Forgets what has expired. */
  async sweep(): Promise<void> {
    const now = this.#ports.runtime.clock.now();
    for (const peer of this.peers()) {
      if (peer.record.expires <= now) await this.remove(peer);
    }
  }

  /** Whether the id is an association's. */
  has(id: number): boolean {
    return this.#peers.has(id);
  }

  /** Takes a datagram in. Never throws because of its octets. */
  receive(datagram: Uint8Array, from: Address): void {
    const id = idOf(datagram);
    if (id === undefined) return this.#drop("malformed");
    const peer = this.#peers.get(id);
    if (!peer || peer.record.expires <= this.#ports.runtime.clock.now()) {
      return this.#drop("other association");
    }
    const opened = peer.open(datagram);
    if (!opened.ok) return this.#drop(opened.cause);
    const { type } = opened.header;
    if (!messageType(type)?.keys.includes(peer.record.label)) return this.#drop("wrong key");
    if (opened.newest || !peer.address) peer.address = from;
    const content = opened.plaintext;
    if (type % 2 === 1) this.#answer(peer, { type, content });
    else this.#request(peer, { type, content }, from);
  }

  #answer(peer: Peer, answer: Answer): void {
    const transaction = transactionOf(answer);
    if (transaction === undefined) return this.#drop("unreadable");
    if (!peer.answered(transaction, answer)) this.#drop("stray answer");
  }

  #request(peer: Peer, { type, content }: Answer, from: Address): void {
    const transaction = transactionOf({ type, content });
    if (transaction === undefined) return this.#drop("unreadable");
    const admission = peer.answers.admit(type, transaction);
    if (admission.is === "in work") return this.#drop("repeated");
    if (admission.is === "answered") return this.#send(peer, admission.answer, from);
    const reply = (answer: Answer): void => {
      peer.answers.answered(type, transaction, answer);
      if (this.#peers.get(peer.record.id) === peer) this.#send(peer, answer, from);
    };
    const found = this.#routes.get(type);
    if (!found) return reply(refusalAnswer(transaction, new Refusal("unsupported")));
    found.read(content).work({ peer, from }).then(reply, (error) => {
      if (!(error instanceof Refusal)) {
        this.#failed.write(() => ({ type, peer: peer.name, error: String(error) }));
      }
      reply(refusalAnswer(transaction, error instanceof Refusal ? error : new Refusal("busy")));
    });
  }

  #send(peer: Peer, answer: Answer, to: Address): void {
    try {
      peer.send(answer, to);
    } catch (error) {
      if (!(error instanceof AssociationSpentError)) throw error;
      this.#failed.write(() => ({ peer: peer.name, error: error.message }));
    }
  }

  #drop(cause: ControlDrop): void {
    this.#drops.set(cause, this.#drops.get(cause)! + 1);
  }

  /** Ends everything that is under way; the keys stay in the store. */
  stop(): void {
    for (const peer of this.#peers.values()) peer.release();
    this.#peers.clear();
    this.#byName.clear();
  }
}

function idOf(datagram: Uint8Array): number | undefined {
  try {
    return decodeHeader(datagram).pathId;
  } catch (error) {
    if (error instanceof NtmDecodeError) return undefined;
    throw error;
  }
}

/** The transaction number of a whole, valid message of its type; undefined if it is none. */
function transactionOf({ type, content }: Answer): number | undefined {
  const kind = type === ERROR ? errorResponse : messageType(type)?.content;
  if (typeof kind !== "object") return undefined;
  try {
    return (kind.decode(content) as { transaction: number }).transaction;
  } catch (error) {
    if (error instanceof NtmDecodeError) return undefined;
    throw error;
  }
}

/**
 * One association in use: requests sent until they are answered, answers given again, and sequence
 * numbers that are reserved in the store before they are used.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { Association, AssociationSpentError, type Opened } from "../../core/ntm/association.ts";
import { Answers, Requests } from "../../core/ntm/exchange.ts";
import type { Message, Transaction } from "../../core/ntm/message.ts";
import type { Clock, Random } from "../../core/runtime/runtime.ts";
import type { AssociationRecord } from "../../core/store/mod.ts";
import type { NtmLimits } from "./limits.ts";
import { type Answer, type Body, readAnswer, Refusal } from "./routes.ts";

/** Sequence numbers reserved in the store at a time: a restart leaps over what is left of them. */
export const SEQUENCE_BLOCK = 2 ** 20;

/** What a peer needs of the world. */
export interface PeerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: NtmLimits;
  send(datagram: Uint8Array, to: Address): void;
  /** Keeps a record; resolves once it is on disk. */
  keep(record: AssociationRecord): Promise<void>;
}

/** One association. */
export class Peer {
  /** Where it is: told, or learnt from its newest authentic datagram. */
  address: Address | undefined;
  readonly answers: Answers<Answer>;
  readonly #requests: Requests<Answer>;
  readonly #association: Association;
  readonly #ports: PeerPorts;
  #record: AssociationRecord;
  #reserving = false;

  /** `record.reserved` is on disk already; numbers from `first` up to it may be used. */
  constructor(record: AssociationRecord, first: number, ports: PeerPorts) {
    const { clock, random, limits } = ports;
    this.#record = record;
    this.#ports = ports;
    this.#association = new Association({ ...record, firstSequence: first });
    this.answers = new Answers({ clock, limit: limits.answersPerPeer });
    this.#requests = new Requests({ clock, random, limit: limits.requestsPerPeer });
  }

  /** Who it is and under which key. */
  get record(): AssociationRecord {
    return this.#record;
  }

  /** `role:name` of the other side. */
  get name(): string {
    return this.#record.peer;
  }

  /** Opens a datagram, once. */
  open(datagram: Uint8Array): Opened {
    return this.#association.open(datagram);
  }

  /** Seals and sends. Throws {@link AssociationSpentError} when no reserved number is left. */
  send({ type, content }: Answer, to: Address): void {
    const { sequence } = this.#association;
    if (sequence + SEQUENCE_BLOCK / 2 >= this.#record.reserved) void this.#reserve();
    if (sequence >= this.#record.reserved) {
      throw new AssociationSpentError("no sequence number is reserved: is the store writable?");
    }
    this.#ports.send(this.#association.seal(type, content), to);
  }

  /**
   * Asks and waits for the answer. Rejects with a {@link Refusal} for an Error, a `NoAnswerError`, or
   * what stopping gave.
   */
  async ask<R extends Transaction, A extends Transaction>(
    request: Message<R>,
    body: Body<R>,
    answer: Message<A>,
  ): Promise<A> {
    const pending = this.#requests.request((transaction) => {
      if (!this.address) throw new Refusal("unavailable", "no address is known");
      const content = request.encode({ ...body, transaction } as R);
      this.send({ type: request.type, content }, this.address);
    });
    return readAnswer(answer, await pending.answer);
  }

  /** Hands in an answer; false if nobody waits for it. */
  answered(transaction: number, answer: Answer): boolean {
    return this.#requests.answered(transaction, answer);
  }

  /** Ends what is under way and forgets the keys. */
  release(): void {
    this.#requests.stop(new Refusal("unavailable", "the key has ended"));
    this.#association.release();
  }

  async #reserve(): Promise<void> {
    if (this.#reserving) return;
    this.#reserving = true;
    const record = { ...this.#record, reserved: this.#record.reserved + SEQUENCE_BLOCK };
    try {
      await this.#ports.keep(record);
      this.#record = record;
    } finally {
      this.#reserving = false;
    }
  }
}

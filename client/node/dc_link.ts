/**
 * The node and its DC under Kmndc: requests of ours, Route Directions of the DC's, renewal of the key.
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import { Association, type DropCause } from "../../core/ntm/association.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import { Answers, NoAnswerError, Requests } from "../../core/ntm/exchange.ts";
import { renewedSecret } from "../../core/ntm/key_schedule.ts";
import type { Message, Transaction } from "../../core/ntm/message.ts";
import { messageType } from "../../core/ntm/message_types.ts";
import {
  type ErrorCause,
  errorResponse,
  type LoginResponse,
  reauthenticationRequest,
  reauthenticationResponse,
  type RouteDirection,
  routeDirection,
  routeDirectionAck,
} from "../../core/ntm/messages/mod.ts";
import type { Suite } from "../../core/ntm/values.ts";
import { publicShare, sharedSecret } from "../../core/ntm/x25519.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { NodeSettings } from "./config.ts";
import { failureOf, NodeError } from "./errors.ts";

/** What the link needs of the node. */
export interface DcLinkPorts {
  readonly runtime: Runtime;
  readonly settings: NodeSettings;
  send(bytes: Uint8Array, to: Address): void;
  /** Takes an instruction; a cause if it cannot be followed. Called once for each. */
  route(direction: RouteDirection): ErrorCause | undefined;
}

interface Content {
  readonly type: number;
  readonly plaintext: Uint8Array;
}

/** Kmndc in one of its lives. */
interface Key {
  readonly id: number;
  readonly secret: Uint8Array;
  readonly suite: Suite;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** The association with the DC. */
export class DcLink {
  /** Where the DC takes our datagrams, best first. */
  readonly addresses: readonly Address[];
  readonly #ports: DcLinkPorts;
  readonly #requests: Requests<Content>;
  readonly #answers: Answers<Content>;
  readonly #associations = new Map<number, Association>();
  #key!: Key;
  #lifetime = 0;

  /** @param addresses those of the DC's that we can send to, at least one */
  constructor(ports: DcLinkPorts, login: LoginResponse, addresses: readonly Address[]) {
    const { runtime: { clock, random }, settings: { timing: { backoff } } } = ports;
    this.#ports = ports;
    this.addresses = addresses;
    this.#requests = new Requests({ clock, random, backoff });
    this.#answers = new Answers({ clock });
    this.#use(login);
  }

  /** When Kmndc ends, in milliseconds since the epoch. */
  get expires(): number {
    return this.#key.expires;
  }

  /** When Kmndc is to be renewed: when three quarters of its life are over. */
  get renewAt(): number {
    return this.#key.expires - this.#lifetime * 250;
  }

  /** Whether datagrams with this path id are ours. */
  owns(pathId: number): boolean {
    return this.#associations.has(pathId);
  }

  /** Asks the DC, at its best address or at this one. Throws {@link NodeError}. */
  async ask<Q extends Transaction, A extends Transaction>(
    request: Message<Q>,
    content: Omit<Q, "transaction">,
    answer: Message<A>,
    to: Address = this.addresses[0]!,
  ): Promise<A> {
    const where = `DC at ${formatAddress(to)}`;
    const pending = this.#requests.request((transaction) => {
      const plaintext = request.encode({ ...content, transaction } as Q);
      this.#ports.send(this.#association.seal(request.type, plaintext), to);
    });
    try {
      const { type, plaintext } = await pending.answer;
      if (type === errorResponse.type) throw failureOf(errorResponse.decode(plaintext), where);
      if (type !== answer.type) {
        throw new NodeError(
          "server-not-proven",
          `${where}: ${request.name} answered by type ${type}`,
        );
      }
      return answer.decode(plaintext);
    } catch (error) {
      if (error instanceof NoAnswerError) {
        const message =
          `${where}: no answer to ${request.name}; check that it runs and can be reached`;
        throw new NodeError("unreachable", message, { cause: error });
      }
      if (error instanceof NtmDecodeError) {
        throw new NodeError("server-not-proven", `${where}: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  /** Takes a datagram of ours; the cause if it was dropped. */
  receive(pathId: number, datagram: Uint8Array, from: Address): DropCause | undefined {
    const opened = this.#associations.get(pathId)!.open(datagram);
    if (!opened.ok) return opened.cause;
    const { header: { type }, plaintext } = opened;
    try {
      if (type === routeDirection.type) this.#route(plaintext, from);
      else if (type % 2 === 1) this.#answered(type, plaintext);
      else return "malformed";
    } catch (error) {
      if (!(error instanceof NtmDecodeError)) throw error;
      return "malformed";
    }
  }

  /** NTM-31: a new Kmndc by the old one. Throws {@link NodeError}; the old one then stays in use. */
  async renew(): Promise<number> {
    const { random } = this.#ports.runtime;
    const privateKey = random.bytes(32);
    const share = publicShare(privateKey);
    const nonce = random.bytes(32);
    const old = this.#key;
    const { suites } = this.#ports.settings;
    const request = { share, nonce, suites };
    const answer = await this.ask(reauthenticationRequest, request, reauthenticationResponse);
    const shared = sharedSecret(privateKey, answer.share);
    if (!shared) throw new NodeError("server-not-proven", "DC: its share makes no secret");
    const secret = renewedSecret({
      label: "kmndc",
      shared,
      requestShare: share,
      requestNonce: nonce,
      responseShare: answer.share,
      responseNonce: answer.nonce,
    }, old.secret);
    if (this.#associations.has(answer.id)) {
      throw new NodeError("server-not-proven", "DC: it renewed the key under an id in use");
    }
    this.#use({ ...answer, secret });
    // Datagrams under the old key may be on their way; it opens them until its own end.
    const { clock } = this.#ports.runtime;
    clock.after(Math.max(0, old.expires - clock.now()), () => this.#forget(old.id));
    return answer.lifetime;
  }

  /** Ends everything under way. */
  stop(error: Error): void {
    this.#requests.stop(error);
    for (const id of [...this.#associations.keys()]) this.#forget(id);
  }

  get #association(): Association {
    const association = this.#associations.get(this.#key.id);
    if (!association) throw new NodeError("stopped", "the association with the DC has ended");
    return association;
  }

  #use(of: Pick<LoginResponse, "id" | "secret" | "suite" | "lifetime">): void {
    const { id, secret, suite, lifetime } = of;
    this.#key = { id, secret, suite, expires: this.#ports.runtime.clock.now() + lifetime * 1_000 };
    this.#lifetime = lifetime;
    this.#associations.set(
      id,
      new Association({ id, secret, suite, label: "kmndc", own: "initiator" }),
    );
  }

  #forget(id: number): void {
    this.#associations.get(id)?.release();
    this.#associations.delete(id);
  }

  #answered(type: number, plaintext: Uint8Array): void {
    const content = messageType(type)?.content;
    if (typeof content !== "object") return;
    const { transaction } = content.decode(plaintext) as Transaction;
    this.#requests.answered(transaction, { type, plaintext });
  }

  #route(plaintext: Uint8Array, from: Address): void {
    const direction = routeDirection.decode(plaintext);
    const { transaction } = direction;
    const { type } = routeDirection;
    const admission = this.#answers.admit(type, transaction);
    if (admission.is === "in work") return;
    if (admission.is === "answered") return this.#send(admission.answer, from);
    const cause = this.#ports.route(direction);
    const answer: Content = cause === undefined
      ? {
        type: routeDirectionAck.type,
        plaintext: routeDirectionAck.encode({ transaction, pathId: direction.instruction.pathId }),
      }
      : { type: errorResponse.type, plaintext: errorResponse.encode({ transaction, cause }) };
    this.#answers.answered(type, transaction, answer);
    this.#send(answer, from);
  }

  #send({ type, plaintext }: Content, to: Address): void {
    this.#ports.send(this.#association.seal(type, plaintext), to);
  }
}

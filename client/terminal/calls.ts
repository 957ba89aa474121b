/**
 * All calls of a terminal, and which of them a request belongs to.
 *
 * @module
 */
import { setBody } from "../../core/sip/build.ts";
import { DialogError, dialogIdOf } from "../../core/sip/dialog.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import type { ServerTransaction } from "../../core/sip/transactions.ts";
import type { Call, CallContext, IncomingCall } from "./call.ts";
import { openDataPort } from "./data_port.ts";
import {
  DescriptionError,
  hasBody,
  LocalDescription,
  readDescription,
  SDP_TYPE,
} from "./description.ts";
import { TerminalError } from "./errors.ts";
import { contactProblem, RingingCall } from "./incoming.ts";
import { OutgoingCall } from "./outgoing.ts";
import { refusal } from "./refusal.ts";
import { newRequest } from "./requests.ts";
import type { Session } from "./session.ts";

/** What a call is made with besides the callee. */
export interface CallOptions {
  /** Name to claim in From instead of the terminal's own: to try what the server makes of it. */
  readonly from?: string;
}

/** A dialog in the table. */
interface Entry {
  readonly session: Session;
  acknowledged(ack: SipRequest): void;
}

/** The table of calls. */
export class Calls {
  readonly #context: CallContext;
  readonly #incoming: (call: IncomingCall) => void;
  readonly #calls = new Set<Call>();
  readonly #ringing = new Map<ServerTransaction, RingingCall>();
  readonly #dialogs = new Map<string, Entry>();
  /** Places taken by calls that are being set up. */
  #opening = 0;

  /** `incoming` is given each call that came in and rings. */
  constructor(context: CallContext, incoming: (call: IncomingCall) => void) {
    this.#context = context;
    this.#incoming = incoming;
  }

  /** Calls somebody. Rejects with a {@link TerminalError} for a URI that is none, and without a channel. */
  async call(to: string, options: CallOptions): Promise<Call> {
    const { link } = this.#context;
    if (this.#full) throw new TerminalError("wrong-use", "too many calls at a time; end one first");
    const invite = newRequest(link, { method: "INVITE", to, ...options });
    this.#opening++;
    try {
      const { runtime } = link;
      const port = await openDataPort(runtime.network, link.open().local.host);
      const description = new LocalDescription(runtime.random);
      setBody(invite, description.offer(port.address), SDP_TYPE);
      const call: OutgoingCall = new OutgoingCall(this.#context, {
        invite,
        description,
        port,
        opened: (session) => this.#opened(session, (ack) => session.acknowledged(ack)),
        closed: (session) => this.#dialogs.delete(session.dialog.id),
        over: () => this.#calls.delete(call),
      });
      this.#calls.add(call);
      return call;
    } finally {
      this.#opening--;
    }
  }

  /** An INVITE that is not within a dialog, judged already. */
  invited(transaction: ServerTransaction): void {
    const { link } = this.#context;
    const { request } = transaction;
    if (this.#full) return refusal(link, transaction, 486);
    // RFC 3261 §8.2.2.2: the same request, come by another way.
    if (this.#isMerged(request)) return refusal(link, transaction, 482);
    const problem = contactProblem(request);
    if (problem !== undefined) return refusal(link, transaction, 400, problem);
    try {
      const required = link.settings.keyInformation === "required";
      const offer = hasBody(request) ? readDescription(request, required) : undefined;
      this.#ring(transaction, offer);
    } catch (error) {
      if (error instanceof DescriptionError) {
        const accept = error.status === 415 ? [["Accept", SDP_TYPE] as const] : [];
        return refusal(link, transaction, error.status, error.message, accept);
      }
      if (error instanceof DialogError) return refusal(link, transaction, 400, error.message);
      throw error;
    }
  }

  /** A request within a dialog, judged already. */
  within(transaction: ServerTransaction): void {
    const { request } = transaction;
    const entry = this.#find(request);
    if (entry) entry.session.receive(transaction, request);
    else refusal(this.#context.link, transaction, 481);
  }

  /** An ACK of a 2xx, judged already. */
  acknowledged(ack: SipRequest): void {
    this.#find(ack)?.acknowledged(ack);
  }

  /** CANCEL of an INVITE. */
  cancelled(transaction: ServerTransaction): void {
    this.#ringing.get(transaction)?.cancelled();
  }

  /** The channel is gone: what was ringing on it can be answered no more. */
  lost(): void {
    for (const call of [...this.#ringing.values()]) call.abandoned();
  }

  /** Ends all calls. */
  hangUp(): void {
    for (const call of [...this.#calls]) call.hangUp();
  }

  get #full(): boolean {
    const { limits } = this.#context.link.settings;
    return this.#calls.size + this.#opening >= limits.calls;
  }

  #ring(
    transaction: ServerTransaction,
    offer: ReturnType<typeof readDescription> | undefined,
  ): void {
    const call: RingingCall = new RingingCall(this.#context, {
      transaction,
      offer,
      opened: (session) => this.#opened(session, (ack) => call.acknowledged(ack)),
      closed: (session) => this.#dialogs.delete(session.dialog.id),
      over: () => {
        this.#calls.delete(call);
        this.#ringing.delete(transaction);
      },
    });
    this.#calls.add(call);
    this.#ringing.set(transaction, call);
    this.#context.report({
      event: "incoming",
      ...call.facts,
      chain: call.chain,
      keyInformation: (offer?.keys.length ?? 0) > 0,
    });
    this.#incoming(call);
  }

  #opened(session: Session, acknowledged: (ack: SipRequest) => void): void {
    this.#dialogs.set(session.dialog.id, { session, acknowledged });
  }

  #find(request: SipRequest): Entry | undefined {
    const id = dialogIdOf(request);
    return id === undefined ? undefined : this.#dialogs.get(id);
  }

  #isMerged({ headers }: SipRequest): boolean {
    const same = (other: SipRequest) =>
      ["Call-ID", "CSeq", "From"].every((name) => other.headers.get(name) === headers.get(name));
    return [...this.#ringing.keys()].some(({ request }) => same(request));
  }
}

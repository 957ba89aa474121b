/**
 * A call that came in and was judged good (RFC 3261 §13.3).
 *
 * @module
 */
import type { Timer } from "../../core/runtime/runtime.ts";
import { Dialog } from "../../core/sip/dialog.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import { reasonPhrase } from "../../core/sip/reasons.ts";
import type { ServerTransaction } from "../../core/sip/transactions.ts";
import { type CallContext, type CallOutcome, chainOf, factsOf, type IncomingCall } from "./call.ts";
import type { ChainLink } from "./chain.ts";
import { type DataPort, openDataPort } from "./data_port.ts";
import { hasBody, LocalDescription, type PeerDescription, SDP_TYPE } from "./description.ts";
import type { CallFacts } from "./events.ts";
import { ALLOW, ownContact } from "./requests.ts";
import { refusal } from "./refusal.ts";
import { peerDataOf, Session } from "./session.ts";

/** What an incoming call is made from. */
export interface IncomingParts {
  readonly transaction: ServerTransaction;
  /** The offer, if the INVITE has one. */
  readonly offer: PeerDescription | undefined;
  opened(session: Session): void;
  closed(session: Session): void;
  /** Nothing more will come of this call. */
  over(): void;
}

/** A call that came in. */
export class RingingCall implements IncomingCall {
  readonly side = "callee";
  readonly facts: CallFacts;
  readonly chain: readonly ChainLink[];
  readonly outcome: Promise<CallOutcome>;
  readonly over: Promise<void>;
  readonly #context: CallContext;
  readonly #parts: IncomingParts;
  readonly #invite: SipRequest;
  /** RFC 3261 §12.1.1: one tag in all responses. */
  readonly #tag: string;
  readonly #ring: Timer;
  #state: "ringing" | "answering" | "answered" | "over" = "ringing";
  #port: DataPort | undefined;
  #session: Session | undefined;
  #settle!: (outcome: CallOutcome) => void;
  #finish!: () => void;

  /** Rings: 180. */
  constructor(context: CallContext, parts: IncomingParts) {
    this.#context = context;
    this.#parts = parts;
    this.#invite = parts.transaction.request;
    this.facts = factsOf(this.#invite);
    const { link } = context;
    this.chain = chainOf(link, this.#invite);
    this.#tag = link.tag();
    this.outcome = new Promise((resolve) => this.#settle = resolve);
    this.over = new Promise((resolve) => this.#finish = resolve);
    this.#ring = link.runtime.clock.after(
      link.settings.limits.ringMilliseconds,
      () => this.#refuse(480, "nobody answered"),
    );
    parts.transaction.respond(
      link.parts.makeResponse(this.#invite, 180, undefined, {
        toTag: this.#tag,
        headers: [["Contact", ownContact(link)]],
      }),
    );
  }

  answer(): void {
    if (this.#state !== "ringing") return;
    this.#state = "answering";
    this.#answer().catch((error) => {
      this.#context.link.runtime.log.write("error", "call not answered", { error: String(error) });
      this.#refuse(500, "no data port could be opened");
    });
  }

  reject(status = 603): void {
    this.#refuse(status);
  }

  hangUp(): void {
    if (this.#session) this.#session.hangUp();
    else this.#refuse(603);
  }

  /** The caller gave up (§9.2). */
  cancelled(): void {
    this.#refuse(487, undefined, "there");
  }

  /** The channel is gone and with it the INVITE's transaction. */
  abandoned(): void {
    if (this.#state === "ringing" || this.#state === "answering") {
      this.#refuse(480, "the channel to the server is gone");
    }
  }

  /** The data port is opened now and not before: nobody hears of it unless the call is answered (SM-21). */
  async #answer(): Promise<void> {
    const { link } = this.#context;
    const port = await openDataPort(link.runtime.network, link.open().local.host);
    if (this.#state !== "answering") return port.close();
    this.#port = port;
    const { offer, transaction } = this.#parts;
    const description = new LocalDescription(link.runtime.random);
    const response = link.parts.makeResponse(this.#invite, 200, undefined, {
      toTag: this.#tag,
      headers: [["Contact", ownContact(link)], ["Allow", ALLOW]],
      body: offer ? description.answer(offer, port.address) : description.offer(port.address),
      contentType: SDP_TYPE,
    });
    const session = new Session(this.#context, {
      side: "callee",
      facts: this.facts,
      chain: this.chain,
      dialog: Dialog.ofCallee(this.#invite, response),
      description,
      port,
      ended: (reason) => {
        this.#parts.closed(session);
        this.#settled(488, reason, "here");
        this.#end();
      },
    });
    this.#session = session;
    this.#state = "answered";
    this.#ring.cancel();
    this.#parts.opened(session);
    session.answer(transaction, response, offer === undefined);
  }

  /** The ACK of the session this call became. */
  acknowledged(ack: SipRequest): void {
    const session = this.#session;
    if (!session) return;
    const peerData = peerDataOf(hasBody(ack) ? ack : this.#invite);
    if (session.acknowledged(ack, peerData)) {
      this.#settle({ established: true, chain: this.chain });
    }
  }

  #refuse(status: number, reason?: string, by: "here" | "there" = "here"): void {
    if (this.#state === "answered" || this.#state === "over") return;
    refusal(this.#context.link, this.#parts.transaction, status, reason, [], this.#tag);
    this.#context.report({
      event: "failed",
      ...this.facts,
      side: "callee",
      status,
      reason: reason ?? reasonPhrase(status),
      chain: this.chain,
    });
    this.#settled(status, reason, by);
    this.#end();
  }

  #settled(status: number, reason: string | undefined, by: "here" | "there"): void {
    this.#settle({
      established: false,
      status,
      phrase: reasonPhrase(status),
      by,
      ...(reason !== undefined && { reason }),
    });
  }

  #end(): void {
    this.#state = "over";
    this.#ring.cancel();
    this.#port?.close();
    this.#parts.over();
    this.#finish();
  }
}

/** Whether an INVITE can make a dialog at all: it has one Contact (§8.1.1.8). */
export function contactProblem(invite: SipRequest): string | undefined {
  const count = invite.headers.list("Contact").length;
  return count === 1 ? undefined : `an INVITE has exactly one Contact, this one has ${count}`;
}

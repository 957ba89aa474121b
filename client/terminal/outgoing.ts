/**
 * A call we make (RFC 3261 §13.2), and the judgement of its answer (SM-16).
 *
 * @module
 */
import type { Timer } from "../../core/runtime/runtime.ts";
import { Dialog, DialogError, dialogIdOf } from "../../core/sip/dialog.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { reasonPhrase } from "../../core/sip/reasons.ts";
import type { ClientTransaction } from "../../core/sip/transactions.ts";
import {
  type Call,
  type CallContext,
  type CallOutcome,
  chainOf,
  factsOf,
  reasonText,
} from "./call.ts";
import type { ChainLink } from "./chain.ts";
import type { DataPort } from "./data_port.ts";
import type { LocalDescription } from "./description.ts";
import type { CallFacts } from "./events.ts";
import { vouched } from "./requests.ts";
import { answerProblem, peerDataOf, Session } from "./session.ts";

/** What an outgoing call is made from. */
export interface OutgoingParts {
  /** The INVITE, without its body. */
  readonly invite: SipRequest;
  readonly description: LocalDescription;
  readonly port: DataPort;
  /** A dialog came about, or is over. */
  opened(session: Session): void;
  closed(session: Session): void;
  /** Nothing more will come of this call. */
  over(): void;
}

/** A call we make. */
export class OutgoingCall implements Call {
  readonly side = "caller";
  readonly facts: CallFacts;
  readonly outcome: Promise<CallOutcome>;
  readonly over: Promise<void>;
  chain: readonly ChainLink[] = [];
  readonly #context: CallContext;
  readonly #parts: OutgoingParts;
  readonly #transaction: ClientTransaction;
  readonly #ring: Timer;
  #session: Session | undefined;
  /** The ACKs of the 2xx seen, by dialog; sent again when the 2xx is (§13.2.2.4). */
  readonly #acks = new Map<string, () => void>();
  #settled = false;
  #cancelled = false;
  #settle!: (outcome: CallOutcome) => void;
  #finish!: () => void;

  /** Sends the INVITE. */
  constructor(context: CallContext, parts: OutgoingParts) {
    this.#context = context;
    this.#parts = parts;
    this.facts = factsOf(parts.invite);
    this.outcome = new Promise((resolve) => this.#settle = resolve);
    this.over = new Promise((resolve) => this.#finish = resolve);
    const { link } = context;
    this.#ring = link.runtime.clock.after(
      link.settings.limits.ringMilliseconds,
      () => this.hangUp(),
    );
    this.#transaction = link.request(parts.invite, {
      response: (response) => this.#response(response),
      timeout: () => this.#failed(408, reasonPhrase(408), "nobody answered", "here"),
      failed: (error) => this.#failed(503, reasonPhrase(503), error.message, "here"),
    });
  }

  hangUp(): void {
    if (this.#session) return this.#session.hangUp();
    if (this.#settled || this.#cancelled) return;
    this.#cancelled = true;
    this.#transaction.cancel();
  }

  #response(response: SipResponse): void {
    if (response.status < 200) return;
    if (response.status < 300) return this.#answered(response);
    this.chain = chainOf(this.#context.link, response);
    this.#failed(response.status, response.reason, reasonText(response), "there");
  }

  #answered(response: SipResponse): void {
    const id = dialogIdOf(response) ?? "";
    const again = this.#acks.get(id);
    if (again) return again();
    let dialog: Dialog;
    try {
      dialog = Dialog.ofCaller(this.#parts.invite, response);
    } catch (error) {
      if (!(error instanceof DialogError)) throw error;
      return this.#failed(502, reasonPhrase(502), error.message, "here");
    }
    const { link } = this.#context;
    const acknowledge = () => link.sendAck(vouched(link, dialog.ack(this.#parts.invite)));
    this.#acks.set(id, acknowledge);
    acknowledge();
    const session = new Session(this.#context, {
      side: "caller",
      facts: this.facts,
      chain: chainOf(link, response),
      dialog,
      description: this.#parts.description,
      port: this.#parts.port,
      ended: () => {
        this.#parts.closed(session);
        // Of another fork's answer, or one that was not taken, there is nothing else to end.
        if (this.#session === session) this.#end();
      },
    });
    this.#parts.opened(session);
    this.#judge(session, response);
  }

  /** A 2xx that is not wanted any more gets its ACK like any other, then BYE. */
  #judge(session: Session, response: SipResponse): void {
    if (this.#settled) return session.hangUp();
    this.chain = chainOf(this.#context.link, response);
    const problem = this.#problem(response);
    if (problem !== undefined) {
      const { status, text, detail } = problem;
      this.#failed(status, reasonPhrase(status), detail ? `${text} (${detail})` : text, "here");
      return session.hangUp(text, status);
    }
    if (this.#cancelled) {
      this.#failed(487, reasonPhrase(487), undefined, "here");
      return session.hangUp();
    }
    this.#session = session;
    this.#settled = true;
    this.#ring.cancel();
    session.established(peerDataOf(response));
    this.#settle({ established: true, chain: this.chain });
  }

  #problem(response: SipResponse): { status: number; text: string; detail?: string } | undefined {
    const { link } = this.#context;
    const { minimumLevel, check } = link.settings.routeSecurity;
    const verdict = link.parts.judgeChain(response, link.open(), {
      minimumLevel,
      mode: check,
      side: "caller",
    });
    if (verdict.verdict === "mismatch") {
      return { status: 403, text: `route security: ${verdict.cause}`, detail: verdict.detail };
    }
    const text = answerProblem(this.#context, response, this.#parts.description);
    return text === undefined ? undefined : { status: 488, text };
  }

  #failed(
    status: number,
    phrase: string,
    reason: string | undefined,
    by: "here" | "there",
  ): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#context.report({
      event: "failed",
      ...this.facts,
      side: "caller",
      status,
      reason: reason ?? phrase,
      chain: this.chain,
    });
    this.#settle({
      established: false,
      status,
      phrase,
      by,
      ...(reason !== undefined && { reason }),
    });
    this.#end();
  }

  #end(): void {
    this.#ring.cancel();
    this.#parts.port.close();
    this.#parts.over();
    this.#finish();
  }
}

/**
 * A call that is answered: its dialog, its data port, and what comes within it (RFC 3261 §12.2, §14, §15).
 *
 * @module
 */
import { formatAddress } from "../../core/net/address.ts";
import { AnswerRetransmission } from "../../core/sip/answer_retransmission.ts";
import type { Dialog } from "../../core/sip/dialog.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { formatReason, REASON_PROTOCOL } from "../../core/sip/reason.ts";
import type { ServerTransaction } from "../../core/sip/transactions.ts";
import { type CallContext, reasonText } from "./call.ts";
import type { ChainLink } from "./chain.ts";
import type { DataPort } from "./data_port.ts";
import {
  DescriptionError,
  hasBody,
  type LocalDescription,
  readDescription,
  SDP_TYPE,
} from "./description.ts";
import type { CallFacts } from "./events.ts";
import { ALLOW, ownContact, vouched } from "./requests.ts";
import { refusal } from "./refusal.ts";

/** What a session is made from. */
export interface SessionParts {
  readonly side: "caller" | "callee";
  readonly facts: CallFacts;
  readonly chain: readonly ChainLink[];
  readonly dialog: Dialog;
  readonly description: LocalDescription;
  /** Open as long as the session; its owner closes it. */
  readonly port: DataPort;
  /** Called once, when the session is over. */
  ended(reason?: string): void;
}

/** An answered call. */
export class Session {
  readonly dialog: Dialog;
  readonly #context: CallContext;
  readonly #parts: SessionParts;
  #answering: AnswerRetransmission | undefined;
  /** Our offer stood in the 2xx: the answer comes in the ACK (RFC 3261 §13.2.1). */
  #awaitsAnswer = false;
  #reported = false;
  #over = false;

  constructor(context: CallContext, parts: SessionParts) {
    this.#context = context;
    this.#parts = parts;
    this.dialog = parts.dialog;
  }

  /** Sends a 2xx to an INVITE until its ACK comes. */
  answer(transaction: ServerTransaction, response: SipResponse, awaitsAnswer: boolean): void {
    this.#awaitsAnswer = awaitsAnswer;
    this.#answering?.stop();
    transaction.respond(response);
    this.#answering = new AnswerRetransmission({
      clock: this.#context.link.runtime.clock,
      send: () => transaction.respond(response),
      gaveUp: () => this.hangUp("no ACK came for the answer", 408),
    });
  }

  /** Says that the call stands, once. */
  established(peerData?: string): void {
    if (this.#reported || this.#over) return;
    this.#reported = true;
    const { side, chain, facts } = this.#parts;
    this.#context.report({
      event: "established",
      ...facts,
      side,
      chain,
      ...(peerData !== undefined && { peerData }),
    });
  }

  /** The ACK of our 2xx. False if it brings no usable answer to our offer; the session is over then. */
  acknowledged(ack: SipRequest, peerData?: string): boolean {
    this.#answering?.stop();
    if (this.#awaitsAnswer) {
      this.#awaitsAnswer = false;
      const problem = this.#answerProblem(ack);
      if (problem !== undefined) {
        this.hangUp(problem, 488);
        return false;
      }
    }
    this.established(peerData);
    return true;
  }

  /** A request within the dialog that was judged already. */
  receive(transaction: ServerTransaction, request: SipRequest): void {
    const { link } = this.#context;
    if (this.dialog.receive(request) === "out of order") {
      return refusal(link, transaction, 500, "CSeq is not higher than the one before");
    }
    switch (request.method) {
      case "BYE":
        transaction.respond(link.parts.makeResponse(request, 200));
        return this.#end("there", reasonText(request));
      case "INVITE":
        return this.#renegotiate(transaction, request);
      case "OPTIONS":
        return transaction.respond(
          link.parts.makeResponse(request, 200, undefined, { headers: [["Allow", ALLOW]] }),
        );
      default:
        return refusal(link, transaction, 405, undefined, [["Allow", ALLOW]]);
    }
  }

  /** Ends the session with BYE; `reason` tells the other end why. */
  hangUp(reason?: string, cause?: number): void {
    if (this.#over) return;
    const { link } = this.#context;
    this.#end("here", reason);
    const headers = reason === undefined ? [] : [
      [
        "Reason",
        formatReason({ protocol: REASON_PROTOCOL, text: reason, ...(cause && { cause }) }),
      ],
    ] as const;
    try {
      const bye = vouched(link, this.dialog.request("BYE", { headers }));
      // Whatever the answer is, the dialog is over (§15.1.1).
      link.request(bye, { response() {}, timeout() {}, failed() {} });
    } catch (error) {
      link.runtime.log.write("info", "BYE not sent", { error: String(error) });
    }
  }

  #end(by: "here" | "there", reason?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#answering?.stop();
    this.dialog.state = "terminated";
    const { facts, ended } = this.#parts;
    if (this.#reported) {
      this.#context.report({
        event: "ended",
        ...facts,
        by,
        ...(reason !== undefined && { reason }),
      });
    }
    ended(reason);
  }

  /** §14.2: a refused change leaves the session as it was. */
  #renegotiate(transaction: ServerTransaction, request: SipRequest): void {
    const { link } = this.#context;
    const { description, port } = this.#parts;
    const required = link.settings.keyInformation === "required";
    try {
      const offered = hasBody(request);
      const body = offered
        ? description.answer(readDescription(request, required), port.address)
        : description.offer(port.address);
      const response = link.parts.makeResponse(request, 200, undefined, {
        headers: [["Contact", ownContact(link)], ["Allow", ALLOW]],
        body,
        contentType: SDP_TYPE,
      });
      this.answer(transaction, response, !offered);
    } catch (error) {
      if (!(error instanceof DescriptionError)) throw error;
      refusal(link, transaction, error.status, error.message);
    }
  }

  #answerProblem(ack: SipRequest): string | undefined {
    const { link } = this.#context;
    const required = link.settings.keyInformation === "required";
    if (!hasBody(ack)) return required ? "key information: no answer in the ACK" : undefined;
    return answerProblem(this.#context, ack, this.#parts.description);
  }
}

/** What is wrong with the answer to our offer, in an ACK or a 2xx; undefined if nothing is. */
export function answerProblem(
  { link }: CallContext,
  message: SipRequest | SipResponse,
  description: LocalDescription,
): string | undefined {
  const required = link.settings.keyInformation === "required";
  if (!hasBody(message)) return required ? "key information: no answer" : undefined;
  try {
    const { keys } = readDescription(message, required);
    if (keys.length === 0 && !required) return undefined;
    if (link.parts.answersOffer(keys, description.keys)) return undefined;
    return "key information: the answer does not fit the offer";
  } catch (error) {
    if (error instanceof DescriptionError) return error.message;
    throw error;
  }
}

/** Where the other end takes data, as text; undefined if its description does not say. */
export function peerDataOf(message: SipRequest | SipResponse): string | undefined {
  if (!hasBody(message)) return undefined;
  const { data } = readDescription(message, false);
  return data && formatAddress(data);
}

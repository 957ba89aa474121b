/**
 * One request on its way through the proxy: its branches, and which answer goes back (RFC 3261 §16.6,
 * §16.7, the response context).
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import type { Clock, Timer } from "../../core/runtime/runtime.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import type { RouteSecurity } from "../../core/sip/route_security.ts";
import type {
  ClientTransaction,
  ServerTransaction,
  TransactionLayer,
} from "../../core/sip/transactions.ts";
import { chooseResponse } from "./best_response.ts";
import { hangUp } from "./hang_up.ts";
import type { SmParts } from "./parts.ts";
import { away, type Refusal, refusalResponse, sipRefusal, wayBackRefusal } from "./refusal.ts";

/** A target whose channel is there. */
export interface Way {
  readonly channel: Channel;
  readonly uri: string;
  /** A terminal is at the other end. */
  readonly last: boolean;
}

/** What forwarding needs of the server. */
export interface ForwardingServices {
  readonly transactions: TransactionLayer;
  readonly clock: Clock;
  readonly parts: SmParts;
  /** A mismatch on the way back: refuse it, or let it pass and log it. */
  readonly mismatch: "refuse" | "mark";
  /** Timer C. */
  readonly inviteMilliseconds: number;
  toTag(): string;
  /** Requests that wait for their answer; stopping waits for them. */
  readonly underWay: { count: number };
  /** Something was found on the way back. */
  note(event: "response refused" | "response marked", cause: string, channel: Channel): void;
}

interface Branch {
  readonly way: Way;
  readonly sent: readonly RouteSecurity[];
  readonly own: RouteSecurity | undefined;
  readonly client: ClientTransaction;
  timer: Timer | undefined;
  provisional: boolean;
  /** It has a final answer. */
  done: boolean;
  /** That answer, if it is a failure that may have to go back. */
  failure: SipResponse | undefined;
  /** The INVITE as sent, where its 2xx was refused and the callee has been sent BYE. */
  hungUp: SipRequest | undefined;
}

/** The response context of one request. */
export class Forwarding {
  readonly #branches: Branch[] = [];
  /** A final response has gone back. */
  #answered = false;
  #cancelled = false;
  readonly #isInvite: boolean;
  /** Let go of once it is answered: the context may live on for retransmissions of a 2xx. */
  #request: SipRequest | undefined;

  /**
   * @param transaction of the request as it came in
   * @param request as it is to be sent, except for what differs from way to way; not changed here
   */
  constructor(
    private readonly services: ForwardingServices,
    private readonly transaction: ServerTransaction,
    request: SipRequest,
  ) {
    services.underWay.count++;
    this.#request = request;
    this.#isInvite = request.method === "INVITE";
  }

  /** Sends the request all these ways at once. */
  start(ways: readonly Way[]): void {
    if (this.#cancelled) return this.#refuse(cancelledBefore);
    const request = this.#request;
    if (request === undefined) return;
    for (const way of ways) this.#branches.push(this.#send(request, way));
  }

  /** There is no way after all. */
  fail(refusal: Refusal): void {
    if (!this.#answered) this.#refuse(this.#cancelled ? cancelledBefore : refusal);
  }

  /** The caller has given up: all branches without an answer are cancelled (§16.10). */
  cancel(): void {
    this.#cancelled = true;
    this.#cancelPending();
  }

  #send(outgoing: SipRequest, way: Way): Branch {
    const { transactions, parts, clock, inviteMilliseconds } = this.services;
    const request: SipRequest = { ...outgoing, uri: way.uri, headers: outgoing.headers.clone() };
    const own = parts.prependOwn(request, way.channel);
    const sent = parts.sentValues(request);
    const client = transactions.request(request, way.channel, {
      response: (response, channel) => this.#response(branch, response, channel),
      timeout: () => this.#failed(branch, timedOut),
      failed: () => this.#failed(branch, way.last ? away : unreachable),
    });
    const branch: Branch = {
      ...{ way, sent, own, client },
      ...{ timer: undefined, provisional: false },
      ...{ done: false, failure: undefined, hungUp: undefined },
    };
    if (this.#isInvite) {
      branch.timer = clock.after(inviteMilliseconds, () => this.#timerC(branch));
    }
    return branch;
  }

  #response(branch: Branch, response: SipResponse, channel: Channel): void {
    // An answer counts only from where the request went (SM-15).
    if (channel !== branch.way.channel) return;
    const { status } = response;
    if (status < 200) return this.#provisional(branch, response);
    branch.timer?.cancel();
    branch.timer = undefined;
    if (branch.hungUp !== undefined) return this.#hangUp(branch, response);
    const refusal = this.#check(branch, response);
    if (refusal !== undefined) {
      if (status < 300) this.#hangUp(branch, response);
      return this.#final(branch, refusalResponse(this.transaction.request, refusal, this.#tag()));
    }
    const passed = this.services.parts.passResponse(response);
    if (status >= 300) return this.#final(branch, passed);
    this.#success(branch, passed);
  }

  #provisional(branch: Branch, response: SipResponse): void {
    const { clock, parts, inviteMilliseconds } = this.services;
    branch.provisional = true;
    if (response.status === 100 || this.#answered) return;
    // §16.7 step 2: "For an INVITE transaction, if the response is a provisional response with status
    // codes 101 to 199 inclusive …, the proxy MUST reset timer C".
    if (branch.timer !== undefined) {
      branch.timer.cancel();
      branch.timer = clock.after(inviteMilliseconds, () => this.#timerC(branch));
    }
    if (this.#check(branch, response) !== undefined) return;
    this.transaction.respond(parts.passResponse(response));
  }

  /** §16.7 step 5: a 2xx goes back at once, every one of them for an INVITE. */
  #success(branch: Branch, response: SipResponse): void {
    branch.done = true;
    if (this.#answered && !this.#isInvite) return;
    this.#answer(response);
    this.#cancelPending();
  }

  /** A failure of one branch: the best of all goes back when none is pending any more. */
  #final(branch: Branch, response: SipResponse): void {
    branch.done = true;
    branch.failure ??= response;
    // §16.7 step 5: after a 6xx nothing else is waited for.
    if (response.status >= 600) this.#cancelPending();
    if (this.#answered || this.#branches.some(({ done }) => !done)) return;
    this.#answer(chooseResponse(this.#branches.flatMap(({ failure }) => failure ?? [])));
  }

  #failed(branch: Branch, refusal: Refusal): void {
    branch.timer?.cancel();
    branch.timer = undefined;
    if (branch.done) return;
    this.#final(branch, refusalResponse(this.transaction.request, refusal, this.#tag()));
  }

  /** §16.8: cancelled if something was heard of it, else as if a 408 had come. */
  #timerC(branch: Branch): void {
    branch.timer = undefined;
    if (branch.done) return;
    branch.client.cancel();
    if (!branch.provisional) this.#failed(branch, timedOut);
  }

  /** SM-14, SM-15: undefined if the response may pass. */
  #check(branch: Branch, response: SipResponse): Refusal | undefined {
    const { parts, mismatch, note } = this.services;
    const verdict = parts.checkResponse(response, branch.sent, branch.own, branch.way.last);
    if (verdict.verdict === "pass") return undefined;
    const cause = `${verdict.cause} (${verdict.detail})`;
    note(mismatch === "mark" ? "response marked" : "response refused", cause, branch.way.channel);
    return mismatch === "mark" ? undefined : wayBackRefusal(verdict.cause);
  }

  /** The callee must not be left with half a call. */
  #hangUp(branch: Branch, response: SipResponse): void {
    if (!this.#isInvite) return;
    const again = branch.hungUp !== undefined;
    branch.hungUp ??= branch.client.request;
    hangUp(this.services, branch.hungUp, response, branch.way.channel, again);
  }

  #cancelPending(): void {
    if (!this.#isInvite) return;
    for (const branch of this.#branches) if (!branch.done) branch.client.cancel();
  }

  #refuse(refusal: Refusal): void {
    this.#answer(refusalResponse(this.transaction.request, refusal, this.#tag()));
  }

  #answer(response: SipResponse): void {
    if (!this.#answered) this.services.underWay.count--;
    this.#answered = true;
    this.#request = undefined;
    this.transaction.respond(response);
    for (const branch of this.#branches) branch.failure = undefined;
  }

  #tag(): string {
    return this.services.toTag();
  }
}

const timedOut = sipRefusal(408, "no answer in time");
const unreachable = sipRefusal(503, "the next server cannot be reached");
const cancelledBefore: Refusal = { status: 487, cause: "cancelled" };

/**
 * The INVITE server transaction (RFC 3261 §17.2.1, figure 7; RFC 6026 §7.1).
 *
 *     Proceeding --2xx--> Accepted --L--> Terminated
 *         |--300-699--> Completed --ACK--> Confirmed --I--> Terminated
 *                           |--H--> Terminated
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";
import type { Timer } from "../runtime/runtime.ts";
import { makeResponse } from "./build.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { messageOctets, settledRequest } from "./transactions_room.ts";
import { isReliable, longTimer } from "./transactions_timers.ts";
import type { ServerMachine, TransactionCore, TransactionState } from "./transactions_types.ts";

/** One INVITE that came in. */
export class ServerInvite implements ServerMachine {
  readonly method = "INVITE";
  state: TransactionState = "proceeding";
  status: number | undefined;
  response: SipResponse | undefined;
  octets = 0;
  readonly #core: TransactionCore;
  readonly #key: string;
  /** The 100 that is due, then H, L or I; there is never more than one of them. */
  #timer: Timer | undefined;
  /** G. */
  #retransmission: Timer | undefined;

  constructor(
    core: TransactionCore,
    key: string,
    public request: SipRequest,
    readonly channel: Channel,
  ) {
    this.#core = core;
    this.#key = key;
    // §17.2.1: "generates a 100 (Trying) response unless it knows that the TU will generate a
    // provisional or final response within 200 ms".
    this.#timer = core.clock.after(core.timers.trying, () => this.#trying());
  }

  receive(request: SipRequest): boolean {
    switch (this.state) {
      case "proceeding":
        return this.#inProceeding(request);
      case "completed":
        return this.#inCompleted(request);
      case "accepted":
        return this.#inAccepted(request);
      default:
        // Confirmed: "The purpose of the Confirmed state is to absorb any additional ACK messages".
        return true;
    }
  }

  respond(response: SipResponse): void {
    if (this.state === "proceeding") this.#respondInProceeding(response);
    else if (this.state === "accepted" && response.status >= 200 && response.status < 300) {
      // RFC 6026 §7.1: "Any further 2xx responses from the TU are passed to the transport layer".
      this.#send(response);
    }
  }

  #inProceeding(request: SipRequest): boolean {
    // "If a request retransmission is received while in the Proceeding state, the most recent
    // provisional response that was received from the TU MUST be passed to the transport layer".
    if (request.method === "INVITE" && this.response !== undefined) this.#send(this.response);
    return true;
  }

  #respondInProceeding(response: SipResponse): void {
    const { status } = response;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.status = status;
    this.response = response;
    if (status >= 200) this.request = settledRequest(this.request);
    const kept = status >= 200 && status < 300 ? 0 : messageOctets(response);
    this.#core.holds(this, messageOctets(this.request) + kept);
    if (status < 200) {
      this.#send(response);
    } else if (status < 300) {
      this.state = "accepted";
      // Nothing is sent again from here on; many calls a second wait for L, so nothing is kept either.
      this.response = undefined;
      this.#timer = this.#long(() => this.end()); // L
      this.#send(response);
    } else {
      this.state = "completed";
      const { t1 } = this.#core.timers;
      if (!isReliable(this.channel)) this.#retransmitAfter(t1); // G
      this.#timer = this.#long(() => this.end(new Error("no ACK within 64*T1 (timer H)")));
      this.#send(response);
    }
  }

  #inCompleted(request: SipRequest): boolean {
    if (request.method === "INVITE") {
      // "while in the Completed state, if a request retransmission is received, the server SHOULD pass
      // the response to the transport for retransmission."
      if (this.response !== undefined) this.#send(this.response);
      return true;
    }
    this.state = "confirmed";
    this.#stopTimers();
    // Timer I: T4 for unreliable transports, zero for reliable ones.
    if (isReliable(this.channel)) this.end();
    else this.#timer = this.#core.clock.after(this.#core.timers.t4, () => this.end());
    return true;
  }

  #inAccepted(request: SipRequest): boolean {
    // RFC 6026 §7.1: retransmitted INVITEs are absorbed, "an ACK ... MUST be passed directly to the TU".
    return request.method !== "ACK";
  }

  end(cause?: Error): void {
    if (this.state === "terminated") return;
    this.state = "terminated";
    this.#stopTimers();
    this.#core.serverEnded(this.#key, this);
    if (cause !== undefined) this.#core.abandoned(this, cause);
  }

  #trying(): void {
    this.#timer = undefined;
    if (this.state !== "proceeding" || this.response !== undefined) return;
    this.status = 100;
    this.response = makeResponse(this.request, 100);
    this.#send(this.response);
  }

  #retransmitAfter(interval: number): void {
    const { clock, timers } = this.#core;
    this.#retransmission = clock.after(interval, () => {
      // "If timer G fires, the response is passed to the transport layer once more ..., and timer G is
      // set to fire in MIN(2*T1, T2) seconds", doubling from then on.
      this.#retransmitAfter(Math.min(2 * interval, timers.t2));
      if (this.response !== undefined) this.#send(this.response);
    });
  }

  #long(fire: () => void): Timer {
    return this.#core.clock.after(longTimer(this.#core.timers), fire);
  }

  #send(response: SipResponse): void {
    try {
      this.#core.send(response, this.channel);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #stopTimers(): void {
    this.#timer?.cancel();
    this.#retransmission?.cancel();
    this.#timer = this.#retransmission = undefined;
  }
}

/**
 * The non-INVITE server transaction (RFC 3261 §17.2.2, figure 8).
 *
 *     Trying --1xx--> Proceeding --200-699--> Completed --J--> Terminated
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";
import type { Timer } from "../runtime/runtime.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { messageOctets, settledRequest } from "./transactions_room.ts";
import { isReliable, longTimer } from "./transactions_timers.ts";
import type { ServerMachine, TransactionCore, TransactionState } from "./transactions_types.ts";

/** One request that came in, other than INVITE and ACK. */
export class ServerNonInvite implements ServerMachine {
  readonly method: string;
  state: TransactionState = "trying";
  response: SipResponse | undefined;
  octets = 0;
  readonly #core: TransactionCore;
  readonly #key: string;
  /** J. */
  #timer: Timer | undefined;

  constructor(
    core: TransactionCore,
    key: string,
    public request: SipRequest,
    readonly channel: Channel,
  ) {
    this.#core = core;
    this.#key = key;
    this.method = request.method;
  }

  get status(): number | undefined {
    return this.response?.status;
  }

  receive(_request: SipRequest): boolean {
    // Trying: "any further request retransmissions are discarded". Proceeding and Completed: the most
    // recent response is "passed to the transport layer for retransmission".
    if (this.response !== undefined) this.#send(this.response);
    return true;
  }

  respond(response: SipResponse): void {
    // Completed: "Any other final responses passed by the TU ... MUST be discarded".
    if (this.state !== "trying" && this.state !== "proceeding") return;
    this.response = response;
    this.state = response.status < 200 ? "proceeding" : "completed";
    if (response.status >= 200) this.request = settledRequest(this.request);
    this.#core.holds(this, messageOctets(this.request) + messageOctets(response));
    this.#send(response);
    if (response.status >= 200) this.#completed();
  }

  /** Timer J: 64*T1 for unreliable transports, zero for reliable ones. */
  #completed(): void {
    if (this.state === "terminated") return; // the response could not be sent
    if (isReliable(this.channel)) return this.end();
    const { clock, timers } = this.#core;
    this.#timer = clock.after(longTimer(timers), () => this.end());
  }

  end(cause?: Error): void {
    if (this.state === "terminated") return;
    this.state = "terminated";
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#core.serverEnded(this.#key, this);
    if (cause !== undefined) this.#core.abandoned(this, cause);
  }

  #send(response: SipResponse): void {
    try {
      this.#core.send(response, this.channel);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

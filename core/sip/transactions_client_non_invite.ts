/**
 * The non-INVITE client transaction (RFC 3261 §17.1.2, figure 6).
 *
 *     Trying --1xx--> Proceeding --200-699--> Completed --K--> Terminated
 *        |--F--> Terminated  |--F--> Terminated
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";
import type { Timer } from "../runtime/runtime.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { settledRequest } from "./transactions_room.ts";
import { isReliable, longTimer } from "./transactions_timers.ts";
import type {
  ClientHandler,
  ClientMachine,
  TransactionCore,
  TransactionState,
} from "./transactions_types.ts";

/** One request that went out, other than INVITE and ACK. */
export class ClientNonInvite implements ClientMachine {
  readonly method: string;
  state: TransactionState = "trying";
  octets = 0;
  readonly #core: TransactionCore;
  readonly #key: string;
  readonly #handler: ClientHandler;
  /** F, then K. */
  #timer: Timer | undefined;
  /** E. */
  #retransmission: Timer | undefined;

  constructor(
    core: TransactionCore,
    key: string,
    public request: SipRequest,
    readonly channel: Channel,
    handler: ClientHandler,
  ) {
    this.#core = core;
    this.#key = key;
    this.#handler = handler;
    this.method = request.method;
  }

  start(): void {
    const { clock, timers } = this.#core;
    if (!isReliable(this.channel)) this.#retransmitAfter(timers.t1); // E
    this.#timer = clock.after(longTimer(timers), () => {
      this.end();
      this.#handler.timeout();
    }); // F
    this.#core.send(this.request, this.channel);
  }

  receive(response: SipResponse, channel: Channel): void {
    // Completed: it "exists to buffer any additional response retransmissions that may be received".
    if (this.state !== "trying" && this.state !== "proceeding") return;
    if (response.status < 200) this.state = "proceeding";
    else this.#complete();
    this.#handler.response(response, channel);
    if (response.status >= 200) this.request = settledRequest(this.request);
  }

  /** §9.1: only an INVITE can be cancelled. */
  cancel(): void {}

  #complete(): void {
    this.state = "completed";
    this.#timer?.cancel();
    this.#retransmission?.cancel();
    this.#timer = this.#retransmission = undefined;
    // Timer K: T4 for unreliable transports, zero for reliable ones.
    if (isReliable(this.channel)) this.end();
    else this.#timer = this.#core.clock.after(this.#core.timers.t4, () => this.end());
  }

  end(cause?: Error): void {
    if (this.state === "terminated") return;
    const settled = this.state === "completed";
    this.state = "terminated";
    this.#timer?.cancel();
    this.#retransmission?.cancel();
    this.#timer = this.#retransmission = undefined;
    this.#core.clientEnded(this.#key, this);
    if (cause !== undefined && !settled) this.#handler.failed(cause);
  }

  #retransmitAfter(interval: number): void {
    const { clock, timers } = this.#core;
    this.#retransmission = clock.after(interval, () => {
      // Trying: E doubles up to T2. Proceeding: "timer E MUST be reset with a value of T2 seconds".
      const next = this.state === "trying" ? Math.min(2 * interval, timers.t2) : timers.t2;
      this.#retransmitAfter(next);
      try {
        this.#core.send(this.request, this.channel);
      } catch (error) {
        this.end(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }
}

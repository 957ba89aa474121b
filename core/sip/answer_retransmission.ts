/**
 * Retransmission of a 2xx to INVITE by the user agent that sent it (RFC 3261 §13.3.1.4). The INVITE's
 * transaction is over with the first one, and the way may have unreliable hops further on, so it goes
 * on until the ACK whatever the transport is.
 *
 * @module
 */
import type { Clock, Timer } from "../runtime/runtime.ts";
import { defaultTimers, longTimer, type Timers } from "./transactions_timers.ts";

/** What an {@link AnswerRetransmission} is made from. */
export interface AnswerRetransmissionOptions {
  readonly clock: Clock;
  readonly timers?: Partial<Timers>;
  /** Sends the response once more. */
  send(): void;
  /** No ACK in 64*T1: the dialog stands, and its user should end it with a BYE. */
  gaveUp(): void;
}

/** Repeats a response that was just sent, until its ACK arrives. */
export class AnswerRetransmission {
  readonly #options: AnswerRetransmissionOptions;
  readonly #timers: Timers;
  #next: Timer;
  readonly #end: Timer;

  constructor(options: AnswerRetransmissionOptions) {
    this.#options = options;
    this.#timers = { ...defaultTimers, ...options.timers };
    // "an interval that starts at T1 seconds and doubles for each retransmission until it reaches T2"
    this.#next = this.#after(this.#timers.t1);
    this.#end = options.clock.after(longTimer(this.#timers), () => {
      this.#next.cancel();
      options.gaveUp();
    });
  }

  /** The ACK came, or the call is over anyway. */
  stop(): void {
    this.#next.cancel();
    this.#end.cancel();
  }

  #after(interval: number): Timer {
    return this.#options.clock.after(interval, () => {
      this.#next = this.#after(Math.min(2 * interval, this.#timers.t2));
      this.#options.send();
    });
  }
}

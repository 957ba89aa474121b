/**
 * What a peer has received and no step has looked at yet.
 *
 * @module
 */
import type { Clock } from "../../core/runtime/runtime.ts";
import type { SipMessage } from "../../core/sip/message.ts";
import type { Link } from "./link.ts";

/** Something received. */
export interface Received {
  /** Undefined when the octets were no SIP message; `malformed` says why. */
  readonly message: SipMessage | undefined;
  readonly malformed?: string;
  readonly link: Link;
  taken: boolean;
  /** For a request: whether a final response was sent. */
  answered: boolean;
}

/** Messages a peer keeps; what floods in beyond that is dropped and counted. */
export const inboxLimit = 1000;

/** An inbox one can wait at. */
export class Inbox {
  readonly all: Received[] = [];
  dropped = 0;
  readonly #waiting = new Set<() => void>();

  constructor(readonly clock: Clock) {}

  /** Adds something and wakes those who wait. */
  add(received: Received): void {
    if (this.all.length >= inboxLimit) this.dropped++;
    else this.all.push(received);
    this.wake();
  }

  /** Wakes those who wait, to look again. */
  wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** The first thing not taken that fits. */
  find(fits: (received: Received) => boolean): Received | undefined {
    return this.all.find((received) => !received.taken && fits(received));
  }

  /** Waits for `condition`; false when it did not come true within `milliseconds`. */
  until(condition: () => boolean, milliseconds: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (result: boolean) => {
        this.#waiting.delete(look);
        timer.cancel();
        resolve(result);
      };
      const look = () => {
        if (condition()) end(true);
      };
      const timer = this.clock.after(milliseconds, () => end(condition()));
      this.#waiting.add(look);
    });
  }
}

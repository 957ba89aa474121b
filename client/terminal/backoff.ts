/**
 * Waiting times between attempts.
 *
 * @module
 */
import type { Random } from "../../core/runtime/runtime.ts";

/**
 * Doubling waits with an upper bound. Each is drawn between half and the whole of its value, so that
 * terminals which lost the same server do not come back all at once (RFC 5626 §4.5).
 */
export class Backoff {
  #failures = 0;

  constructor(
    readonly firstMilliseconds: number,
    readonly longestMilliseconds: number,
    readonly random: Random,
  ) {}

  /** The next wait, in milliseconds. */
  next(): number {
    const whole = Math.min(
      this.firstMilliseconds * 2 ** Math.min(this.#failures, 30),
      this.longestMilliseconds,
    );
    this.#failures++;
    const [high, low] = this.random.bytes(2);
    const share = (high! * 256 + low!) / 65535;
    return Math.round(whole / 2 + share * whole / 2);
  }

  /** Starts over, after a success. */
  reset(): void {
    this.#failures = 0;
  }
}

/**
 * How often something may be tried, by name: as many times a minute, counted in whole minutes.
 *
 * @module
 */
import type { Clock } from "../../core/runtime/runtime.ts";

const MINUTE = 60_000;
/** Names counted at once; when it is full the minute begins anew for all. */
const NAMES = 100_000;

/** Counts tries. */
export class Rate {
  readonly #clock: Clock;
  readonly #limit: number;
  #minute = -1;
  readonly #tries = new Map<string, number>();

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Counts a try; false if there were too many in this minute. */
  admit(name: string): boolean {
    const minute = Math.floor(this.#clock.now() / MINUTE);
    if (minute !== this.#minute || this.#tries.size >= NAMES) this.#tries.clear();
    this.#minute = minute;
    const tries = (this.#tries.get(name) ?? 0) + 1;
    this.#tries.set(name, tries);
    return tries <= this.#limit;
  }
}

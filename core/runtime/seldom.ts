/**
 * Records that a flood would multiply: at most one a second, with how many were left out.
 *
 * @module
 */
import type { Log, LogFacts, LogLevel } from "./log.ts";
import type { Clock } from "./runtime.ts";

/** Milliseconds between two records. */
const INTERVAL = 1000;

/** One kind of record. */
export class SeldomLog {
  #last = -Infinity;
  #leftOut = 0;

  constructor(
    private readonly ports: { readonly log: Log; readonly clock: Clock },
    private readonly level: LogLevel,
    private readonly event: string,
  ) {}

  /** Writes the record, unless one was written less than a second ago. */
  write(facts: () => LogFacts): void {
    const now = this.ports.clock.now();
    if (now - this.#last < INTERVAL && now >= this.#last) {
      this.#leftOut++;
      return;
    }
    this.ports.log.write(this.level, this.event, { ...facts(), leftOut: this.#leftOut });
    this.#last = now;
    this.#leftOut = 0;
  }
}

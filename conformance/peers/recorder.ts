/**
 * Records what happens in a case, for its ladder.
 *
 * @module
 */
import type { Clock } from "../../core/runtime/runtime.ts";
import type { SipMessage } from "../../core/sip/message.ts";
import type { LadderEntry } from "../format/report.ts";

/** Entries a ladder keeps; a flood beyond that is counted in a last one. */
export const ladderLimit = 200;

/** Headers shown under a message. */
const shown = ["From", "To", "Route-Security", "Reason"];

/** Keeps the ladder of one case. */
export class Recorder {
  phase: LadderEntry["phase"] = "setup";
  readonly #entries: LadderEntry[] = [];
  readonly #clock: Clock;
  readonly #start: number;
  #more = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = clock.now();
  }

  /** Milliseconds since the case began. */
  get elapsed(): number {
    return this.#clock.now() - this.#start;
  }

  /** A message from one to another. */
  message(from: string, to: string, message: SipMessage): void {
    const label = message.kind === "request"
      ? `${message.method} ${message.uri}`
      : `${message.status} ${message.reason}`;
    const detail = this.phase === "case"
      ? shown.flatMap((name) => message.headers.getAll(name).map((value) => `${name}: ${value}`))
      : [];
    this.event(from, to, label, detail);
  }

  /** Anything else. */
  event(from: string, to: string, label: string, detail: readonly string[] = []): void {
    if (this.#entries.length >= ladderLimit) {
      this.#more++;
      return;
    }
    this.#entries.push({
      at: this.elapsed,
      from,
      to,
      label: label.slice(0, 200),
      phase: this.phase,
      ...(detail.length > 0 ? { detail: detail.map((line) => line.slice(0, 300)) } : {}),
    });
  }

  /** The ladder so far. */
  entries(): LadderEntry[] {
    if (this.#more === 0) return [...this.#entries];
    const last = {
      at: this.elapsed,
      from: "iut",
      to: "iut",
      label: `${this.#more} more`,
      phase: this.phase,
    };
    return [...this.#entries, last];
  }
}

/**
 * Progress of a run: one line on stderr, only where somebody watches.
 *
 * @module
 */
import type { CaseResult } from "../../conformance/format/report.ts";

/** Milliseconds between two updates of the line. */
const interval = 80;

/** A line that is written over and over. */
export class Progress {
  readonly #shown = Deno.stderr.isTerminal();
  #failed = 0;
  #last = 0;
  #dirty = false;

  constructor(readonly total: number) {}

  /** Shows a case that is done. */
  show(result: CaseResult, done: number): void {
    if (result.verdict === "fail" || result.verdict === "inconclusive") this.#failed++;
    const now = performance.now();
    if (!this.#shown || (now - this.#last < interval && done < this.total)) return;
    this.#last = now;
    this.#dirty = true;
    const width = 60;
    const id = result.id.length > width ? `…${result.id.slice(1 - width)}` : result.id;
    const failed = this.#failed > 0 ? `, ${this.#failed} not passed` : "";
    this.#write(`\r\x1b[2K${done}/${this.total}${failed}  ${id}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#dirty) this.#write("\r\x1b[2K");
    this.#dirty = false;
  }

  #write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}

/**
 * Errors nobody catches while cases run: an embedded implementation that throws in a callback must not
 * end the run, and must not pass either.
 *
 * @module
 */

/** Collects uncaught errors until it is closed. */
export class Uncaught {
  readonly #errors: string[] = [];
  readonly #listener = (event: Event) => {
    event.preventDefault();
    const cause: unknown = event instanceof ErrorEvent
      ? event.error
      : (event as PromiseRejectionEvent).reason;
    this.#errors.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));
  };

  constructor() {
    globalThis.addEventListener("error", this.#listener);
    globalThis.addEventListener("unhandledrejection", this.#listener);
  }

  /** How many there were; to ask `since` later. */
  get count(): number {
    return this.#errors.length;
  }

  /** The first one after `count`, if any. */
  since(count: number): string | undefined {
    return this.#errors[count];
  }

  /** Leaves further ones to the program. */
  close(): void {
    globalThis.removeEventListener("error", this.#listener);
    globalThis.removeEventListener("unhandledrejection", this.#listener);
  }
}

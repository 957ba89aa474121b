/**
 * What goes wrong between a terminal and its server.
 *
 * @module
 */

/** What kind of failure it is. */
export type TerminalFailure =
  /** A name, URI or setting that cannot be right. */
  | "wrong-use"
  /** No connection, or no answer. Worth another try. */
  | "unreachable"
  /** The server did not accept our proof. */
  | "not-accepted"
  /** The server did not prove itself (SM-1): nothing is registered there. */
  | "server-not-proven"
  /** The server refused for another reason. */
  | "refused"
  /** The terminal was stopped meanwhile. */
  | "stopped";

/** A failure of the terminal; `message` says what to do. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
  constructor(
    readonly failure: TerminalFailure,
    message: string,
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whether trying again later can help without anybody doing anything. */
  get passing(): boolean {
    return this.failure === "unreachable" || (this.failure === "refused" && this.#overloaded);
  }

  get #overloaded(): boolean {
    return this.status === 408 || this.status === 480 || (this.status ?? 0) >= 500;
  }
}

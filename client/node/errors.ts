/**
 * What goes wrong between a node, its servers and its correspondents.
 *
 * @module
 */
import type { ErrorResponse } from "../../core/ntm/messages/error_response.ts";

/** What kind of failure it is. */
export type NodeFailure =
  /** A name, port or setting that cannot be right. */
  | "wrong-use"
  /** No connection, or no answer. Worth another try. */
  | "unreachable"
  /** The server did not prove who it is, or answered what no server may answer. */
  | "server-not-proven"
  /** Wrong password or no such account; servers do not tell which. */
  | "not-accepted"
  /** No such correspondent, not registered, or hidden from us; the DC does not tell which. */
  | "unavailable"
  /** The server is busy, full, or has nothing in common with us. */
  | "refused"
  /** The node was stopped meanwhile. */
  | "stopped";

/** A failure of the node; `message` says what to do. */
export class NodeError extends Error {
  override readonly name = "NodeError";
  constructor(readonly failure: NodeFailure, message: string, options?: ErrorOptions) {
    super(message, options);
  }

  /** Whether trying again later can help without anybody doing anything. */
  get passing(): boolean {
    return this.failure === "unreachable" || this.failure === "refused";
  }
}

/** The failure that an Error message stands for. `server` is named in the text. */
export function failureOf({ cause, reason, retryAfter }: ErrorResponse, server: string): NodeError {
  const why = reason === undefined ? "" : ` (${JSON.stringify(reason)})`;
  switch (cause) {
    case "refused":
      return new NodeError(
        "not-accepted",
        `${server}: not accepted${why}; check account and password`,
      );
    case "unavailable":
      return new NodeError(
        "unavailable",
        `${server}: not available${why}; check the name, and that the correspondent is up`,
      );
    case "unregistered":
      return new NodeError("unreachable", `${server}: does not know us any more${why}`);
    case "busy":
    case "full": {
      const when = retryAfter === undefined ? "later" : `in ${retryAfter} s`;
      return new NodeError("refused", `${server}: ${cause}${why}; try again ${when}`);
    }
    default:
      return new NodeError("refused", `${server}: ${cause}${why}`);
  }
}

/**
 * Error (NTM-4).
 *
 *     error = {
 *       0 => transaction
 *       1 => cause
 *       ? 2 => reason
 *       ? 3 => retryAfter
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { reason, seconds } from "../values.ts";
import { choice } from "../kinds.ts";

/** Why not; what else would be told is nobody's to know. */
export const ERROR_CAUSES = {
  /** Login: wrong password or unknown account, not told apart. */
  "refused": 1,
  /** No such name, not registered, or hidden from this node, not told apart. */
  "unavailable": 2,
  /** Too many at once; `retryAfter` says when. */
  "busy": 3,
  /** The message could be opened and not read. */
  "malformed": 4,
  /** No suite, profile or type in common. */
  "unsupported": 5,
  /** Register (or log in) first. */
  "unregistered": 6,
  /** Virtual addresses of two operators overlap. */
  "overlap": 7,
  /** The RS holds as many paths as it may. */
  "full": 8,
} as const;
/** Why not. */
export type ErrorCause = keyof typeof ERROR_CAUSES;
const errorCause = choice("error-cause", ERROR_CAUSES);

/** An answer that is no; to any request. */
export const errorResponse = message({
  name: "Error",
  type: 0x7f,
  carriage: ["tls", ["kasdc", "kdcrs", "kdcdc", "kmndc"]],
}, {
  cause: required(1, errorCause),
  /** For people; tells nothing that the cause does not. */
  reason: optional(2, reason),
  retryAfter: optional(3, seconds),
});
/** Content of Error. */
export type ErrorResponse = ValueOf<typeof errorResponse>;

/**
 * Refusals: every one says why (`Reason`, docs/wire.md).
 *
 * @module
 */
import type { HeaderPairs } from "../../core/sip/build.ts";
import { formatReason, REASON_PROTOCOL } from "../../core/sip/reason.ts";
import type { ServerTransaction } from "../../core/sip/transactions.ts";
import type { ServerLink } from "./link.ts";

/** Answers a request with a failure; `text` becomes the Reason. */
export function refusal(
  link: ServerLink,
  transaction: ServerTransaction,
  status: number,
  text?: string,
  headers: HeaderPairs = [],
  toTag: string = link.tag(),
): void {
  const reason = text === undefined
    ? []
    : [["Reason", formatReason({ protocol: REASON_PROTOCOL, cause: status, text })] as const];
  const response = link.parts.makeResponse(transaction.request, status, undefined, {
    toTag,
    headers: [...reason, ...headers],
  });
  transaction.respond(response);
}

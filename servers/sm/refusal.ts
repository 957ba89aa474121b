/**
 * What a sender is told when the server does not do what was asked.
 *
 * @module
 */
import { type HeaderPairs, makeResponse } from "../../core/sip/build.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { checkReason, formatReason } from "../../core/sip/reason.ts";

/** A refusal: status, the cause for the log, and headers that tell the sender why. */
export interface Refusal {
  readonly status: number;
  /** For the log: which check, and what it found. */
  readonly cause: string;
  readonly headers?: HeaderPairs;
}

/** 403 by the spoof check (SM-5). */
export function spoofRefusal(cause: string): Refusal {
  return checkRefusal("spoof check", 403, cause);
}

/** 403, or 400 for a header that cannot be read, by the Route-Security check (SM-10 to SM-12). */
export function routeSecurityRefusal(status: 400 | 403, cause: string): Refusal {
  return checkRefusal("route security", status, cause);
}

/** 502 on the way back (SM-14, SM-15). */
export function wayBackRefusal(cause: string): Refusal {
  return checkRefusal("route security on the way back", 502, cause);
}

function checkRefusal(
  check: "spoof check" | "route security" | "route security on the way back",
  status: number,
  cause: string,
): Refusal {
  return {
    status,
    cause: `${check}: ${cause}`,
    headers: [["Reason", checkReason(check, status, cause)]],
  };
}

/** A refusal with a Reason of protocol SIP: what is wrong with the request itself. */
export function sipRefusal(status: number, text: string, headers: HeaderPairs = []): Refusal {
  const reason = formatReason({ protocol: "SIP", cause: status, text });
  return { status, cause: text, headers: [...headers, ["Reason", reason]] };
}

/**
 * What policy refuses and what does not exist: one and the same answer, without a reason (SM-17).
 */
export const hidden: Refusal = { status: 404, cause: "no such callee, or hidden by policy" };

/** Allowed, but not registered now, or not over a channel that is open. */
export const away: Refusal = { status: 480, cause: "callee is not registered" };

/** The response of a refusal. `toTag` has the same length in every one. */
export function refusalResponse(
  request: SipRequest,
  refusal: Refusal,
  toTag: string,
): SipResponse {
  return makeResponse(request, refusal.status, undefined, {
    toTag,
    ...(refusal.headers === undefined ? {} : { headers: refusal.headers }),
  });
}

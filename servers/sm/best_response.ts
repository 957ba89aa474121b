/**
 * Which of several failures goes back to the caller (RFC 3261 §16.7 steps 6 and 7).
 *
 * @module
 */
import type { SipResponse } from "../../core/sip/message.ts";
import { reasonPhrase } from "../../core/sip/reasons.ts";

/** 401, 407, 415, 420 and 484 "provide information affecting resubmission of this request" (§16.7). */
const telling = new Set([401, 407, 415, 420, 484]);

/** Smaller is better. */
function rank({ status }: SipResponse): number {
  if (status >= 600) return 0;
  // A refusal on the way back says that somebody meddles: it must not hide behind another branch's 486.
  if (status === 502) return 1;
  if (telling.has(status)) return 2;
  return Math.trunc(status / 100);
}

/**
 * The best of one or more final responses other than 2xx; it may change the one it takes. Challenges of
 * all of them go along (§16.7 step 7), and a 503 of somebody else does not make this server one that
 * is overloaded (step 6).
 */
export function chooseResponse(responses: readonly SipResponse[]): SipResponse {
  let best = responses[0] as SipResponse;
  for (const response of responses) if (rank(response) < rank(best)) best = response;
  if (best.status === 401 || best.status === 407) addChallenges(best, responses);
  if (best.status !== 503) return best;
  return { ...best, status: 500, reason: reasonPhrase(500) };
}

function addChallenges(best: SipResponse, responses: readonly SipResponse[]): void {
  for (const response of responses) {
    if (response === best || (response.status !== 401 && response.status !== 407)) continue;
    for (const name of ["WWW-Authenticate", "Proxy-Authenticate"]) {
      for (const value of response.headers.getAll(name)) best.headers.append(name, value);
    }
  }
}

/**
 * SIP messages as values (RFC 3261 §7). A message that was parsed and not changed serialises to the
 * octets it was parsed from.
 *
 * @module
 */
import type { Headers } from "./headers.ts";

/** A SIP request. */
export interface SipRequest {
  readonly kind: "request";
  /** Case-sensitive method, for example `INVITE`. */
  method: string;
  /** Request-URI as written. */
  uri: string;
  /** Header fields in order. */
  headers: Headers;
  body: Uint8Array;
}

/** A SIP response. */
export interface SipResponse {
  readonly kind: "response";
  /** 100 to 699. */
  status: number;
  reason: string;
  headers: Headers;
  body: Uint8Array;
}

/** Any SIP message. */
export type SipMessage = SipRequest | SipResponse;

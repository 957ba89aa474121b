/**
 * SIP messages as values (RFC 3261 §7). A message that was parsed and not changed serialises to the
 * octets it was parsed from.
 *
 * @module
 */
import type { Headers } from "./headers.ts";

/** How the parts around the header fields were written. */
export interface Written {
  /** Empty lines before the start line (RFC 3261 §7.5). */
  readonly before: string;
  /** The start line with its line end. */
  readonly startLine: string;
  /** Octets of the start line where they are no valid UTF-8 (tolerant parsing). */
  readonly octets?: Uint8Array;
  /** Method or status that `startLine` holds; once the message's differs, the line is made anew. */
  readonly first: string | number;
  /** Request-URI or reason phrase that `startLine` holds. */
  readonly second: string;
  /** The empty line before the body. */
  readonly blank: string;
}

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
  /** Only in a message that was parsed. */
  readonly written?: Written;
}

/** A SIP response. */
export interface SipResponse {
  readonly kind: "response";
  /** 100 to 699. */
  status: number;
  reason: string;
  /** Header fields in order. */
  headers: Headers;
  body: Uint8Array;
  /** Only in a message that was parsed. */
  readonly written?: Written;
}

/** Any SIP message. */
export type SipMessage = SipRequest | SipResponse;

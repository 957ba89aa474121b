/**
 * Where a request really came from, written into its top Via (RFC 3261 §18.2.1, RFC 3581 §4).
 *
 * @module
 */
import type { Address } from "../net/address.ts";
import type { SipRequest } from "./message.ts";
import { formatVia, topVia } from "./via.ts";

/**
 * Adds `received` where the sender's own idea of its address is not the one the request came from, and
 * fills in `rport` where it was asked for. All other octets stay as they are.
 */
export function markSource(request: SipRequest, source: Address): void {
  const via = topVia(request.headers);
  if (!via) return;
  // RFC 3581 §4: a server that fills in rport adds received as well, even if it says nothing new.
  const asked = via.parameters.has("rport") && via.parameters.raw("rport") === undefined;
  if (!asked && via.host === source.host) return;
  if (asked) via.parameters.set("rport", String(source.port));
  via.parameters.set("received", source.host);
  request.headers.replaceFirst("Via", formatVia(via));
}

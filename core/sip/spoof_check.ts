/**
 * The spoof check (SM-5): the name in From must be a name proven for the channel the request came on.
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";
import { SipParseError } from "./errors.ts";
import type { SipRequest } from "./message.ts";
import { parseNameAddr } from "./name_addr.ts";
import { addressOfRecord } from "./uri.ts";

/** Why the check failed: fixed phrases, used in `Reason` texts and logs. */
export const SPOOF_CAUSES = {
  missing: "no From",
  several: "more than one From",
  malformed: "From cannot be read",
  scheme: "From is no sip or sips URI",
  /** A terminal's channel: the name is another's, or none is proven yet. */
  name: "From is not a name of this channel",
  /** A server's channel: the name is of another domain than the neighbour's. */
  domain: "From is not of the neighbour's domain",
} as const;

/** One of {@link SPOOF_CAUSES}. */
export type SpoofCause = typeof SPOOF_CAUSES[keyof typeof SPOOF_CAUSES];

/** What {@link checkFrom} finds; `name` is the canonical name of the sender. */
export type SpoofVerdict =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly cause: SpoofCause };

/** Settings of {@link checkFrom}. */
export interface SpoofSettings {
  /**
   * Domain of the neighbour, lower-case, where the channel is a server's. Omitted: any domain among
   * the channel's names is a neighbour's.
   */
  readonly serverDomain?: string;
}

/**
 * Checks the one From of a request, in long or compact form, against the names of its channel.
 *
 * Only the URI counts: display names, quoted or not, and header parameters are no part of the name.
 * Names compare as addresses of record ({@link addressOfRecord}): host without regard to case, user
 * with regard to it after unescaping, URI parameters dropped, an explicit port kept.
 */
export function checkFrom(
  request: SipRequest,
  channel: Channel,
  settings: SpoofSettings = {},
): SpoofVerdict {
  const fields = request.headers.getAll("From");
  if (fields.length === 0) return refuse("missing");
  if (fields.length > 1) return refuse("several");
  const uri = readUri(fields[0] ?? "");
  if (uri === undefined) return refuse("malformed");
  if (uri.kind !== "sip") return refuse("scheme");
  const name = addressOfRecord(uri);
  if (channel.names.has(name)) return { ok: true, name };
  if (settings.serverDomain !== undefined) {
    return uri.host === settings.serverDomain ? { ok: true, name } : refuse("domain");
  }
  // Names of terminals begin with "sip:", which no host does, so a domain among them is a neighbour's.
  if (channel.names.has(uri.host)) return { ok: true, name };
  return refuse(hasDomain(channel) ? "domain" : "name");
}

function readUri(value: string) {
  try {
    return parseNameAddr(value).uri;
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return undefined;
  }
}

function hasDomain(channel: Channel): boolean {
  for (const name of channel.names) if (!name.includes(":")) return true;
  return false;
}

function refuse(cause: keyof typeof SPOOF_CAUSES): SpoofVerdict {
  return { ok: false, cause: SPOOF_CAUSES[cause] };
}

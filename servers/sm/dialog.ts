/**
 * What a request says about the dialog it belongs to or begins, and the Record-Route by which the server
 * stays on its path.
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import type { ChannelKind } from "../../core/net/channel.ts";
import { SipParseError } from "../../core/sip/errors.ts";
import { elementEnd } from "../../core/sip/lists.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import { type NameAddr, parseNameAddr } from "../../core/sip/name_addr.ts";
import { addressOfRecord, type SipUri } from "../../core/sip/uri.ts";
import type { DialogClaim } from "./dialog_token.ts";

/** The dialog's identifiers in a request; texts are empty where the request has none. */
export interface DialogView extends DialogClaim {
  /** The first Route value's URI, if it is a SIP URI. */
  readonly route: SipUri | undefined;
  /** Its token, if it has one. */
  readonly token: string | undefined;
}

/** URI parameter of our Record-Route value that holds the token. */
const tokenParameter = "sm";

/** Reads a request's dialog identifiers. */
export function dialogView(request: SipRequest): DialogView {
  const { headers } = request;
  const from = readNameAddr(headers.get("From"));
  const to = readNameAddr(headers.get("To"));
  const route = firstRoute(request);
  return {
    callId: headers.get("Call-ID") ?? "",
    fromName: from === undefined ? "" : addressOfRecord(from.uri),
    fromTag: from?.parameters.get("tag") ?? "",
    toName: to === undefined ? "" : addressOfRecord(to.uri),
    toTag: to?.parameters.get("tag") ?? "",
    route,
    token: route?.parameters.get(tokenParameter),
  };
}

/** Our Record-Route value at `address`. */
export function recordRoute(address: Address, kind: ChannelKind, token: string): string {
  const transport = kind === "esp" ? "udp" : kind;
  return `<sip:${formatAddress(address)};transport=${transport};lr;${tokenParameter}=${token}>`;
}

/** Takes the first Route value off if it is `own`; says what was there. */
export function takeRoute(
  request: SipRequest,
  own: (uri: SipUri) => boolean,
): "none" | "own" | "other" {
  if (!request.headers.has("Route")) return "none";
  const route = firstRoute(request);
  if (route === undefined || !own(route)) return "other";
  request.headers.removeFirst("Route");
  return "own";
}

/** The URI of the first Route value; undefined if there is none, or none that is a SIP URI. */
export function firstRoute({ headers }: SipRequest): SipUri | undefined {
  const field = headers.get("Route");
  if (field === undefined) return undefined;
  const uri = readNameAddr(field.slice(0, elementEnd(field)))?.uri;
  return uri?.kind === "sip" ? uri : undefined;
}

function readNameAddr(value: string | undefined): NameAddr | undefined {
  if (value === undefined) return undefined;
  try {
    return parseNameAddr(value);
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/**
 * Request validation (RFC 3261 §16.3), before anything is asked about names.
 *
 * @module
 */
import type { SipRequest } from "../../core/sip/message.ts";
import { formatHostPort } from "../../core/sip/host.ts";
import { tryParseUri, type Uri } from "../../core/sip/uri.ts";
import { vias } from "../../core/sip/via.ts";
import { type Refusal, sipRefusal } from "./refusal.ts";

/** What screening finds. */
export type Screened =
  | { readonly ok: true; readonly uri: Uri & { kind: "sip" } }
  | { readonly ok: false; readonly refusal: Refusal };

/** Settings of {@link screen}. */
export interface ScreenSettings {
  /** Whether `host:port` in a Via is this server's own. */
  isOwnSentBy(sentBy: string): boolean;
}

/** Most hops a request may ask for; more than the RFC's 70, and no way to circle for long. */
const mostForwards = 255;

/** §16.3 steps 2 to 5. */
export function screen(request: SipRequest, settings: ScreenSettings): Screened {
  const { headers } = request;
  const uri = tryParseUri(request.uri);
  if (uri?.kind !== "sip") {
    return refuse(sipRefusal(416, "Request-URI is no sip or sips URI"));
  }
  const forwards = headers.get("Max-Forwards");
  if (forwards !== undefined) {
    const hops = Number(forwards);
    if (!Number.isInteger(hops) || hops < 0 || hops > mostForwards) {
      return refuse(sipRefusal(400, `Max-Forwards is a number from 0 to ${mostForwards}`));
    }
    if (hops === 0) return refuse(sipRefusal(483, "Max-Forwards is used up"));
  }
  // No domain's server sends a request back to where it came from: whatever returns goes round.
  if (severalVias(request)) {
    for (const via of vias(headers)) {
      if (settings.isOwnSentBy(formatHostPort(via.host, via.port))) {
        return refuse(sipRefusal(482, "the request has been here before"));
      }
    }
  }
  if (headers.has("Proxy-Require")) {
    const unsupported = headers.list("Proxy-Require").join(", ");
    return refuse(
      sipRefusal(420, "no extension is supported that Proxy-Require could ask for", [
        ["Unsupported", unsupported],
      ]),
    );
  }
  return { ok: true, uri };
}

function severalVias({ headers }: SipRequest): boolean {
  return headers.count("Via") > 1 || (headers.get("Via")?.includes(",") ?? false);
}

function refuse(refusal: Refusal): Screened {
  return { ok: false, refusal };
}

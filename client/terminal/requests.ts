/**
 * Requests and responses as a terminal makes them.
 *
 * @module
 */
import { makeRequest } from "../../core/sip/build.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import { parseUri } from "../../core/sip/uri.ts";
import { TerminalError } from "./errors.ts";
import type { ServerLink } from "./link.ts";
import { contactUri } from "./registration.ts";

/** Methods a terminal answers with something other than 405. */
export const ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE";

/** What a request out of a dialog is made from. */
export interface NewRequest {
  readonly method: string;
  /** Request-URI and To. */
  readonly to: string;
  /** Name to claim in From; the terminal's own if omitted. */
  readonly from?: string;
  readonly body?: string;
  readonly contentType?: string;
}

/**
 * A request out of a dialog. Throws a {@link TerminalError} if `to` or `from` is no SIP URI, and while the
 * terminal is not registered: the server would have to refuse it.
 */
export function newRequest(link: ServerLink, parts: NewRequest): SipRequest {
  if (!link.registered) {
    throw new TerminalError("unreachable", "the terminal is not registered at the moment");
  }
  const from = parts.from ?? link.settings.name;
  for (const uri of [parts.to, from]) requireSipUri(uri);
  const makesDialog = parts.method === "INVITE";
  const request = makeRequest({
    method: parts.method,
    uri: parts.to,
    from: `<${from}>;tag=${link.tag()}`,
    to: `<${parts.to}>`,
    callId: link.runtime.random.bytes(16).toHex(),
    cseq: 1,
    ...(makesDialog && { contact: ownContact(link) }),
    headers: makesDialog ? [["Allow", ALLOW]] : [],
    ...(parts.body !== undefined && { body: parts.body, contentType: parts.contentType ?? "" }),
  });
  return vouched(link, request);
}

/** The request with our Route-Security for the link to the server in front (SM-7). */
export function vouched(link: ServerLink, request: SipRequest): SipRequest {
  const { addFrom } = link.settings.routeSecurity;
  link.parts.prependOwn(request, link.open(), { addFrom });
  return request;
}

/** Our Contact value. */
export function ownContact(link: ServerLink): string {
  return `<${contactUri(link, link.open())}>`;
}

function requireSipUri(text: string): void {
  let kind: string | undefined;
  try {
    kind = parseUri(text).kind;
  } catch {
    // Said below, together with URIs of other schemes.
  }
  if (kind !== "sip" || /[<>"\s]/.test(text)) {
    throw new TerminalError(
      "wrong-use",
      `"${text}" is no SIP URI: expected for example sip:user-b@abc.test`,
    );
  }
}

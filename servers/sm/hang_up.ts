/**
 * Ends a call whose 2xx was refused on the way back: ACK, then BYE, in the caller's place, so that the
 * callee is not left with half a call.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import { makeRequest } from "../../core/sip/build.ts";
import { parseCSeq } from "../../core/sip/cseq.ts";
import { SipParseError } from "../../core/sip/errors.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { formatUri } from "../../core/sip/uri.ts";
import { parseNameAddr } from "../../core/sip/name_addr.ts";
import type { TransactionLayer } from "../../core/sip/transactions.ts";
import type { SmParts } from "./parts.ts";

/**
 * Acknowledges `response` and, unless that was done before, sends BYE.
 *
 * @param invite as this server sent it
 * @param again a retransmission of a response that was handled already: ACK only
 */
export function hangUp(
  { transactions, parts }: { readonly transactions: TransactionLayer; readonly parts: SmParts },
  invite: SipRequest,
  response: SipResponse,
  channel: Channel,
  again: boolean,
): void {
  const { headers } = invite;
  const cseq = number(invite);
  const target = contactOf(response) ?? invite.uri;
  // Servers between here and the callee stand in front of our own Record-Route value (§12.1.2).
  const recorded = response.headers.list("Record-Route");
  const own = headers.list("Record-Route").length;
  const route = recorded.slice(0, Math.max(recorded.length - own, 0)).reverse();
  const inDialog = (method: string, sequence: number): SipRequest => {
    const request = makeRequest({
      method,
      uri: target,
      from: headers.get("From") ?? "",
      to: response.headers.get("To") ?? headers.get("To") ?? "",
      callId: headers.get("Call-ID") ?? "",
      cseq: sequence,
      route,
    });
    parts.prependOwn(request, channel);
    return request;
  };
  try {
    transactions.sendStateless(inDialog("ACK", cseq), channel);
  } catch {
    return; // the channel is closed, and the callee's call with it
  }
  if (again) return;
  const ignore = { response() {}, timeout() {}, failed() {} };
  transactions.request(inDialog("BYE", cseq + 1), channel, ignore);
}

function number(request: SipRequest): number {
  return readable(() => parseCSeq(request.headers.get("CSeq") ?? "").number) ?? 1;
}

function contactOf(response: SipResponse): string | undefined {
  return readable(() => formatUri(parseNameAddr(response.headers.list("Contact")[0] ?? "").uri));
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

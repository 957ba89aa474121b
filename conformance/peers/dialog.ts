/**
 * A peer's side of a dialog (RFC 3261 §12), as far as a tester needs it.
 *
 * @module
 */
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { parametersOf, uriOf } from "../match/text.ts";

/** One side of a dialog. */
export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly localUri: string;
  remoteTag: string;
  readonly remoteUri: string;
  /** URI in-dialog requests go to. */
  target: string;
  /** Route values, first hop first. */
  routes: string[];
  /** CSeq number of the last request sent in it. */
  cseq: number;
  /** Number of the INVITE that made it, for ACK. */
  inviteCseq: number;
  /** The side that sent the INVITE. */
  readonly caller: boolean;
  confirmed: boolean;
  ended: boolean;
}

/** The tag of a From or To value, or "". */
export function tagOf(value: string | undefined): string {
  return value === undefined ? "" : parametersOf(value).get("tag") ?? "";
}

/** The number in a CSeq value. */
export function cseqOf(message: SipRequest | SipResponse): number {
  return Number(/^\s*(\d+)/.exec(message.headers.get("CSeq") ?? "")?.[1] ?? 0);
}

/** The method in a CSeq value. */
export function cseqMethod(message: SipRequest | SipResponse): string {
  return /^\s*\d+\s+(\S+)/.exec(message.headers.get("CSeq") ?? "")?.[1] ?? "";
}

/** The dialog a caller has after a response to its INVITE (§12.1.2). */
export function callerDialog(invite: SipRequest, response: SipResponse): Dialog {
  const from = invite.headers.get("From") ?? "";
  const to = response.headers.get("To") ?? "";
  const contact = response.headers.get("Contact");
  return {
    callId: invite.headers.get("Call-ID") ?? "",
    localTag: tagOf(from),
    localUri: uriOf(from),
    remoteTag: tagOf(to),
    remoteUri: uriOf(to),
    target: contact ? uriOf(contact) : invite.uri,
    routes: response.headers.list("Record-Route").reverse(),
    cseq: cseqOf(invite),
    inviteCseq: cseqOf(invite),
    caller: true,
    confirmed: response.status >= 200,
    ended: false,
  };
}

/** The dialog a callee has after answering an INVITE with `localTag` (§12.1.1). */
export function calleeDialog(invite: SipRequest, localTag: string): Dialog {
  const from = invite.headers.get("From") ?? "";
  return {
    callId: invite.headers.get("Call-ID") ?? "",
    localTag,
    localUri: uriOf(invite.headers.get("To") ?? ""),
    remoteTag: tagOf(from),
    remoteUri: uriOf(from),
    target: uriOf(invite.headers.get("Contact") ?? from),
    routes: invite.headers.list("Record-Route"),
    cseq: 0,
    inviteCseq: cseqOf(invite),
    caller: false,
    confirmed: false,
    ended: false,
  };
}

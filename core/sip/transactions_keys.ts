/**
 * Which transaction a message belongs to (RFC 3261 §17.1.3, §17.2.3), as text that is equal exactly
 * when the transactions are.
 *
 * The channel is part of a server transaction's key: a request with somebody else's branch on another
 * channel is another request, so that nobody can cancel or read what is not theirs.
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";
import { parseCSeq } from "./cseq.ts";
import { parseNameAddr } from "./name_addr.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { formatVia, MAGIC_COOKIE, topVia, type Via } from "./via.ts";

const COOKIE = MAGIC_COOKIE.toLowerCase();

/** Keys of an incoming request. */
export interface ServerKeys {
  /** Its own transaction. */
  readonly own: string;
  /** The INVITE transaction with the same branch, which an ACK or CANCEL is about. */
  readonly invite: string;
}

/**
 * Keys of a request. Throws SipParseError if Via, or with an RFC 2543 peer From or CSeq, is unreadable.
 */
export function serverKeys(request: SipRequest, channel: Channel): ServerKeys | undefined {
  const via = topVia(request.headers);
  if (via === undefined) return undefined;
  const branch = via.parameters.get("branch")?.toLowerCase();
  // §17.2.3: "If the branch parameter is present, and starts with the magic cookie ..."; a cookie with
  // nothing behind it identifies nothing.
  const same = branch !== undefined && branch.length > COOKIE.length && branch.startsWith(COOKIE)
    ? `${branch} ${via.host}:${via.port ?? ""} ${flowOf(channel)} `
    : `${oldKey(request, via)} ${flowOf(channel)} `;
  return { own: same + request.method, invite: `${same}INVITE` };
}

/**
 * §17.2.3 for peers of RFC 2543: Request-URI, From tag, Call-ID, CSeq number and top Via. The To tag is
 * left out, as an ACK has that of the response; two requests that differ in nothing else do not occur.
 */
function oldKey(request: SipRequest, via: Via): string {
  const { headers } = request;
  const { number } = parseCSeq(headers.get("CSeq") ?? "");
  const tag = parseNameAddr(headers.get("From") ?? "").parameters.get("tag") ?? "";
  const parts = [request.uri, tag, headers.get("Call-ID") ?? "", number, formatVia(via)];
  return JSON.stringify(parts);
}

/**
 * What stays the same for one neighbour's messages: the connection of a stream, the two addresses of
 * UDP, whose channel may have been forgotten and made anew in between.
 */
export function flowOf({ kind, id, local, remote }: Channel): string {
  return kind === "udp" ? `${local.host} ${local.port} ${remote.host} ${remote.port}` : id;
}

/** Key of a request we send with this branch. Only a CANCEL shares its branch with another request. */
export function clientKey(branch: string, method: string): string {
  return method === "CANCEL" ? `${branch} CANCEL` : branch;
}

/** Key of the request that a response answers; undefined if it has no Via with a branch. */
export function responseKey(response: SipResponse): { key: string; method: string } | undefined {
  const branch = topVia(response.headers)?.parameters.get("branch");
  if (branch === undefined) return undefined;
  const { method } = parseCSeq(response.headers.get("CSeq") ?? "");
  return { key: clientKey(branch, method), method };
}

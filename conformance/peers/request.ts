/**
 * Requests of a peer: out of dialog, within one, ACK and CANCEL.
 *
 * @module
 */
import type { SipRequest } from "../../core/sip/message.ts";
import {
  contentTypeOf,
  crlf,
  givenHeaders,
  type Line,
  mergeLines,
  messageBytes,
} from "./compose.ts";
import { cseqOf } from "./dialog.ts";
import { authorization, type DigestGiven } from "./digest.ts";
import { type Peer, unique } from "./peer.ts";

/** What a vector gives for a request, variables filled in. */
export interface RequestGiven {
  readonly request: string;
  readonly digest?: DigestGiven | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly [key: string]: unknown;
}

/** Methods whose requests carry a Contact. */
const withContact = new Set(["INVITE", "REGISTER", "SUBSCRIBE", "UPDATE", "NOTIFY", "REFER"]);

interface Base {
  readonly uri: string;
  readonly via: string;
  readonly routes: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly tag: string;
}

const encoder = new TextEncoder();

/**
 * The octets of a request from `peer`. A method without URI goes within a dialog: `owner`'s newest one
 * (for ACK and CANCEL: its newest INVITE). Throws when there is none.
 */
export function requestBytes(peer: Peer, given: RequestGiven, owner: Peer = peer): Uint8Array {
  const [method = "", ...uriParts] = given.request.trim().split(/\s+/);
  const uri = uriParts.join(" ");
  const base = uri === "" ? withinDialog(peer, owner, method) : outOfDialog(peer, method, uri);
  const body = typeof given.body === "string"
    ? encoder.encode(crlf(given.body))
    : given.body ?? new Uint8Array(0);
  const lines: Line[] = [["Via", base.via], ["Max-Forwards", "70"]];
  for (const route of base.routes) lines.push(["Route", route]);
  if (peer.level > 0) lines.push(["Route-Security", peer.routeSecurity]);
  lines.push(["From", base.from], ["To", base.to], ["Call-ID", base.callId]);
  lines.push(["CSeq", `${base.cseq} ${method}`]);
  if (withContact.has(method)) lines.push(["Contact", `<${peer.contact}>`]);
  if (given.digest) lines.push(authorization(peer, method, base.uri, given.digest));
  if (
    typeof given.body === "string" && given.body !== "" && !givenHeaders(given).has("content-type")
  ) {
    lines.push(["Content-Type", contentTypeOf(given.body)]);
  }
  lines.push(["Content-Length", String(body.length)]);
  return messageBytes(`${method} ${base.uri} SIP/2.0`, mergeLines(lines, given, base.tag), body);
}

function outOfDialog(peer: Peer, method: string, uri: string): Base {
  const tag = `f${unique()}`;
  const own = method === "REGISTER" ? `<${peer.facts.uri}>` : undefined;
  return {
    uri,
    via: peer.newVia(),
    routes: [],
    from: `<${peer.user ? peer.facts.uri : `sip:harness@${peer.domain}`}>;tag=${tag}`,
    to: own ?? `<${uri.replace(/[;?].*$/, "")}>`,
    callId: `${unique()}@${peer.facts.label}`,
    cseq: ++peer.cseq,
    tag,
  };
}

function withinDialog(peer: Peer, owner: Peer, method: string): Base {
  if (method === "CANCEL") return ofInvite(peer, owner);
  const dialog = owner.dialogOf();
  if (!dialog) {
    throw new Error(`${owner.facts.label} is in no dialog, so "${method}" needs a URI`);
  }
  return {
    uri: dialog.target,
    via: peer.newVia(),
    routes: dialog.routes,
    from: `<${dialog.localUri}>;tag=${dialog.localTag}`,
    to: `<${dialog.remoteUri}>;tag=${dialog.remoteTag}`,
    callId: dialog.callId,
    cseq: method === "ACK" ? dialog.inviteCseq : dialog.cseq + 1,
    tag: dialog.localTag,
  };
}

/** CANCEL: everything as in the INVITE, the newest Via included (§9.1). */
function ofInvite(peer: Peer, owner: Peer): Base {
  const sent = owner.sent.findLast(({ request }) => request.method === "INVITE");
  if (!sent) throw new Error(`${owner.facts.label} has sent no INVITE to cancel`);
  const invite: SipRequest = sent.request;
  return {
    uri: invite.uri,
    via: invite.headers.list("Via")[0] ?? peer.newVia(),
    routes: invite.headers.list("Route"),
    from: invite.headers.get("From") ?? "",
    to: invite.headers.get("To") ?? "",
    callId: invite.headers.get("Call-ID") ?? "",
    cseq: cseqOf(invite),
    tag: "",
  };
}

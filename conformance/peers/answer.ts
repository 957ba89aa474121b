/**
 * Answers of a peer: copied from the request as RFC 3261 §8.2.6 and SM-14 have it, then changed as told.
 *
 * @module
 */
import type { SipRequest } from "../../core/sip/message.ts";
import { reasonPhrase } from "../../core/sip/reasons.ts";
import {
  contentTypeOf,
  crlf,
  givenHeaders,
  type Line,
  mergeLines,
  messageBytes,
} from "./compose.ts";
import { calleeDialog, tagOf } from "./dialog.ts";
import { challengeValue, proofValue } from "./digest.ts";
import type { Link } from "./link.ts";
import type { Peer } from "./peer.ts";

/** What a vector gives for an answer, variables filled in. */
export interface AnswerGiven {
  readonly status?: number | string | undefined;
  readonly reason?: string | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly challenge?: Readonly<Record<string, string | undefined>> | undefined;
  readonly rspauth?:
    | { readonly password?: string; readonly value?: string; readonly omit?: boolean }
    | undefined;
  readonly [key: string]: unknown;
}

const encoder = new TextEncoder();

/** Header fields of a message, folds kept, by canonical key. */
function copied(request: SipRequest, key: string): Line[] {
  return request.headers.fields.filter((field) => field.key === key).map((field) => {
    const raw = field.raw?.slice(field.raw.indexOf(":") + 1).trim();
    return [field.name, raw ?? field.value];
  });
}

/**
 * The octets of an answer to `request`. Notes the dialog that it makes. `password` is what the server
 * the peer plays holds for the account.
 */
export function answerBytes(
  peer: Peer,
  request: SipRequest,
  given: AnswerGiven,
  password: string,
): Uint8Array {
  const status = Number(given.status ?? 200);
  const tag = peer.tagFor(request);
  const to = request.headers.get("To") ?? "";
  const makesDialog = request.method === "INVITE" && status > 100 && status < 300;
  const lines: Line[] = [...copied(request, "via"), ...copied(request, "route-security")];
  if (makesDialog) lines.push(...copied(request, "record-route"));
  lines.push(...copied(request, "from"));
  lines.push(["To", status > 100 && tagOf(to) === "" ? `${to};tag=${tag}` : to]);
  lines.push(...copied(request, "call-id"), ...copied(request, "cseq"));
  if (makesDialog) lines.push(["Contact", `<${peer.contact}>`]);
  if (request.method === "REGISTER" && status < 300 && status >= 200) {
    const expires = request.headers.get("Expires") ?? "3600";
    for (const contact of request.headers.list("Contact")) {
      if (expires !== "0") lines.push(["Contact", withExpires(contact, expires)]);
    }
  }
  if (given.challenge) {
    lines.push(["WWW-Authenticate", challengeValue(peer.domain, given.challenge)]);
  }
  if (given.rspauth && given.rspauth.omit !== true) {
    const credentials = request.headers.get("Authorization") ?? "";
    const held = given.rspauth.password ?? password;
    lines.push(["Authentication-Info", proofValue(credentials, held, given.rspauth)]);
  }
  const body = typeof given.body === "string"
    ? encoder.encode(crlf(given.body))
    : given.body ?? new Uint8Array(0);
  if (
    typeof given.body === "string" && given.body !== "" && !givenHeaders(given).has("content-type")
  ) {
    lines.push(["Content-Type", contentTypeOf(given.body)]);
  }
  lines.push(["Content-Length", String(body.length)]);
  if (makesDialog) noteDialog(peer, request, tag, status);
  const reason = given.reason ?? reasonPhrase(status);
  return messageBytes(`SIP/2.0 ${status} ${reason}`, mergeLines(lines, given, tag), body);
}

function withExpires(contact: string, expires: string): string {
  return /;\s*expires=/i.test(contact) ? contact : `${contact};expires=${expires}`;
}

function noteDialog(peer: Peer, invite: SipRequest, tag: string, status: number): void {
  const callId = invite.headers.get("Call-ID");
  const known = peer.dialogs.find((one) => one.callId === callId);
  const dialog = known ?? calleeDialog(invite, tag);
  if (!known) peer.dialogs.push(dialog);
  dialog.confirmed ||= status >= 200;
}

/** Answers a request on the link it came on. */
export function answer(
  peer: Peer,
  request: SipRequest,
  link: Link,
  given: AnswerGiven,
  password = peer.facts.password,
): void {
  peer.respond(answerBytes(peer, request, given, password), request, link);
}

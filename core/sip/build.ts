/**
 * Messages made here: responses, requests, and the ACK and CANCEL of a client transaction.
 *
 * @module
 */
import { Headers } from "./headers.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";
import { reasonPhrase } from "./reasons.ts";

/** Header fields to add, in order. */
export type HeaderPairs = Iterable<readonly [name: string, value: string]>;

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/** What a response may hold besides what it copies. */
export interface ResponseOptions {
  /** Tag for To, where the request has none; ignored for 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string;
  readonly headers?: HeaderPairs;
  readonly body?: Uint8Array | string;
  /** Needed with a body, for example `application/sdp`. */
  readonly contentType?: string;
}

/** Fields every response takes over (RFC 3261 §8.2.6.2). */
const COPIED = new Set(["via", "from", "to", "call-id", "cseq"]);

/**
 * A response to a request: Via, From, To, Call-ID and CSeq as they came, Route-Security unchanged and
 * in order (SM-14), Record-Route where the response may set up a dialog (§12.1.1), Timestamp for 100
 * (§8.2.6.1). The octets of copied fields are the request's.
 */
export function makeResponse(
  request: SipRequest,
  status: number,
  reason: string = reasonPhrase(status),
  options: ResponseOptions = {},
): SipResponse {
  const dialog = status > 100 && status < 300;
  const headers = new Headers();
  headers.appendFields(
    request.headers.fields.filter(({ key }) =>
      COPIED.has(key) || key === "route-security" || (dialog && key === "record-route") ||
      (status === 100 && key === "timestamp")
    ),
  );
  if (options.toTag !== undefined && status > 100) addTag(headers, options.toTag);
  const response: SipResponse = { kind: "response", status, reason, headers, body: NOTHING };
  return finish(response, options);
}

/**
 * Adds a tag to To unless it has one, or is none that could be written: what was malformed and has a lone
 * CR in it goes back as it came.
 */
function addTag(headers: Headers, tag: string): void {
  const to = headers.get("to");
  if (to !== undefined && !hasTag(to) && !/[\r\n]/.test(to)) headers.set("To", `${to};tag=${tag}`);
}

/** Whether a From or To value has a tag: a parameter after the `>`, or after the bare URI. */
export function hasTag(value: string): boolean {
  let at = 0;
  if (value.charCodeAt(0) === 34) {
    for (at = 1; at < value.length && value[at] !== '"'; at++) if (value[at] === "\\") at++;
  }
  return /;\s*tag\s*=/i.test(value.slice(Math.max(value.indexOf(">", at), at)));
}

/** The parts of a request. */
export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  /** Values as they stand in the message, `<sip:alice@a.test>;tag=1`. */
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  /** Default 70 (§8.1.1.6). */
  readonly maxForwards?: number;
  /** Newest first. The transaction layer adds its own in front. */
  readonly via?: readonly string[];
  readonly route?: readonly string[];
  readonly contact?: string;
  readonly headers?: HeaderPairs;
  readonly body?: Uint8Array | string;
  readonly contentType?: string;
}

/** A request (RFC 3261 §8.1.1). */
export function makeRequest(parts: RequestParts): SipRequest {
  const headers = new Headers();
  for (const via of parts.via ?? []) headers.append("Via", via);
  for (const route of parts.route ?? []) headers.append("Route", route);
  headers.append("Max-Forwards", String(parts.maxForwards ?? 70));
  headers.append("From", parts.from);
  headers.append("To", parts.to);
  headers.append("Call-ID", parts.callId);
  headers.append("CSeq", `${parts.cseq} ${parts.method}`);
  if (parts.contact !== undefined) headers.append("Contact", parts.contact);
  const { method, uri } = parts;
  return finish({ kind: "request", method, uri, headers, body: NOTHING }, parts);
}

/** Adds the caller's headers, the body and Content-Length. */
function finish<M extends SipMessage>(
  message: M,
  options: { headers?: HeaderPairs; body?: Uint8Array | string; contentType?: string },
): M {
  for (const [name, value] of options.headers ?? []) message.headers.append(name, value);
  setBody(message, options.body ?? NOTHING, options.contentType);
  return message;
}

/** Sets body, Content-Type (undefined: left as it is) and Content-Length together. */
export function setBody(
  message: SipMessage,
  body: Uint8Array | string,
  contentType?: string,
): void {
  message.body = typeof body === "string" ? encoder.encode(body) : body;
  if (contentType !== undefined) message.headers.set("Content-Type", contentType);
  message.headers.set("Content-Length", String(message.body.length));
}

/**
 * The ACK of a final response other than 2xx (RFC 3261 §17.1.1.3): Request-URI, Call-ID, From, Route and
 * the newest Via of the INVITE, To of the response. Route-Security goes along, for the link is the same.
 */
export function makeAck(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = hopRequest(invite, "ACK");
  const to = response.headers.field("to");
  if (to) ack.headers.set("To", to.value);
  return ack;
}

/**
 * The CANCEL of a request (RFC 3261 §9.1): Request-URI, Call-ID, To, From, Route and the newest Via of the
 * request. Route-Security goes along, for the link is the same.
 */
export function makeCancel(request: SipRequest): SipRequest {
  return hopRequest(request, "CANCEL");
}

const HOP_FIELDS = new Set(["from", "to", "call-id", "route", "route-security"]);

/** A request of the same transaction hop: one Via, same identifiers, another method. */
function hopRequest(origin: SipRequest, method: string): SipRequest {
  const headers = new Headers();
  const via = origin.headers.clone().removeFirst("via");
  if (via !== undefined) headers.append("Via", via);
  headers.appendFields(origin.headers.fields.filter(({ key }) => HOP_FIELDS.has(key)));
  const number = /[0-9]+/.exec(origin.headers.get("cseq") ?? "")?.[0] ?? "1";
  headers.append("CSeq", `${number} ${method}`);
  headers.append("Max-Forwards", "70");
  headers.append("Content-Length", "0");
  return { kind: "request", method, uri: origin.uri, headers, body: NOTHING };
}

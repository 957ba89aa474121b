/**
 * Dialogs of a user agent (RFC 3261 §12): what both sides of a call remember of each other, and the
 * requests made from it.
 *
 * @module
 */
import { type HeaderPairs, makeRequest } from "./build.ts";
import { parseContactList } from "./contact.ts";
import { parseCSeq } from "./cseq.ts";
import { SipParseError } from "./errors.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { parseNameAddr } from "./name_addr.ts";
import { formatUri } from "./uri.ts";

/** A message that cannot set up the dialog it should. */
export class DialogError extends Error {
  override readonly name = "DialogError";
}

/** Early until a 2xx, then confirmed, and terminated by BYE or by its user. */
export type DialogState = "early" | "confirmed" | "terminated";

/** What a request within the dialog carries besides what the dialog knows. */
export interface DialogRequestOptions {
  readonly contact?: string;
  readonly headers?: HeaderPairs;
  readonly body?: Uint8Array | string;
  readonly contentType?: string;
}

/** What became of a request that came in within the dialog. */
export type DialogReceipt =
  | "accepted"
  /** Its CSeq is lower than one seen before: answer 500 (§12.2.2). */
  | "out of order";

interface DialogParts {
  readonly role: "caller" | "callee";
  readonly callId: string;
  readonly local: string;
  readonly remote: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly routes: readonly string[];
  readonly target: string;
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
}

/** Methods whose Contact replaces the remote target (§12.2, RFC 3311 §5.1). */
const REFRESHING = new Set(["INVITE", "UPDATE"]);

/** One side of a dialog. */
export class Dialog {
  readonly role: "caller" | "callee";
  readonly callId: string;
  /** From of the requests we send, tag and all. */
  readonly local: string;
  /** To of the requests we send, tag and all. */
  readonly remote: string;
  readonly localTag: string;
  readonly remoteTag: string;
  state: DialogState = "early";
  #routes: readonly string[];
  #target: string;
  #localSequence: number;
  #remoteSequence: number | undefined;

  private constructor(parts: DialogParts) {
    this.role = parts.role;
    this.callId = parts.callId;
    this.local = parts.local;
    this.remote = parts.remote;
    this.localTag = parts.localTag;
    this.remoteTag = parts.remoteTag;
    this.#routes = parts.routes;
    this.#target = parts.target;
    this.#localSequence = parts.localSequence;
    this.#remoteSequence = parts.remoteSequence;
  }

  /**
   * The caller's side, from an INVITE and a response to it with a To tag (§12.1.2).
   *
   * @throws {DialogError} if the response has no To tag or no Contact, or one of them is unreadable
   */
  static ofCaller(request: SipRequest, response: SipResponse): Dialog {
    const local = header(request, "From");
    const remote = header(response, "To");
    const dialog = new Dialog({
      role: "caller",
      callId: header(request, "Call-ID"),
      local,
      remote,
      localTag: tagOf(local, "From") ?? "",
      remoteTag: needed(tagOf(remote, "To"), "the response has no To tag"),
      routes: response.headers.list("Record-Route").reverse(),
      target: contactOf(response),
      localSequence: sequenceOf(request),
      remoteSequence: undefined,
    });
    if (response.status >= 200) dialog.state = "confirmed";
    return dialog;
  }

  /**
   * The callee's side, from an INVITE and our response to it, with a To tag (§12.1.1).
   *
   * @throws {DialogError} if the request has no Contact, or the response no To tag
   */
  static ofCallee(request: SipRequest, response: SipResponse): Dialog {
    const local = header(response, "To");
    const remote = header(request, "From");
    const dialog = new Dialog({
      role: "callee",
      callId: header(request, "Call-ID"),
      local,
      remote,
      localTag: needed(tagOf(local, "To"), "the response has no To tag"),
      remoteTag: tagOf(remote, "From") ?? "",
      routes: request.headers.list("Record-Route"),
      target: contactOf(request),
      localSequence: 0,
      remoteSequence: sequenceOf(request),
    });
    if (response.status >= 200) dialog.state = "confirmed";
    return dialog;
  }

  /** Equal for the same dialog seen from the same side; see {@link dialogIdOf}. */
  get id(): string {
    return dialogId(this.callId, this.localTag, this.remoteTag);
  }

  /** Where the other side wants its requests: the Request-URI, unless a strict router comes first. */
  get target(): string {
    return this.#target;
  }

  /** Route values, in order. */
  get routes(): readonly string[] {
    return this.#routes;
  }

  /** CSeq number of our latest request. */
  get localSequence(): number {
    return this.#localSequence;
  }

  /**
   * The 2xx of the caller's INVITE: the dialog is confirmed, with the route set and remote target of
   * this response (§13.2.2.4).
   */
  confirm(response: SipResponse): void {
    if (this.state === "early") {
      this.#routes = response.headers.list("Record-Route").reverse();
      this.#target = contactOf(response);
      this.state = "confirmed";
    }
  }

  /** A request within the dialog, CSeq one higher (§12.2.1.1). Not for ACK and CANCEL. */
  request(method: string, options: DialogRequestOptions = {}): SipRequest {
    return this.#make(method, ++this.#localSequence, options);
  }

  /** The ACK of a 2xx: the CSeq number is the INVITE's, the rest the dialog's (§13.2.2.4). */
  ack(invite: SipRequest, options: DialogRequestOptions = {}): SipRequest {
    const credentials = invite.headers.fields.filter(({ key }) =>
      key === "authorization" || key === "proxy-authorization"
    );
    const ack = this.#make("ACK", sequenceOf(invite), options);
    ack.headers.appendFields(credentials);
    return ack;
  }

  /**
   * Takes a request of the other side: checks its order and, where it refreshes the target, takes over
   * its Contact (§12.2.2). An ACK has the number of its INVITE and is never out of order.
   */
  receive(request: SipRequest): DialogReceipt {
    if (request.method === "ACK") return "accepted";
    const sequence = sequenceOf(request);
    if (this.#remoteSequence !== undefined && sequence <= this.#remoteSequence) {
      return "out of order";
    }
    this.#remoteSequence = sequence;
    if (REFRESHING.has(request.method)) this.#refresh(request);
    return "accepted";
  }

  /** Takes the 2xx to our own refreshing request within the dialog: a new remote target (§12.2.1.2). */
  refreshed(response: SipResponse): void {
    if (response.status >= 200 && response.status < 300) this.#refresh(response);
  }

  #refresh(message: SipRequest | SipResponse): void {
    if (message.headers.has("Contact")) this.#target = contactOf(message);
  }

  #make(method: string, cseq: number, options: DialogRequestOptions): SipRequest {
    const { uri, route } = this.#way();
    const { local: from, remote: to, callId } = this;
    return makeRequest({ ...options, method, uri, route, from, to, callId, cseq });
  }

  /** §12.2.1.1: Request-URI and Route for a loose router, or a strict one, at the head of the routes. */
  #way(): { uri: string; route: string[] } {
    const [first, ...rest] = this.#routes;
    if (first === undefined) return { uri: this.#target, route: [] };
    const { uri } = readable(() => parseNameAddr(first), "Record-Route");
    if (uri.kind !== "sip" || uri.parameters.has("lr")) {
      return { uri: this.#target, route: [...this.#routes] };
    }
    // "the UAC MUST place the first URI from the route set into the Request-URI, stripping any
    // parameters that are not allowed in a Request-URI", which are method and URI headers (§19.1.1).
    const stripped = { ...uri, headers: [], parameters: uri.parameters.clone().delete("method") };
    return { uri: formatUri(stripped), route: [...rest, `<${this.#target}>`] };
  }
}

/** Names a dialog as one side sees it. */
export function dialogId(callId: string, localTag: string, remoteTag: string): string {
  return JSON.stringify([callId, localTag, remoteTag]);
}

/**
 * The dialog a received message belongs to, as its receiver names it (§12): of a request our tag is in
 * To, of a response in From. Undefined if a tag is missing or the header unreadable.
 */
export function dialogIdOf(message: SipRequest | SipResponse): string | undefined {
  try {
    const from = tagOf(header(message, "From"), "From");
    const to = tagOf(header(message, "To"), "To");
    if (from === undefined || to === undefined) return undefined;
    const callId = header(message, "Call-ID");
    return message.kind === "request" ? dialogId(callId, to, from) : dialogId(callId, from, to);
  } catch (error) {
    if (error instanceof DialogError) return undefined;
    throw error;
  }
}

function header(message: SipRequest | SipResponse, name: string): string {
  return needed(message.headers.get(name), `the ${message.kind} has no ${name}`);
}

function needed(value: string | undefined, what: string): string {
  if (value === undefined) throw new DialogError(`No dialog: ${what}`);
  return value;
}

function tagOf(value: string, name: string): string | undefined {
  return readable(() => parseNameAddr(value), name).parameters.get("tag");
}

function sequenceOf(request: SipRequest): number {
  return readable(() => parseCSeq(header(request, "CSeq")), "CSeq").number;
}

/** URI of the one Contact (§12.1.1: "a SIP or SIPS URI"). */
function contactOf(message: SipRequest | SipResponse): string {
  const value = header(message, "Contact");
  const list = readable(() => parseContactList(value), "Contact");
  const uri = list === "*" ? undefined : list[0]?.uri;
  if (uri?.kind !== "sip" || list.length !== 1) {
    throw new DialogError(`No dialog: Contact is not one SIP URI: ${value}`);
  }
  return formatUri(uri);
}

function readable<T>(read: () => T, name: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw new DialogError(`No dialog: ${name}: ${error.message}`);
  }
}

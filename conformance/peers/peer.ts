/**
 * A peer the harness plays, terminal or session manager: sends what it is told, keeps what it gets, and
 * does by itself only what SIP needs to go on (ACK of a refusal, answers to the harness's own barriers).
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import { formatHost } from "../../core/net/address.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { SipMessage, SipRequest, SipResponse } from "../../core/sip/message.ts";
import { parseMessage } from "../../core/sip/parse.ts";
import { serializeMessage } from "../../core/sip/serialize.ts";
import { makeAck } from "../../core/sip/build.ts";
import { parametersOf } from "../match/text.ts";
import { callerDialog, cseqMethod, cseqOf, type Dialog, tagOf } from "./dialog.ts";
import { Inbox } from "./inbox.ts";
import type { Link, LinkEvents, LinkKind } from "./link.ts";
import type { Recorder } from "./recorder.ts";

/** A request the peer sent, and how far its answer has come. */
export interface Sent {
  readonly request: SipRequest;
  readonly link: Link;
  /** The final response, once there is one. */
  final?: SipResponse;
  /** Nobody waits for an answer any more. */
  givenUp?: boolean;
}

/** Who a peer is. */
export interface PeerIdentityFacts {
  /** Its name in the vector. */
  readonly label: string;
  /** `sip:user-a@abc.test`, or for a session manager `sip:xyz.test`. */
  readonly uri: string;
  readonly kind: LinkKind;
  /** Canonical IP address it sends from. */
  readonly host: string;
  readonly password: string;
}

/** Handles a message before the inbox sees it; true when it is dealt with. */
export type Hook = (message: SipMessage, link: Link, peer: Peer) => boolean;

let serial = 0;

/** Text that is unique in this process; harmless in any place of a SIP message. */
export function unique(): string {
  return (serial++).toString(36).padStart(6, "0");
}

/** A peer. */
export class Peer {
  readonly inbox: Inbox;
  readonly links = new Set<Link>();
  /** The link requests go out on. */
  link: Link | undefined;
  readonly sent: Sent[] = [];
  readonly dialogs: Dialog[] = [];
  /** Values of the last challenge's WWW-Authenticate or Proxy-Authenticate. */
  challenge: { readonly header: string; readonly values: readonly string[] } | undefined;
  /** The correct proof of the server for the last Authorization. */
  rspauth: string | undefined;
  registered = false;
  /** Where it listens, if it does. */
  bound: Address | undefined;
  /** As a server: the password it holds for the terminal. */
  held = "";
  /** The link the last message came on that a step took. */
  lastLink: Link | undefined;
  lastReceived: SipMessage | undefined;
  lastSent: SipMessage | undefined;
  readonly hooks: Hook[] = [];
  /** CSeq counter outside dialogs. */
  cseq = 0;
  readonly #tags = new Map<string, string>();
  /** INVITEs this peer refused: their ACKs end the transaction and are no message of their own. */
  readonly #refused = new Set<string>();
  readonly #nonces = new Map<string, number>();
  readonly #seen = new Map<string, Uint8Array | undefined>();

  constructor(
    public facts: PeerIdentityFacts,
    public runtime: Runtime,
    readonly recorder: Recorder,
  ) {
    this.inbox = new Inbox(runtime.clock);
  }

  /** What links report to. */
  readonly events: LinkEvents = {
    message: (message, link) => this.#receive(message, link),
    malformed: (what, link) => {
      this.recorder.event("iut", this.facts.label, `malformed: ${what}`);
      this.inbox.add({ message: undefined, malformed: what, link, taken: false, answered: false });
    },
    closed: (link) => {
      if (this.links.delete(link)) {
        this.recorder.event("iut", this.facts.label, `${link.kind} channel closed`);
      }
      if (this.link === link) this.link = undefined;
      this.inbox.wake();
    },
  };

  /** Takes a link as its own; the newest is the one requests go out on. */
  adopt(link: Link, outgoing = true): void {
    this.links.add(link);
    if (outgoing || !this.link?.open) this.link = link;
    if (outgoing) this.lastLink = undefined;
  }

  /** The link to send on. Throws when there is none. */
  get channel(): Link {
    const link = this.link?.open ? this.link : [...this.links].find((one) => one.open);
    if (!link) throw new Error(`${this.facts.label} has no open channel`);
    return link;
  }

  /** Address its side of the channel has, or will have. */
  get address(): Address {
    return this.link?.local ?? this.bound ?? { host: this.facts.host, port: 0 };
  }

  /** Level of the link as a well-behaved peer sees it. */
  get level(): 0 | 3 {
    return this.facts.kind === "tls" ? 3 : 0;
  }

  /** Its own correct Route-Security value. */
  get routeSecurity(): string {
    return `[${this.address.host}];level=${this.level}`;
  }

  /** User part of its name; empty for a session manager. */
  get user(): string {
    const match = /^sips?:([^@]*)@/.exec(this.facts.uri);
    return match?.[1] ?? "";
  }

  /** Domain of its name. */
  get domain(): string {
    return this.facts.uri.replace(/^sips?:(?:[^@]*@)?/, "").replace(/[;?].*$/, "");
  }

  /** URI it is reached at. */
  get contact(): string {
    const { host, port } = this.address;
    const user = this.user ? `${this.user}@` : "";
    return `sip:${user}${formatHost(host)}:${port};transport=${this.facts.kind}`;
  }

  /** A Via value with a new branch. */
  newVia(branch = `z9hG4bK-${unique()}`): string {
    const { host, port } = this.address;
    const transport = this.facts.kind.toUpperCase();
    const rport = this.facts.kind === "udp" ? ";rport" : "";
    return `SIP/2.0/${transport} ${formatHost(host)}:${port};branch=${branch}${rport}`;
  }

  /** How often a nonce has been used, this time included, as `nc` has it. */
  nonceCount(nonce: string): string {
    const count = (this.#nonces.get(nonce) ?? 0) + 1;
    this.#nonces.set(nonce, count);
    return count.toString(16).padStart(8, "0");
  }

  /** The tag this peer uses towards a caller, the same for the whole call. */
  tagFor(request: SipRequest): string {
    const key = request.headers.get("Call-ID") ?? "";
    const known = this.#tags.get(key);
    if (known) return known;
    const made = `t${unique()}`;
    this.#tags.set(key, made);
    return made;
  }

  /** Sends octets, and remembers the message they are, if they are one. */
  send(bytes: Uint8Array, link: Link = this.channel): SipMessage | undefined {
    const parsed = parseMessage(bytes, { mode: "tolerant" });
    const message = parsed.ok ? parsed.message : parsed.partial;
    if (message) {
      this.recorder.message(this.facts.label, "iut", message);
      this.lastSent = message;
      if (message.kind === "request") this.#remember(message, link);
    } else this.recorder.event(this.facts.label, "iut", `${bytes.length} octets`);
    link.send(bytes);
    return message;
  }

  #remember(request: SipRequest, link: Link): void {
    if (request.method !== "ACK") this.sent.push({ request, link });
    const dialog = this.dialogOf(request.headers.get("Call-ID"));
    if (!dialog) return;
    if (request.method !== "ACK" && request.method !== "CANCEL") {
      dialog.cseq = Math.max(dialog.cseq, cseqOf(request));
      if (request.method === "INVITE") dialog.inviteCseq = cseqOf(request);
    }
  }

  /** Sends a response and notes the request as answered. */
  respond(bytes: Uint8Array, request: SipRequest, link: Link): SipMessage | undefined {
    const message = this.send(bytes, link.open ? link : this.channel);
    if (message?.kind === "response" && message.status >= 300 && request.method === "INVITE") {
      this.#refused.add(transactionOf(request));
    }
    if (message?.kind === "response" && message.status >= 200) {
      const received = this.inbox.all.find((one) => one.message === request);
      if (received) received.answered = true;
      if (link.kind === "udp") this.#seen.set(keyOf(request), bytes);
    }
    return message;
  }

  /** The newest dialog, or the one with this Call-ID. */
  dialogOf(callId?: string): Dialog | undefined {
    return callId === undefined
      ? this.dialogs.findLast((one) => !one.ended) ?? this.dialogs.at(-1)
      : this.dialogs.findLast((one) => one.callId === callId);
  }

  /** The request a response answers. */
  sentFor(response: SipResponse): Sent | undefined {
    const number = cseqOf(response);
    const method = cseqMethod(response);
    const callId = response.headers.get("Call-ID");
    return this.sent.findLast(({ request }) =>
      (cseqMethod(request) || request.method) === method && cseqOf(request) === number &&
      request.headers.get("Call-ID") === callId
    );
  }

  #receive(message: SipMessage, link: Link): void {
    this.lastReceived = message;
    if (message.kind === "request" && link.kind === "udp" && this.#isRepeated(message, link)) {
      return;
    }
    if (this.hooks.some((hook) => hook(message, link, this))) return;
    this.recorder.message("iut", this.facts.label, message);
    const sent = message.kind === "response" ? this.sentFor(message) : undefined;
    if (message.kind === "response" && !this.#follow(message, sent, link)) return;
    if (message.kind === "request" && message.method === "BYE") {
      const dialog = this.dialogOf(message.headers.get("Call-ID"));
      if (dialog && tagOf(message.headers.get("To")) === dialog.localTag) dialog.ended = true;
    }
    const ended = message.kind === "request" && message.method === "ACK";
    if (ended && this.#refused.has(transactionOf(message))) return;
    this.inbox.add({ message, link, taken: false, answered: ended });
  }

  /** UDP: a request that came before is answered as before and not shown again. */
  #isRepeated(request: SipRequest, link: Link): boolean {
    const key = keyOf(request);
    if (!this.#seen.has(key)) {
      this.#seen.set(key, undefined);
      return false;
    }
    const before = this.#seen.get(key);
    if (before) link.send(before);
    return true;
  }

  /** Keeps track of transactions and dialogs; false for a repeated response. */
  #follow(response: SipResponse, sent: Sent | undefined, link: Link): boolean {
    if (!sent) return true;
    const { request } = sent;
    const repeated = sent.final !== undefined && sent.final.status === response.status &&
      tagOf(sent.final.headers.get("To")) === tagOf(response.headers.get("To"));
    if (request.method === "INVITE" && response.status >= 300) {
      this.#acknowledge(request, response, link);
    }
    if (repeated && link.kind === "udp") return false;
    if (response.status >= 200) sent.final ??= response;
    if (response.status === 401 || response.status === 407) {
      const header = response.status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
      this.challenge = { header, values: response.headers.getAll(header) };
    }
    if (request.method === "INVITE" && response.status > 100 && response.status < 300) {
      this.#noteDialog(request, response);
    }
    if (request.method === "BYE" && response.status < 300 && response.status >= 200) {
      const dialog = this.dialogOf(request.headers.get("Call-ID"));
      if (dialog) dialog.ended = true;
    }
    return true;
  }

  #acknowledge(invite: SipRequest, response: SipResponse, link: Link): void {
    const ack = makeAck(invite, response);
    if (!link.open) return;
    this.recorder.message(this.facts.label, "iut", ack);
    link.send(serializeMessage(ack));
  }

  #noteDialog(invite: SipRequest, response: SipResponse): void {
    const tag = tagOf(response.headers.get("To"));
    if (tag === "") return;
    const made = callerDialog(invite, response);
    const known = this.dialogs.find((one) => one.callId === made.callId);
    if (!known) {
      this.dialogs.push(made);
      return;
    }
    // A re-INVITE or a later response: target and, until confirmed, routes are taken anew.
    known.target = made.target;
    if (!known.confirmed && known.caller) {
      known.routes = made.routes;
      known.remoteTag = made.remoteTag;
    }
    known.confirmed ||= made.confirmed;
  }
}

/** What an INVITE and the ACK of its refusal have in common. */
function transactionOf(request: SipRequest): string {
  const via = request.headers.list("Via")[0] ?? "";
  const number = cseqOf(request);
  return `${parametersOf(via).get("branch")}|${request.headers.get("Call-ID")}|${number}`;
}

/** What tells requests apart (RFC 3261 §17.2.3). */
function keyOf(request: SipRequest): string {
  const via = request.headers.list("Via")[0] ?? "";
  const branch = parametersOf(via).get("branch") ?? via;
  return `${branch}|${request.method}|${request.headers.get("CSeq")}`;
}

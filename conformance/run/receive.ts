/**
 * `<peer> receives`: takes the next message and judges it.
 *
 * @module
 */
import type { SipMessage } from "../../core/sip/message.ts";
import { canonicalKey } from "../../core/sip/header_names.ts";
import type { Matcher, ReceiveValue } from "../format/message.ts";
import { isHeaderKey, milliseconds } from "../format/message.ts";
import { matchFields, matchText, type Mismatch } from "../match/match.ts";
import { cseqMethod, cseqOf } from "../peers/dialog.ts";
import type { Received } from "../peers/inbox.ts";
import type { Peer, Sent } from "../peers/peer.ts";
import type { CaseContext } from "./context.ts";
import { Failure } from "./failure.ts";
import { messageValue } from "./scope.ts";

const decoder = new TextDecoder();

/** A message in a line. */
export function messageText(message: SipMessage): string {
  return message.kind === "request"
    ? `${message.method} ${message.uri}`
    : `${message.status} ${message.reason} to ${cseqMethod(message)}`;
}

/** What is expected, in a line. */
export function expectationText(value: ReceiveValue): string {
  const first = value.request !== undefined
    ? `request ${value.request}`
    : value.status !== undefined
    ? `response ${value.status}${value.to ? ` to ${value.to}` : ""}`
    : "a message";
  return first;
}

/** What is expected of a message, variables filled in. */
export interface Expectation {
  readonly value: ReceiveValue;
  readonly should: ReceiveValue | undefined;
}

/**
 * Takes the next message that `meant` selects, and matches it. The expectation is asked for once the message
 * is there, as it may speak of the link that it came on. Throws {@link Failure}.
 */
export async function receive(
  context: CaseContext,
  peer: Peer,
  meant: ReceiveValue,
  expectation: () => Expectation,
): Promise<void> {
  const wanted = expectationText(meant);
  const limit = meant.within === undefined
    ? context.times.timeoutMilliseconds
    : milliseconds(meant.within);
  const fits = filter(peer, meant);
  const found = await peer.inbox.until(() => peer.inbox.find(fits) !== undefined, limit);
  const received = peer.inbox.find(fits);
  if (!found || !received) throw new Failure(wanted, missing(peer, limit));
  received.taken = true;
  peer.lastLink = received.link;
  const { message } = received;
  if (!message) throw new Failure(wanted, `octets that are no SIP message: ${received.malformed}`);
  const { value, should } = expectation();
  const captured: [string, string][] = [];
  const capture = (name: string, text: string) => void captured.push([name, text]);
  const wrong = matchMessage(message, value, capture);
  if (wrong) throw new Failure(wrong.expected, wrong.got);
  if (value.as !== undefined) context.kept.set(value.as, messageValue(message));
  for (const [name, text] of captured) context.kept.set(name, text);
  const deviation = should && matchMessage(message, should, () => {});
  if (deviation) {
    context.remarks.push(`recommended: ${deviation.expected}, got: ${deviation.got}`);
  }
}

function missing(peer: Peer, limit: number): string {
  const waiting = peer.inbox.all.filter((one) => !one.taken)
    .map((one) => one.message ? messageText(one.message) : "octets that are no SIP message");
  const other = waiting.length > 0 ? `, but ${waiting.slice(0, 3).join(", ")}` : "";
  const closed = peer.links.size === 0 ? "; the channel is closed" : "";
  return `nothing of the kind within ${limit} ms${other}${closed}`;
}

/** Which messages of the inbox the step is about. */
function filter(peer: Peer, value: ReceiveValue): (received: Received) => boolean {
  const wantsRequest = value.request !== undefined;
  const wantsResponse = value.status !== undefined || value.to !== undefined;
  const target = wantsResponse ? targetOf(peer, value.to) : undefined;
  const trying = String(value.status) === "100";
  return ({ message }) => {
    if (!message) return true;
    if (message.kind === "request") return wantsRequest || !wantsResponse;
    if (wantsRequest) return false;
    if (message.status === 100 && !trying) return false;
    return !target || isAnswerTo(message, target);
  };
}

function targetOf(peer: Peer, method: string | undefined): Sent | undefined {
  return peer.sent.findLast(({ request }) => method === undefined || request.method === method);
}

function isAnswerTo(message: SipMessage, { request }: Sent): boolean {
  // What the request's CSeq says, as a vector may let it differ from the method.
  return cseqMethod(message) === (cseqMethod(request) || request.method) &&
    cseqOf(message) === cseqOf(request) &&
    message.headers.get("Call-ID") === request.headers.get("Call-ID");
}

/** Matches a message. */
export function matchMessage(
  message: SipMessage,
  value: ReceiveValue,
  capture: (name: string, text: string) => void,
): Mismatch | undefined {
  const wrong = matchStart(message, value);
  if (wrong) return wrong;
  if (value.reason !== undefined && message.kind === "response") {
    const mismatch = matchText(value.reason, message.reason, capture);
    if (mismatch) return named("reason phrase", mismatch, message);
  }
  for (const [name, matcher] of headerMatchers(value)) {
    const fields = message.headers.fields.filter(({ key }) => key === canonicalKey(name))
      .map((field) => field.value);
    const mismatch = matchFields(matcher, fields, capture);
    if (mismatch) return named(name, mismatch, message);
  }
  if (value.body !== undefined) {
    const text = decoder.decode(message.body);
    const body = typeof value.body === "string" ? sameBreaks(value.body) : value.body;
    const mismatch = body === "absent"
      ? text === "" ? undefined : { expected: "absent", got: text }
      : matchText(body, sameBreaks(text), capture);
    if (mismatch) return named("body", mismatch, message);
  }
  return undefined;
}

function sameBreaks(text: string): string {
  return text.replace(/\r\n/g, "\n");
}

function named(name: string, { expected, got }: Mismatch, message: SipMessage): Mismatch {
  return { expected: `${name}: ${expected}`, got: `${got} (in ${messageText(message)})` };
}

function headerMatchers(value: ReceiveValue): [string, Matcher][] {
  const given = Object.entries(value).filter(([key]) => isHeaderKey(key)) as [string, Matcher][];
  return [...given, ...Object.entries(value.headers ?? {})];
}

function matchStart(message: SipMessage, value: ReceiveValue): Mismatch | undefined {
  const got = messageText(message);
  if (value.request !== undefined) {
    const [method = "", ...rest] = value.request.trim().split(/\s+/);
    const uri = rest.join(" ");
    const right = message.kind === "request" && message.method === method &&
      (uri === "" || matchText(uri, message.uri, () => {}) === undefined);
    return right ? undefined : { expected: `request ${value.request}`, got };
  }
  if (value.status !== undefined) {
    const right = message.kind === "response" && statusFits(value.status, message.status);
    if (right) return undefined;
    const reason = message.headers.get("Reason");
    return {
      expected: `response ${value.status}`,
      got: reason ? `${got} (Reason: ${reason})` : got,
    };
  }
  return undefined;
}

/** Whether a status is one that is allowed. */
export function statusFits(allowed: number | string | readonly number[], status: number): boolean {
  if (Array.isArray(allowed)) return allowed.includes(status);
  return matchText(allowed as number | string, String(status), () => {}) === undefined;
}

/**
 * Proof that nothing is on its way: a message on the same ordered path, which must arrive after anything
 * sent before it. Time is the last resort.
 *
 * @module
 */
import type { SipMessage } from "../../core/sip/message.ts";
import { answer } from "../peers/answer.ts";
import type { Link } from "../peers/link.ts";
import { type Peer, unique } from "../peers/peer.ts";
import { requestBytes } from "../peers/request.ts";
import type { CaseContext } from "./context.ts";

const mark = "barrier-";

/** Call-IDs of barrier requests that have arrived, by peer. */
const arrived = new WeakMap<Peer, Set<string>>();

/** Answers to barrier requests, by Call-ID. */
const answers = new WeakMap<Peer, Map<string, number>>();

/** Whether a message is the harness's own barrier. */
function isBarrier(message: SipMessage): boolean {
  return message.headers.get("Call-ID")?.startsWith(mark) ?? false;
}

/** Lets a peer deal with barriers by itself; the inbox never sees them. */
export function installBarrier(peer: Peer): void {
  const seen = new Set<string>();
  const answered = new Map<string, number>();
  arrived.set(peer, seen);
  answers.set(peer, answered);
  peer.hooks.push((message: SipMessage, link: Link) => {
    if (!isBarrier(message)) return false;
    const callId = message.headers.get("Call-ID") ?? "";
    if (message.kind === "request") {
      seen.add(callId);
      quietly(peer, () => answer(peer, message, link, { status: 200 }));
    } else if (message.status >= 200) answered.set(callId, message.status);
    peer.inbox.wake();
    return true;
  });
}

/** Barriers are not part of the case: the peer's memory stays as it was. */
function quietly(peer: Peer, act: () => void): void {
  const { phase } = peer.recorder;
  const { lastSent } = peer;
  peer.recorder.phase = "barrier";
  try {
    act();
  } finally {
    peer.recorder.phase = phase;
    peer.lastSent = lastSent;
  }
}

/** Sends a barrier request; its Call-ID. */
function send(peer: Peer, request: string): string {
  const callId = `${mark}${unique()}@${peer.facts.label}`;
  quietly(peer, () => {
    const cseq = peer.cseq;
    peer.send(requestBytes(peer, { request, "Call-ID": callId }));
    peer.cseq = cseq + 1;
    const index = peer.sent.findIndex((one) => one.request.headers.get("Call-ID") === callId);
    if (index >= 0) peer.sent.splice(index, 1);
  });
  return callId;
}

async function answered(context: CaseContext, peer: Peer, callId: string): Promise<number> {
  const known = answers.get(peer)!;
  await peer.inbox.until(() => known.has(callId) || !peer.link?.open, limit(context));
  return known.get(callId) ?? 0;
}

function limit(context: CaseContext): number {
  return context.times.timeoutMilliseconds;
}

function nameOf(peer: Peer): string {
  return peer.user ? peer.facts.uri : `sip:harness@${peer.domain}`;
}

function canBeReached(peer: Peer): boolean {
  return peer.user === "" || peer.registered;
}

/** From `sender` through the IUT to `receiver`; whether it arrived. */
async function through(context: CaseContext, sender: Peer, receiver: Peer): Promise<boolean> {
  if (!sender.link?.open || !canBeReached(receiver)) return false;
  const callId = send(sender, `MESSAGE ${nameOf(receiver)}`);
  const seen = arrived.get(receiver)!;
  const refused = answers.get(sender)!;
  const over = () => seen.has(callId) || (refused.get(callId) ?? 0) >= 300;
  const [first, second] = [sender, receiver].map((peer) => peer.inbox.until(over, limit(context)));
  await Promise.race([first, second]);
  if (!seen.has(callId)) return false;
  if (sender !== receiver) await answered(context, sender, callId);
  return true;
}

/** A question to the IUT itself, which it answers after what came before. */
async function asked(context: CaseContext, peer: Peer): Promise<boolean> {
  if (!peer.link?.open) return false;
  const target = peerTarget(context, peer);
  return await answered(context, peer, send(peer, `OPTIONS ${target}`)) > 0;
}

function peerTarget(context: CaseContext, peer: Peer): string {
  const { iut } = context;
  if (iut.role === "session-manager") {
    const place = Object.values(iut.servers).find((one) => one.domain === peer.domain) ??
      Object.values(iut.servers)[0];
    return `sip:${place?.domain ?? peer.domain}`;
  }
  return context.planned.terminal?.name ?? "sip:user-b@abc.test";
}

/**
 * Makes sure that whatever the IUT was going to send to `peer` by now has arrived. Notes in the
 * case's evidence how.
 */
export async function barrier(context: CaseContext, peer: Peer): Promise<void> {
  const note = (how: string) =>
    context.evidence.add(`nothing more reached ${peer.facts.label}: ${how}`);
  const { actor, iut } = context;
  const label = peer.facts.label;
  if (iut.role === "session-manager") {
    if (actor && actor !== peer && await through(context, actor, peer)) {
      return void note(`barrier MESSAGE from ${actor.facts.label} through the IUT to ${label}`);
    }
    if (actor && actor !== peer && actor.link?.open) await asked(context, actor);
    if (await through(context, peer, peer)) {
      return void note(`barrier MESSAGE from ${label} through the IUT to itself`);
    }
    for (const other of context.peers.values()) {
      if (other === peer || other === actor || !other.registered) continue;
      if (await through(context, other, peer)) {
        return void note(`barrier MESSAGE from ${other.facts.label} through the IUT to ${label}`);
      }
    }
  }
  if (await asked(context, peer)) return void note(`OPTIONS of ${label} answered by the IUT`);
  await context.wait(context.times.quietMilliseconds);
  note(`${context.times.quietMilliseconds} ms of silence; no barrier is possible`);
}

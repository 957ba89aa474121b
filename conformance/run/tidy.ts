/**
 * Finishes what a control or a case left open, so that what comes next starts from rest.
 *
 * @module
 */
import type { SipRequest } from "../../core/sip/message.ts";
import { answer } from "../peers/answer.ts";
import type { Peer } from "../peers/peer.ts";
import { requestBytes } from "../peers/request.ts";
import type { CaseContext } from "./context.ts";

/**
 * Answers requests nobody answered (486 to an INVITE, 200 to the rest), acknowledges and ends dialogs,
 * and empties the inboxes. False when something did not come to an end within `limit` milliseconds.
 */
export async function tidy(
  context: CaseContext,
  limit = context.times.timeoutMilliseconds,
): Promise<boolean> {
  const before = context.recorder.phase;
  context.recorder.phase = "tidy";
  try {
    const peers = [...context.peers.values()];
    let settled = await settleRequests(peers, limit);
    for (const peer of peers) settled = endDialogs(peer) && settled;
    settled = await settleRequests(peers, limit) && settled;
    for (const peer of peers) for (const received of peer.inbox.all) received.taken = true;
    return settled;
  } finally {
    context.recorder.phase = before;
  }
}

/** Answers until no peer waits for a final response. */
async function settleRequests(peers: readonly Peer[], limit: number): Promise<boolean> {
  const end = peers[0] ? peers[0].inbox.clock.now() + limit : 0;
  for (const peer of peers) answerAll(peer);
  for (const peer of peers) {
    const waiting = () => peer.sent.some((one) => !one.final && !one.givenUp && one.link.open);
    while (waiting()) {
      const left = end - peer.inbox.clock.now();
      if (left <= 0) {
        for (const one of peers) for (const sent of one.sent) sent.givenUp = true;
        return false;
      }
      for (const other of peers) answerAll(other);
      const seen = peers.map((one) => one.inbox.all.length).join();
      const news = () => !waiting() || peers.map((one) => one.inbox.all.length).join() !== seen;
      await Promise.race(peers.map((one) => one.inbox.until(news, left)));
    }
  }
  for (const peer of peers) answerAll(peer);
  return true;
}

function answerAll(peer: Peer): void {
  for (const received of peer.inbox.all) {
    const { message, link } = received;
    if (message?.kind !== "request" || received.answered || message.method === "ACK") continue;
    received.answered = true;
    if (!link.open) continue;
    answer(peer, message, link, { status: statusFor(message) });
  }
}

/** An INVITE that has been cancelled or that nobody answered is busy; all else is fine. */
function statusFor(request: SipRequest): number {
  return request.method === "INVITE" ? 486 : 200;
}

/** The caller's side of every dialog says BYE; where it has no channel, the other side does. */
function endDialogs(peer: Peer): boolean {
  let settled = true;
  for (const dialog of peer.dialogs) {
    if (dialog.ended || !dialog.confirmed) continue;
    dialog.ended = true;
    if (!dialog.caller || !peer.link?.open) continue;
    const invite = peer.sent.findLast(({ request }) =>
      request.method === "INVITE" && request.headers.get("Call-ID") === dialog.callId
    );
    if (!invite?.final || invite.final.status >= 300) continue;
    dialog.ended = false;
    try {
      // An ACK too many does no harm, one too few keeps the callee waiting.
      peer.send(requestBytes(peer, { request: "ACK" }));
      peer.send(requestBytes(peer, { request: "BYE" }));
    } catch {
      settled = false;
    }
    dialog.ended = true;
  }
  return settled;
}

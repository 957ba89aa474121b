/**
 * Peers connect, close and move.
 *
 * @module
 */
import type { RebindValue } from "../format/step.ts";
import type { Peer } from "../peers/peer.ts";
import { requestBytes } from "../peers/request.ts";
import type { CaseContext } from "./context.ts";
import { Failure } from "./failure.ts";
import { register } from "./register.ts";
import { hostOf, ipOf, linkKind, moveHost, openChannel } from "./stage.ts";

/** Opens the peer's channel; with `refused` the IUT must not let it. */
export async function connects(context: CaseContext, peer: Peer, refused: boolean): Promise<void> {
  context.actor = peer;
  const { label } = peer.facts;
  try {
    await openChannel(context, label);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    if (refused && isRefusal(error)) {
      context.recorder.event("iut", label, `channel refused: ${what}`);
      return;
    }
    throw new Failure(refused ? "the IUT refuses the channel" : "the channel opens", what);
  }
  if (!refused) return;
  // In TLS 1.3 the client is done before the server has judged its certificate: the first answer tells.
  const link = peer.link!;
  peer.send(requestBytes(peer, { request: `OPTIONS sip:${context.scope.look("domain")}` }));
  await peer.inbox.until(
    () =>
      !link.open || peer.inbox.find(({ message }) => message?.kind === "response") !== undefined,
    context.times.timeoutMilliseconds,
  );
  if (!link.open) return;
  const answer = peer.inbox.find(({ message }) => message?.kind === "response");
  throw new Failure(
    "the IUT refuses the channel",
    answer ? "it answers a request on it" : "the channel stays open",
  );
}

/** Refused by the other side, rather than broken on ours. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return ["refused", "certificate", "handshake", "reset"].includes(String(code));
}

/** Closes the peer's channel and lets the IUT see it. */
export async function closes(context: CaseContext, peer: Peer): Promise<void> {
  context.actor = undefined;
  const closing = [...peer.links].map((link) => link.close());
  peer.registered = false;
  await Promise.race([Promise.all(closing), context.wait(500)]);
  await settle(context, peer);
}

/** A round trip of somebody else's, and a moment: the IUT has seen what came before. */
async function settle(context: CaseContext, gone: Peer): Promise<void> {
  await context.wait(20);
  for (const peer of context.peers.values()) {
    if (peer === gone || !peer.link?.open) continue;
    const sent = peer.sent.length;
    peer.send(requestBytes(peer, { request: `OPTIONS sip:${peer.domain}` }));
    const [own] = peer.sent.splice(sent, 1);
    await peer.inbox.until(
      () => own?.final !== undefined || takeAnswer(peer, own?.request.headers.get("Call-ID")),
      context.times.timeoutMilliseconds,
    );
    takeAnswer(peer, own?.request.headers.get("Call-ID"));
    return;
  }
}

function takeAnswer(peer: Peer, callId: string | undefined): boolean {
  const answer = peer.inbox.find(({ message }) =>
    message?.kind === "response" && message.headers.get("Call-ID") === callId
  );
  if (answer) answer.taken = true;
  return answer !== undefined;
}

/** A new channel from a new address and port. */
export async function rebinds(context: CaseContext, peer: Peer, value: RebindValue): Promise<void> {
  context.actor = peer;
  const { label } = peer.facts;
  const was = peer.registered;
  const old = [...peer.links];
  if (value.channel !== undefined) peer.facts = { ...peer.facts, kind: linkKind(value.channel) };
  if (value.address !== "same") {
    const spec = context.planned.peers[label]!;
    const host = context.world.peer(ipOf(spec));
    moveHost(context, label, host);
    peer.facts = { ...peer.facts, host: host.address };
  }
  if (!value.keep) {
    await Promise.race([Promise.all(old.map((link) => link.close())), context.wait(500)]);
  }
  try {
    await openChannel(context, label);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Failure(`a new channel from ${hostOf(peer).address}`, what);
  }
  if (value.registers ?? was) await register(peer, {}, context.times.timeoutMilliseconds);
}

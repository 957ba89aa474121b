/**
 * `<peer> receives: nothing` and `closed`.
 *
 * @module
 */
import type { Received } from "../peers/inbox.ts";
import type { Peer } from "../peers/peer.ts";
import { barrier } from "./barrier.ts";
import type { CaseContext } from "./context.ts";
import { Failure } from "./failure.ts";
import { messageText } from "./receive.ts";

/** Fails when something is left over once everything on its way has arrived. */
export async function receivesNothing(
  context: CaseContext,
  peer: Peer,
  what: true | "request" | "response",
  within: number | undefined,
): Promise<void> {
  const left = () => peer.inbox.find((received) => counts(received, what));
  if (within === undefined) {
    if (!left()) await barrier(context, peer);
  } else {
    await peer.inbox.until(() => left() !== undefined, within);
    context.evidence.add(`nothing more reached ${peer.facts.label}: ${within} ms of silence`);
  }
  const unexpected = left();
  if (!unexpected) return;
  const { message, malformed } = unexpected;
  const got = message ? messageText(message) : `octets that are no SIP message: ${malformed}`;
  throw new Failure(what === true ? "nothing" : `no ${what}`, got);
}

function counts({ message }: Received, what: true | "request" | "response"): boolean {
  if (!message) return true;
  if (message.kind === "response" && message.status === 100) return false;
  return what === true || message.kind === what;
}

/** Fails unless the IUT closes the channel. */
export async function receivesClosed(
  context: CaseContext,
  peer: Peer,
  within: number | undefined,
): Promise<void> {
  const limit = within ?? context.times.timeoutMilliseconds;
  const closed = await peer.inbox.until(() => !peer.link?.open, limit);
  if (!closed) throw new Failure("the channel is closed", `it is open after ${limit} ms`);
}

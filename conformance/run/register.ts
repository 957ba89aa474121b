/**
 * REGISTER by a peer, with the challenge answered and the server's proof checked.
 *
 * @module
 */
import type { SipResponse } from "../../core/sip/message.ts";
import type { RegisterValue } from "../format/step.ts";
import { proofOf } from "../peers/digest.ts";
import type { Peer, Sent } from "../peers/peer.ts";
import { requestBytes } from "../peers/request.ts";
import { Failure } from "./failure.ts";
import { messageText, statusFits } from "./receive.ts";

/** Registers, and takes what the exchange left out of the inbox. Throws {@link Failure}. */
export async function register(
  peer: Peer,
  value: RegisterValue,
  timeoutMilliseconds: number,
): Promise<SipResponse> {
  const allowed = value.status ?? 200;
  let response = await exchange(peer, value, false, timeoutMilliseconds);
  let answered = false;
  if ((response.status === 401 || response.status === 407) && peer.challenge) {
    answered = true;
    response = await exchange(peer, value, true, timeoutMilliseconds);
  }
  if (!statusFits(allowed, response.status)) {
    const reason = response.headers.get("Reason");
    throw new Failure(
      `${allowed} to REGISTER`,
      messageText(response) + (reason ? ` (Reason: ${reason})` : ""),
    );
  }
  if (response.status < 300) {
    if (answered) checkProof(peer, response, value.proof ?? "optional");
    peer.registered = value.expires !== 0;
  }
  return response;
}

function checkProof(peer: Peer, response: SipResponse, wanted: "required" | "optional"): void {
  const proof = proofOf(response.headers.get("Authentication-Info"), peer.rspauth);
  if (proof === "right" || (proof === "absent" && wanted === "optional")) return;
  const got = proof === "absent" ? "no rspauth" : "an rspauth that does not prove it";
  throw new Failure("Authentication-Info with the server's proof of the password", got);
}

async function exchange(
  peer: Peer,
  value: RegisterValue,
  withDigest: boolean,
  timeoutMilliseconds: number,
): Promise<SipResponse> {
  const name = value.name ?? peer.facts.uri;
  const domain = name.replace(/^sips?:(?:[^@]*@)?/, "").replace(/[;?].*$/, "");
  const given: Record<string, unknown> = {
    To: `<${name}>`,
    Expires: value.expires ?? 3600,
  };
  if (value.from !== undefined || value.name !== undefined) {
    given["From"] = `<${value.from ?? name}>`;
  }
  if (value.contact !== undefined) given["Contact"] = contactValue(value.contact);
  const digest = withDigest
    ? {
      ...(value.password === undefined ? {} : { password: value.password }),
      ...(value.algorithm === undefined ? {} : { algorithm: value.algorithm }),
    }
    : undefined;
  const bytes = requestBytes(peer, {
    ...given,
    request: `REGISTER sip:${domain}`,
    ...(digest ? { digest } : {}),
  });
  peer.send(bytes);
  const sent = peer.sent.at(-1)!;
  return await finalFor(peer, sent, timeoutMilliseconds);
}

function contactValue(contact: string): string {
  return contact === "*" || contact.includes("<") ? contact : `<${contact}>`;
}

/** Waits for the final response and takes all responses to the request out of the inbox. */
export async function finalFor(
  peer: Peer,
  sent: Sent,
  timeoutMilliseconds: number,
): Promise<SipResponse> {
  await peer.inbox.until(
    () => sent.final !== undefined || !sent.link.open,
    timeoutMilliseconds,
  );
  for (const received of peer.inbox.all) {
    const { message } = received;
    if (message?.kind === "response" && peer.sentFor(message) === sent) received.taken = true;
  }
  if (sent.final) return sent.final;
  const what = sent.link.open
    ? `nothing within ${timeoutMilliseconds} ms`
    : "the channel was closed";
  throw new Failure(`a final response to ${sent.request.method}`, what);
}

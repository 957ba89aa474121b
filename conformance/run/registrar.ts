/**
 * The registrar of the server that the harness plays for a terminal under test: answers every REGISTER
 * as a right server does.
 *
 * @module
 */
import type { SipMessage, SipRequest } from "../../core/sip/message.ts";
import { uriOf } from "../match/text.ts";
import { answer } from "../peers/answer.ts";
import { isRight } from "../peers/digest.ts";
import type { Link } from "../peers/link.ts";
import type { Peer } from "../peers/peer.ts";

/**
 * Lets `peer` answer REGISTER by itself for the account. `certified`: the terminal has proven its name
 * by its certificate, so there is nothing to ask.
 */
export function installRegistrar(
  peer: Peer,
  account: { readonly name: string; readonly password: string; readonly certified: boolean },
): void {
  peer.hooks.push((message: SipMessage, link: Link) => {
    if (message.kind !== "request" || message.method !== "REGISTER") return false;
    peer.recorder.message("iut", peer.facts.label, message);
    answerRegister(peer, message, link, account);
    peer.inbox.wake();
    return true;
  });
}

function answerRegister(
  peer: Peer,
  request: SipRequest,
  link: Link,
  { name, password, certified }: { name: string; password: string; certified: boolean },
): void {
  const credentials = request.headers.get("Authorization");
  if (uriOf(request.headers.get("To") ?? "") !== name) {
    answer(peer, request, link, { status: 403 });
  } else if (!certified && !(credentials && isRight(credentials, password, "REGISTER"))) {
    answer(peer, request, link, { status: 401, challenge: {} });
  } else {
    const leaving = request.headers.get("Expires")?.trim() === "0";
    const proof = credentials === undefined ? {} : { rspauth: {} };
    answer(peer, request, link, { status: 200, ...proof }, password);
    peer.registered = !leaving;
    if (!leaving) peer.link = link;
  }
}

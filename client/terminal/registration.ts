/**
 * REGISTER: our proof, the server's proof, and the binding (SM-2 to SM-4; seed 001 figure 4).
 *
 * @module
 */
import { formatHost } from "../../core/net/address.ts";
import type { Channel } from "../../core/net/channel.ts";
import { makeRequest } from "../../core/sip/build.ts";
import { contactExpires, contacts, deltaSeconds } from "../../core/sip/contact.ts";
import {
  answer,
  chooseChallenge,
  type DigestAnswer,
  type DigestChallenge,
} from "../../core/sip/digest.ts";
import type { SipRequest, SipResponse } from "../../core/sip/message.ts";
import { parseReasons } from "../../core/sip/reason.ts";
import { parseUri, sameUri, unescapeUser } from "../../core/sip/uri.ts";
import { TerminalError } from "./errors.ts";
import type { ServerLink } from "./link.ts";

/** REGISTERs one registration may take: first, with proof, nonce too old, interval too short. */
const ATTEMPTS = 4;

/** Registers one name over a link, again and again. */
export class RegisterClient {
  readonly #link: ServerLink;
  /** RFC 3261 §10.2: all registrations of a terminal share a Call-ID, and CSeq counts them. */
  readonly #callId: string;
  readonly #tag: string;
  #cseq = 0;
  #challenge: DigestChallenge | undefined;
  #count = 0;

  constructor(link: ServerLink) {
    this.#link = link;
    const { random } = link.runtime;
    this.#callId = random.bytes(16).toHex();
    this.#tag = random.bytes(8).toHex();
  }

  /**
   * Registers for `seconds`, or takes the binding away with 0. Resolves to the seconds granted; rejects
   * with a {@link TerminalError}.
   */
  async register(channel: Channel, seconds: number): Promise<number> {
    let asked = seconds;
    let sent: DigestAnswer | undefined = this.#answer();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const response = await this.#link.exchange(this.#request(channel, asked, sent));
      if (response.status === 401) {
        sent = this.#challenged(response, sent);
      } else if (response.status === 423 && attempt < ATTEMPTS) {
        asked = leastSeconds(response, asked);
        sent = this.#answer();
      } else if (response.status >= 200 && response.status < 300) {
        this.#proven(response, sent);
        return granted(response, contactUri(this.#link, channel)) ?? asked;
      } else {
        throw refused(response);
      }
    }
    throw new TerminalError("refused", "the server keeps asking for another REGISTER");
  }

  #request(channel: Channel, seconds: number, proof: DigestAnswer | undefined): SipRequest {
    const { name, domain } = this.#link.settings;
    return makeRequest({
      method: "REGISTER",
      uri: `sip:${domain}`,
      from: `<${name}>;tag=${this.#tag}`,
      to: `<${name}>`,
      callId: this.#callId,
      cseq: ++this.#cseq,
      contact: `<${contactUri(this.#link, channel)}>`,
      headers: [
        ["Expires", String(seconds)],
        ...(proof ? [["Authorization", proof.value] as const] : []),
      ],
    });
  }

  /** The answer to a challenge; a second challenge after a fresh answer says that the answer was wrong. */
  #challenged(response: SipResponse, sent: DigestAnswer | undefined): DigestAnswer {
    const { domain, password } = this.#link.settings;
    if (password === undefined) {
      throw new TerminalError("not-accepted", "the server asks for a password; none is given", 401);
    }
    // The realm is our domain: an answer for another realm could be carried there and used.
    const challenge = chooseChallenge(response.headers.getAll("WWW-Authenticate"), {
      realm: domain,
    });
    if (challenge === undefined) {
      throw new TerminalError(
        "not-accepted",
        `the server's challenge cannot be answered: no Digest with SHA-256 for realm "${domain}"`,
        401,
      );
    }
    // A nonce used before may have grown old; one that came just now and was answered has not.
    if (sent !== undefined && this.#count === 1 && !challenge.stale) {
      this.#challenge = undefined;
      throw new TerminalError(
        "not-accepted",
        "the server does not accept name and password; check both",
        401,
      );
    }
    this.#challenge = challenge;
    this.#count = 0;
    return this.#answer()!;
  }

  #answer(): DigestAnswer | undefined {
    const { user, domain, password } = this.#link.settings;
    if (this.#challenge === undefined || password === undefined) return undefined;
    return answer(this.#challenge, {
      username: unescapeUser(user),
      secret: { password },
      method: "REGISTER",
      uri: `sip:${domain}`,
      cnonce: this.#link.runtime.random.bytes(16).toHex(),
      count: ++this.#count,
    });
  }

  /** Step 214: without the server's proof there is no registration, whatever the status says. */
  #proven(response: SipResponse, sent: DigestAnswer | undefined): void {
    const { settings, parts } = this.#link;
    if (sent === undefined) {
      if (settings.password === undefined || settings.tls?.certificate !== undefined) return;
      throw new TerminalError(
        "server-not-proven",
        "the server took the registration without asking for the password, so it may not know it",
      );
    }
    const info = response.headers.get("Authentication-Info");
    if (parts.verifyServer(info, sent)) return;
    throw new TerminalError(
      "server-not-proven",
      info === undefined
        ? "the server did not prove that it knows the password: no Authentication-Info"
        : "the server did not prove that it knows the password: rspauth is wrong",
    );
  }
}

/** Where the terminal is reached: its end of the channel. */
export function contactUri(link: ServerLink, channel: Channel): string {
  const { host, port } = channel.local;
  return `sip:${link.settings.user}@${formatHost(host)}:${port};transport=${channel.kind}`;
}

function granted(response: SipResponse, uri: string): number | undefined {
  const own = parseUri(uri);
  const list = contacts(response.headers);
  const mine = list === "*" ? undefined : list.find((contact) => sameUri(contact.uri, own));
  const header = response.headers.get("Expires");
  return (mine && contactExpires(mine)) ??
    (header === undefined ? undefined : deltaSeconds(header));
}

function leastSeconds(response: SipResponse, asked: number): number {
  const least = deltaSeconds(response.headers.get("Min-Expires") ?? "") ?? 0;
  if (least > asked) return least;
  throw new TerminalError(
    "refused",
    "the server calls the lifetime too short and names no other",
    423,
  );
}

function refused(response: SipResponse): TerminalError {
  const { status, reason } = response;
  const text = parseReasons(response.headers).find((one) => one.text !== undefined)?.text;
  return new TerminalError(
    status === 403 ? "not-accepted" : "refused",
    `the server refused the registration: ${status} ${reason}${text ? ` — ${text}` : ""}`,
    status,
  );
}

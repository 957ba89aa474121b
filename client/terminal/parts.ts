/**
 * The terminal's judgements, each a function of its own, so that a test can put another in its place.
 *
 * @module
 */
import { answersOffer } from "../../core/sdp/key_information.ts";
import { makeResponse } from "../../core/sip/build.ts";
import { verifyServer } from "../../core/sip/digest.ts";
import { judgeChain, prependOwn } from "../../core/sip/route_security_check.ts";
import type { Channel } from "../../core/net/channel.ts";

/** What a terminal decides by; {@link terminalParts} are the right ones. */
export interface TerminalParts {
  /** Whether a message may be taken: only from the channel the terminal registered on. */
  readonly accepts: (channel: Channel, own: Channel | undefined, registered: boolean) => boolean;
  /** Whether the server proved that it knows the password (SM-1). */
  readonly verifyServer: typeof verifyServer;
  /** Judges the chain of a request as callee, of a response as caller (SM-13, SM-16). */
  readonly judgeChain: typeof judgeChain;
  /** Vouches for the link to the server (SM-7). */
  readonly prependOwn: typeof prependOwn;
  /** Makes responses, with the request's Route-Security (SM-14). */
  readonly makeResponse: typeof makeResponse;
  /** Whether key information answers what was offered (SM-19). */
  readonly answersOffer: typeof answersOffer;
}

/** The parts of a terminal that does as docs/terminal.md says. */
export const terminalParts: TerminalParts = {
  accepts: (channel, own, registered) => registered && channel === own,
  verifyServer,
  judgeChain,
  prependOwn,
  makeResponse,
  answersOffer,
};

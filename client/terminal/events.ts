/**
 * What a terminal reports while it runs. Plain values: `ntm terminal --json` prints them as they are.
 *
 * @module
 */
import type { ChainLink } from "./chain.ts";

/** A call as events show it. */
export interface CallFacts {
  readonly callId: string;
  /** From and To as they stood in the INVITE, without tags. */
  readonly from: string;
  readonly to: string;
}

/** Something that happened. */
export type TerminalEvent =
  /** `level` is the channel's; `expiresSeconds` what the server granted. */
  | {
    event: "registered";
    name: string;
    server: string;
    local: string;
    level: number;
    expiresSeconds: number;
  }
  | { event: "unregistered"; name: string }
  /** The registration is gone; it is tried again after `retryMilliseconds`, or never if that is missing. */
  | { event: "disconnected"; reason: string; retryMilliseconds?: number }
  /** A call came in and its chain was found good. */
  | { event: "incoming"; chain: readonly ChainLink[]; keyInformation: boolean } & CallFacts
  /** A call is set up; `chain` is the one this end judged. */
  | {
    event: "established";
    side: "caller" | "callee";
    chain: readonly ChainLink[];
    /** Where the other end takes data, from its SDP; nothing is sent there yet. */
    peerData?: string;
  } & CallFacts
  /** A call did not come about: refused by the other side, by a server, or given up here. */
  | {
    event: "failed";
    side: "caller" | "callee";
    status: number;
    reason: string;
    chain: readonly ChainLink[];
  } & CallFacts
  | { event: "ended"; by: "here" | "there"; reason?: string } & CallFacts
  /** A MESSAGE arrived (RFC 3428). */
  | { event: "message"; from: string; text: string; chain: readonly ChainLink[] }
  /** A request was refused before it came to anything: bad chain, or another channel than the registered one. */
  | {
    event: "refused";
    method: string;
    from: string;
    status: number;
    reason: string;
    chain: readonly ChainLink[];
    channel: string;
  };

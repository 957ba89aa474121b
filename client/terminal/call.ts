/**
 * What all calls have in common: their facts, how they begin and how they end.
 *
 * @module
 */
import type { SipMessage } from "../../core/sip/message.ts";
import { parseReasons } from "../../core/sip/reason.ts";
import {
  parseRouteSecurity,
  type RouteSecurity,
  RouteSecurityError,
} from "../../core/sip/route_security.ts";
import { type ChainLink, chainLinks } from "./chain.ts";
import type { CallFacts, TerminalEvent } from "./events.ts";
import type { ServerLink } from "./link.ts";

/** How a call's beginning came out. */
export type CallOutcome =
  | { readonly established: true; readonly chain: readonly ChainLink[] }
  | {
    readonly established: false;
    /** Status of the final response, or of the Reason it was given up with. */
    readonly status: number;
    readonly phrase: string;
    /** Text of the Reason header, where there is one. */
    readonly reason?: string;
    /** Who ended it. */
    readonly by: "here" | "there";
  };

/** A call, at either end. */
export interface Call {
  readonly facts: CallFacts;
  readonly side: "caller" | "callee";
  readonly chain: readonly ChainLink[];
  /** Resolves when the call is established, or will never be. Does not reject. */
  readonly outcome: Promise<CallOutcome>;
  /** Resolves when it is over. Does not reject. */
  readonly over: Promise<void>;
  /** Ends it: CANCEL or a refusal before the answer, BYE after it. */
  hangUp(): void;
}

/** A call that came in. */
export interface IncomingCall extends Call {
  readonly side: "callee";
  /** Answers 200; nothing happens once the call is answered or over. */
  answer(): void;
  /** Refuses it: 603 Decline if no other status of 400 and above is given. */
  reject(status?: number): void;
}

/** What calls need of the terminal. */
export interface CallContext {
  readonly link: ServerLink;
  report(event: TerminalEvent): void;
}

/** Facts of a call, from its INVITE. */
export function factsOf(invite: SipMessage): CallFacts {
  return {
    callId: invite.headers.get("Call-ID") ?? "",
    from: withoutTag(invite.headers.get("From")),
    to: withoutTag(invite.headers.get("To")),
  };
}

function withoutTag(value = ""): string {
  return value.replace(/>\s*;.*$/, ">");
}

/** The chain of a message as links; empty if it cannot be read. */
export function chainOf(link: ServerLink, message: SipMessage): ChainLink[] {
  let values: RouteSecurity[] = [];
  try {
    values = parseRouteSecurity(message.headers);
  } catch (error) {
    if (!(error instanceof RouteSecurityError)) throw error;
  }
  return chainLinks(values, link.settings.routeSecurity.minimumLevel);
}

/** Text of the first Reason that has one. */
export function reasonText(message: SipMessage): string | undefined {
  return parseReasons(message.headers).find(({ text }) => text !== undefined)?.text;
}

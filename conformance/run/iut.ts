/**
 * Implementations under test, as a run sees them, wherever they are.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { PlannedCase } from "../expand/plan.ts";
import type { Outcome, TerminalAction } from "../reference/implementation.ts";
import type { Identities } from "./identities.ts";
import type { Neighbour } from "./neighbour.ts";
import type { World } from "./world.ts";

/** Endpoint kinds of a session manager: kind, and `6` for IPv6. */
export type EndpointKind = "tls" | "tcp" | "udp" | "tls6" | "tcp6" | "udp6";

/** One session manager. */
export interface ServerPlace {
  readonly domain: string;
  /** What its certificate proves. */
  readonly serverName: string;
  readonly endpoints: Readonly<Partial<Record<EndpointKind, Address>>>;
}

/** A session manager, or two that are neighbours (profile sm-chain: `a` and `b`). */
export interface SessionManagerIut {
  readonly role: "session-manager";
  /** `main`, or `a` and `b`. */
  readonly servers: Readonly<Record<string, ServerPlace>>;
  readonly trust: readonly string[];
  password(user: string): string;
  /** Issues certificates the IUT trusts; undefined when the harness has no authority for it. */
  readonly identities: Identities | undefined;
  /** Where the IUT looks for xyz.test; undefined when it has no neighbour. */
  readonly neighbour: Neighbour | undefined;
  /** Whether bindings must be taken away by hand after a case. */
  readonly deregister: boolean;
  stop(): Promise<void>;
}

/** A terminal, not started yet: its server, played by the harness, comes first. */
export interface TerminalIut {
  readonly role: "terminal";
  readonly identities: Identities;
  start(server: Address, domain: string, facts: TerminalFacts): Promise<StartedTerminal>;
  stop(): Promise<void>;
}

/** How the vector wants its terminal. */
export interface TerminalFacts {
  readonly name: string;
  readonly password: string;
  readonly channel: "tls" | "tls-certificate" | "tcp" | "udp";
  readonly ip: 4 | 6;
  readonly address?: string | undefined;
  /** CA certificates, PEM, that the server's certificate is from. */
  readonly trust: readonly string[];
}

/** A terminal that can be told what to do. */
export interface StartedTerminal {
  does(action: TerminalAction): Promise<Outcome>;
  stop(): Promise<void>;
}

/** A codec behind an adapter. */
export interface CodecIut {
  readonly role: "codec";
  compute(name: string, input: unknown): Promise<CodecAnswer>;
  stop(): Promise<void>;
}

/** What an adapter answers. */
export type CodecAnswer =
  | { readonly output: unknown }
  | { readonly error: Readonly<Record<string, unknown>> }
  | { readonly unsupported: true };

/** Any IUT. */
export type Iut = SessionManagerIut | TerminalIut | CodecIut;

/** How a run gets at its IUTs. */
export interface Attachment {
  readonly name: string;
  readonly mode: "live" | "simulated";
  /** First address of peers, where the target needs one. */
  readonly local?: string | undefined;
  /** Cases at once it can bear; undefined: as many as asked for. */
  readonly parallel?: number | undefined;
  /** Why the target is not judged by this case, or undefined when it is. */
  unclaimed(planned: PlannedCase): string | undefined;
  /** Makes what a case needs and a simulation cannot wait for, such as certificates. */
  prepare(planned: PlannedCase): Promise<void>;
  /** Starts the IUT, or finds it. Rejects when it is not there. */
  open(planned: PlannedCase, world: World): Promise<Iut>;
  /** Ends what belongs to the attachment as a whole. */
  close(): Promise<void>;
}

/**
 * What the harness can embed as implementation under test: the reference, and each mutant of it.
 *
 * A mutant is an implementation with one fault, made by composing the roles with one weakened part or
 * by putting something that meddles before them. `start…` functions listen and run over the runtime
 * they are given, live or simulated alike.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { ProfileName, Role } from "../format/profiles.ts";

/** A listening point. */
export interface ListenAt {
  readonly kind: "udp" | "tcp" | "tls";
  /** Port 0 takes a free one. */
  readonly address: Address;
}

/** How a session manager is set up for a profile. */
export interface SessionManagerSettings {
  readonly profile: ProfileName;
  readonly domain: string;
  readonly listen: readonly ListenAt[];
  readonly tls: TlsCredentials;
  /** Certificate of an authority it must not trust, PEM; for a mutant that does. */
  readonly untrusted: string;
  /** Users of the domain, by user part. */
  readonly accounts: readonly { readonly user: string; readonly password: string }[];
  readonly neighbours: readonly {
    readonly domain: string;
    readonly address: Address;
    /** Address to connect from. */
    readonly local: string;
  }[];
  readonly routeSecurity: {
    readonly mismatch: "refuse" | "mark";
    readonly check: "chain" | "neighbour";
    readonly minimumLevel: 0 | 1 | 2 | 3;
  };
  /** Who may not reach whom: names as `sip:user@domain`, `*` for any user of a domain or anyone. */
  readonly refused: readonly { readonly from: string; readonly to: string }[];
}

/** A session manager that runs. */
export interface RunningSessionManager {
  /** Where it listens, in the order of `listen`. */
  readonly addresses: readonly ListenAt[];
  stop(): Promise<void>;
}

/** How a terminal is set up for a profile. */
export interface TerminalSettings {
  readonly profile: ProfileName;
  /** Its name, `sip:user-b@abc.test`. */
  readonly name: string;
  readonly password: string;
  readonly channel: "tls" | "tls-certificate" | "tcp" | "udp";
  readonly server: Address;
  /** What the server's certificate must prove. */
  readonly domain: string;
  /** Trust, and for `tls-certificate` the terminal's own certificate. */
  readonly tls: TlsCredentials;
  /** Certificate of an authority it must not trust, PEM; for a mutant that does. */
  readonly untrusted: string;
  /** Address to connect from; port 0 takes a free one. */
  readonly local: Address;
  readonly minimumLevel: 0 | 1 | 2 | 3;
  readonly check: "chain" | "neighbour";
}

/** What a terminal is told to do. */
export type TerminalAction =
  | { readonly kind: "listen" | "register" | "hangup" | "stop" }
  | { readonly kind: "call"; readonly to: string; readonly from?: string }
  | {
    readonly kind: "message";
    readonly to: string;
    readonly text: string;
    readonly from?: string;
  };

/** How an action ended. */
export interface Outcome {
  /** 0 for success, as an exit status. */
  readonly status: number;
  /** What it printed or reported. */
  readonly output: string;
}

/** A terminal that runs. */
export interface RunningTerminal {
  /** Begins an action; its outcome comes when it is over (a call: refused, or answered and acknowledged). */
  does(action: TerminalAction): Promise<Outcome>;
  stop(): Promise<void>;
}

/** A codec: computes a function. Throws {@link CodecError} where the input is wrong. */
export interface Codec {
  compute(name: string, input: unknown): unknown;
}

/** A codec function refused its input; an adapter answers it as `error`. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  constructor(readonly facts: { readonly code: string; readonly [fact: string]: unknown }) {
    super(String(facts["message"] ?? facts.code));
  }
}

/** Something the harness can embed. */
export interface Implementation {
  readonly id: string;
  readonly title: string;
  readonly roles: readonly Role[];
  /** With role `session-manager`. */
  startSessionManager?(
    settings: SessionManagerSettings,
    runtime: Runtime,
  ): Promise<RunningSessionManager>;
  /** With role `terminal`. */
  startTerminal?(settings: TerminalSettings, runtime: Runtime): Promise<RunningTerminal>;
  /** With role `codec`. */
  readonly codec?: Codec;
}

/** An implementation with one fault. */
export interface Mutant extends Implementation {
  /** The fault in one sentence. */
  readonly fault: string;
  /** Globs over the case ids worth trying on it; what else it breaks is not looked at. Default all. */
  readonly scope?: readonly string[];
}

/**
 * What a terminal is told: who it is, where its server is, and how strictly it judges.
 *
 * @module
 */
import type { SecurityLevel } from "../../core/net/channel.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import { TerminalError } from "./errors.ts";

/** Configuration of {@link startTerminal}. Everything but `name` and `server` has a default. */
export interface TerminalConfig {
  /** Its name, canonical: `sip:user@domain`. */
  readonly name: string;
  readonly server: {
    readonly kind: "tls" | "tcp" | "udp";
    /** IP address or host name. */
    readonly host: string;
    readonly port: number;
  };
  /** IP address to connect from; the system chooses if omitted. */
  readonly local?: string;
  /** Its password with the server; without one the certificate in `tls` is its only proof. */
  readonly password?: string;
  /** Needed for `tls`: the CAs it trusts, and its certificate if it has one. */
  readonly tls?: TlsCredentials;
  readonly routeSecurity?: {
    /** Level a link must have for the terminal to vouch for it (SM-8). Default 1. */
    readonly addFrom?: SecurityLevel;
    /** Level each link of a chain must have (SM-13). Default 3. */
    readonly minimumLevel?: SecurityLevel;
    /** Judge the whole chain, or the neighbour's value only (SM-26). Default `chain`. */
    readonly check?: "chain" | "neighbour";
  };
  /** Whether a call without key information in its SDP is refused (SM-19). Default `required`. */
  readonly keyInformation?: "required" | "optional";
  readonly registration?: Partial<RegistrationSettings>;
  readonly limits?: Partial<TerminalLimits>;
}

/** How a terminal keeps its registration. */
export interface RegistrationSettings {
  /** Lifetime asked for, in seconds. Default 3600. */
  readonly expiresSeconds: number;
  /** First wait after a failure, in milliseconds; doubled each time. Default 1000. */
  readonly retryFirstMilliseconds: number;
  /** Longest wait between attempts, in milliseconds. Default 60000. */
  readonly retryLongestMilliseconds: number;
  /** How long the server may take to accept a connection, in milliseconds. Default 10000. */
  readonly connectMilliseconds: number;
}

/** What a terminal takes on at most. */
export interface TerminalLimits {
  /** Calls at a time, ringing ones included; a further one is answered 486. Default 16. */
  readonly calls: number;
  /** How long a call may ring before it is given up, in milliseconds. Default 180000 (RFC 3261 timer C). */
  readonly ringMilliseconds: number;
  /** How long `stop` waits for answers to BYE and deregistration, in milliseconds. Default 2000. */
  readonly stopMilliseconds: number;
}

/** A configuration with its defaults filled in. */
export interface TerminalSettings extends TerminalConfig {
  /** User part of the name. */
  readonly user: string;
  /** Domain part of the name, lower-case. */
  readonly domain: string;
  readonly routeSecurity: Required<NonNullable<TerminalConfig["routeSecurity"]>>;
  readonly keyInformation: "required" | "optional";
  readonly registration: RegistrationSettings;
  readonly limits: TerminalLimits;
}

/** Fills in defaults; throws a {@link TerminalError} that says what is wrong with the name or with missing trust. */
export function withDefaults(config: TerminalConfig): TerminalSettings {
  const match = /^sip:([^@:;?]+)@([^@;?]+)$/.exec(config.name);
  if (!match) {
    throw new TerminalError(
      "wrong-use",
      `"${config.name}" is no terminal's name: expected sip:user@domain`,
    );
  }
  if (config.server.kind === "tls" && !config.tls?.trust.length) {
    throw new TerminalError("wrong-use", "a tls channel needs at least one certificate to trust");
  }
  return {
    ...config,
    user: match[1]!,
    domain: match[2]!.toLowerCase(),
    routeSecurity: { addFrom: 1, minimumLevel: 3, check: "chain", ...config.routeSecurity },
    keyInformation: config.keyInformation ?? "required",
    registration: {
      expiresSeconds: 3600,
      retryFirstMilliseconds: 1000,
      retryLongestMilliseconds: 60_000,
      connectMilliseconds: 10_000,
      ...config.registration,
    },
    limits: { calls: 16, ringMilliseconds: 180_000, stopMilliseconds: 2000, ...config.limits },
  };
}

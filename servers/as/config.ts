/**
 * What an AS is told: {@link AsConfig}, and {@link asConfig}, which fills in the defaults.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import type { PasswordHasher } from "../../core/crypto/password.ts";
import { NTM_LIMITS, NTM_TIMERS, type NtmLimits, type NtmTimers } from "../ntm/limits.ts";

/** A DC of the AS's operator. */
export interface AsDcConfig {
  /** Zone it manages, lower case. */
  readonly zone: string;
  /** Name its certificate has. */
  readonly name: string;
  /** Where it listens, best first. */
  readonly addresses: readonly Address[];
}

/** An account given in the configuration, for tests and trials; others are in the store. */
export interface AsAccountConfig {
  readonly fqdn: string;
  readonly mail: string;
  readonly password: string;
}

/** All of it. */
export interface AsConfig {
  /** Addresses for datagrams and TLS; port 0 takes a free one. */
  readonly listen: readonly Address[];
  readonly tls: TlsCredentials;
  readonly dcs: readonly AsDcConfig[];
  readonly accounts: readonly AsAccountConfig[];
  /** File of the store, or `:memory:`. */
  readonly store: string;
  readonly limits: NtmLimits;
  readonly timers: NtmTimers;
  /** Default: Argon2id. Simulations need one that is done within a microtask. */
  readonly hasher?: PasswordHasher;
}

/** What has to be said; everything else has a default. */
export type AsConfigInput =
  & Pick<AsConfig, "listen" | "tls" | "dcs">
  & Partial<Pick<AsConfig, "accounts" | "store" | "hasher">>
  & { readonly limits?: Partial<NtmLimits>; readonly timers?: Partial<NtmTimers> };

/** A configuration with all defaults filled in. */
export function asConfig(input: AsConfigInput): AsConfig {
  return {
    accounts: [],
    store: ":memory:",
    ...input,
    limits: { ...NTM_LIMITS, ...input.limits },
    timers: { ...NTM_TIMERS, ...input.timers },
  };
}

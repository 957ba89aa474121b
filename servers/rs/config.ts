/**
 * What an RS is told: {@link RsConfig}, and {@link rsConfig}, which fills in the defaults.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import { NTM_LIMITS, NTM_TIMERS, type NtmLimits, type NtmTimers } from "../ntm/limits.ts";

/** Bounds of an RS besides those of every server. */
export interface RsLimits extends NtmLimits {
  /** Paths held at once. */
  readonly paths: number;
}

/** Times of an RS besides those of every server. */
export interface RsTimers extends NtmTimers {
  /** A path without a packet for so long is removed. */
  readonly pathSeconds: number;
}

/** All of it. */
export interface RsConfig {
  /** Addresses for datagrams and TLS; port 0 takes a free one. */
  readonly listen: readonly Address[];
  readonly tls: TlsCredentials;
  /** Zones whose DCs may use it; omitted: every DC with a certificate of the authority. */
  readonly zones?: readonly string[];
  /** Workers of the data plane. */
  readonly workers: number;
  /** File of the store, or `:memory:`. */
  readonly store: string;
  readonly limits: RsLimits;
  readonly timers: RsTimers;
}

/** What has to be said; everything else has a default. */
export type RsConfigInput =
  & Pick<RsConfig, "listen" | "tls">
  & Partial<Pick<RsConfig, "zones" | "workers" | "store">>
  & { readonly limits?: Partial<RsLimits>; readonly timers?: Partial<RsTimers> };

/** A configuration with all defaults filled in. */
export function rsConfig(input: RsConfigInput): RsConfig {
  return {
    workers: 1,
    store: ":memory:",
    ...input,
    limits: { ...NTM_LIMITS, associations: 1024, paths: 20_000, ...input.limits },
    timers: { ...NTM_TIMERS, pathSeconds: 300, ...input.timers },
  };
}

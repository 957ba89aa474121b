/**
 * What a DC is told: {@link DcConfig}, and {@link dcConfig}, which fills in the defaults.
 *
 * @module
 */
import type { Resolver } from "../../core/dns/resolver.ts";
import type { Address } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import { NTM_PORT } from "../../core/ntm/header.ts";
import type { Profile } from "../../core/ntm/values.ts";
import { NTM_LIMITS, NTM_TIMERS, type NtmLimits, type NtmTimers } from "../ntm/limits.ts";

/** An AS or RS of the DC's operator. */
export interface NeighbourServer {
  /** Name its certificate has. */
  readonly name: string;
  /** Where it listens, best first. */
  readonly addresses: readonly Address[];
}

/** Bounds of a DC besides those of every server. */
export interface DcLimits extends NtmLimits {
  /** Sessions of one node that are being directed at once. */
  readonly sessionsPerNode: number;
  /** Datagrams of DNS answered in a second, all askers together; more are dropped. */
  readonly dnsPerSecond: number;
}

/** Times of a DC besides those of every server. */
export interface DcTimers extends NtmTimers {
  /** Life of a registration; nodes renew it at its half. */
  readonly registrationSeconds: number;
  /** Life of the key of a tunnel. */
  readonly tunnelKeySeconds: number;
}

/** All of it. */
export interface DcConfig {
  /** The zone it manages, lower case. */
  readonly zone: string;
  /** Its own host name, as in its certificate; name server of the zone. */
  readonly name: string;
  /** Addresses for datagrams and TLS; port 0 takes a free one. */
  readonly listen: readonly Address[];
  /** Addresses for DNS, UDP and TCP; none: no DNS. */
  readonly dns: readonly Address[];
  readonly tls: TlsCredentials;
  readonly profile: Profile;
  readonly as: NeighbourServer;
  readonly relays: readonly NeighbourServer[];
  readonly virtual: {
    /** Share of 198.18.0.0/15 as `address/bits`; another DC's must not overlap. */
    readonly ipv4: string;
    /** ULA prefix of the network, /32; the zone makes the next 32 bits. */
    readonly ipv6: string;
  };
  /** Finds other zones' DCs. */
  readonly resolver: Resolver;
  /** Port at which other zones' DCs listen. */
  readonly peerPort: number;
  /** File of the store, or `:memory:`. */
  readonly store: string;
  readonly limits: DcLimits;
  readonly timers: DcTimers;
}

/** What has to be said; everything else has a default. */
export type DcConfigInput =
  & Pick<DcConfig, "zone" | "name" | "listen" | "tls" | "as" | "resolver">
  & Partial<Pick<DcConfig, "dns" | "profile" | "relays" | "virtual" | "peerPort" | "store">>
  & { readonly limits?: Partial<DcLimits>; readonly timers?: Partial<DcTimers> };

/** A configuration with all defaults filled in. */
export function dcConfig(input: DcConfigInput): DcConfig {
  return {
    dns: [],
    profile: "security",
    relays: [],
    virtual: { ipv4: "198.18.0.0/16", ipv6: "fd4e:544d::/32" },
    peerPort: NTM_PORT,
    store: ":memory:",
    ...input,
    limits: { ...NTM_LIMITS, sessionsPerNode: 16, dnsPerSecond: 2000, ...input.limits },
    timers: {
      ...NTM_TIMERS,
      registrationSeconds: 120,
      tunnelKeySeconds: 3600,
      ...input.timers,
    },
  };
}

/**
 * The DC's part of `ntm.yaml`:
 *
 *     zone: a.example
 *     name: dc.a.example
 *     listen: [192.0.2.20:4330]
 *     dns: [192.0.2.20:53]
 *     tls: { certificate: dc.pem, key: dc.key.pem, trust: [ca.pem] }
 *     as: as.a.example@192.0.2.10:4330
 *     relays: [rs.a.example@192.0.2.30:4330]
 *     profile: security
 *     virtual: { ipv4: 198.18.0.0/20 }
 *     resolver: 192.0.2.53:53
 *     store: dc.db
 *
 * @module
 */
import { z } from "zod";
import { liveResolver } from "../../core/dns/live_resolver.ts";
import { NTM_PORT } from "../../core/ntm/header.ts";
import {
  addressOf,
  addressText,
  commonFields,
  domainText,
  loadCommon,
  type NtmSources,
  numbers,
  serverOf,
  serverText,
} from "../ntm/settings.ts";
import { NTM_LIMITS, NTM_TIMERS } from "../ntm/limits.ts";
import { type DcConfig, dcConfig } from "./config.ts";
import { VirtualAddresses } from "./virtual_addresses.ts";

/** Whether virtual addresses can be given from these. */
function holds(virtual: { readonly ipv4?: string; readonly ipv6?: string }): boolean {
  try {
    new VirtualAddresses({ ipv4: "198.18.0.0/16", ipv6: "fd4e:544d::/32", ...virtual }, "");
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The schema of the file, of the environment's variables and of the options together. */
export const dcFileSchema = z.strictObject({
  ...commonFields,
  zone: domainText.describe("zone whose nodes it manages"),
  name: domainText.describe("its own host name, as in its certificate"),
  dns: z.array(addressText).max(16).default([])
    .describe("addresses where it answers DNS for the zone; none: it does not"),
  as: serverText.describe("the operator's AS: NAME@ADDRESS:PORT"),
  relays: z.array(serverText).max(1000).default([])
    .describe("the operator's RSs: NAME@ADDRESS:PORT"),
  profile: z.enum(["security", "platform"]).default("security"),
  virtual: z.strictObject({
    ipv4: z.string().default("198.18.0.0/16").refine(
      (ipv4) => holds({ ipv4 }),
      "is no share of IPv4 addresses, such as 198.18.16.0/20",
    ).describe("share of 198.18.0.0/15 for the nodes"),
    ipv6: z.string().default("fd4e:544d::/32").refine(
      (ipv6) => holds({ ipv6 }),
      "is no /32 prefix, such as fd4e:544d::/32",
    ).describe("ULA prefix of the network"),
  }).prefault({}),
  resolver: addressText.optional().describe("name server that finds other zones' DCs"),
  peerPort: z.int().min(1).max(65_535).default(NTM_PORT).describe("port of other zones' DCs"),
  limits: numbers({ ...NTM_LIMITS, sessionsPerNode: 16, dnsPerSecond: 2000 }),
  timers: numbers({ ...NTM_TIMERS, registrationSeconds: 120, tunnelKeySeconds: 3600 }),
});

/** The configuration. Throws `ConfigError` with all that is wrong. */
export async function loadDcConfig(sources: NtmSources): Promise<DcConfig> {
  const { value, listen, tls, store } = await loadCommon(dcFileSchema, sources);
  const zone = value.zone.toLowerCase();
  return dcConfig({
    ...value,
    ...{ listen, tls, store, zone, name: value.name.toLowerCase() },
    dns: value.dns.map(addressOf),
    as: serverOf(value.as),
    relays: value.relays.map(serverOf),
    resolver: liveResolver(value.resolver === undefined ? undefined : addressOf(value.resolver)),
  });
}

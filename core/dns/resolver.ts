/**
 * The resolver port: how a DC finds the DC of another zone (NTM-7, NTM-16).
 *
 * @module
 */

/** Looks names up. An answer without records is empty; a failure to ask rejects. */
export interface Resolver {
  /** Host names of the zone's name servers, lower case, without a dot at the end. */
  nameServers(zone: string): Promise<readonly string[]>;
  /** IP addresses of a host, canonical, IPv6 first. */
  addresses(host: string): Promise<readonly string[]>;
}

/** One zone of a {@link tableResolver}: its name servers with their addresses. */
export type ZoneTable = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** A resolver that knows what it is told, for simulations: `{ "b.example": { "dc.b.example": [ip] } }`. */
export function tableResolver(zones: ZoneTable): Resolver {
  return {
    nameServers: (zone) => Promise.resolve(Object.keys(zones[zone] ?? {})),
    addresses(host) {
      const found = Object.values(zones).find((servers) => Object.hasOwn(servers, host));
      return Promise.resolve(found?.[host] ?? []);
    },
  };
}

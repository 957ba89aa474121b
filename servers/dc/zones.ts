/**
 * The DC of a name in another zone, by the zone's NS record (NTM-7, NTM-16).
 *
 * @module
 */
import type { Resolver } from "../../core/dns/resolver.ts";
import type { Log } from "../../core/runtime/log.ts";
import { Refusal } from "../ntm/routes.ts";
import type { ServerAddress } from "../ntm/server_keys.ts";

/** Labels that are taken off a name before it counts as nobody's. */
const DEEPEST = 4;

/** Finds the DC of a name. Throws a {@link Refusal} `unavailable`; the log says what to check. */
export async function findDc(
  fqdn: string,
  { resolver, port, log }: {
    readonly resolver: Resolver;
    readonly port: number;
    readonly log: Log;
  },
): Promise<ServerAddress> {
  const labels = fqdn.split(".");
  try {
    for (let off = 1; off <= DEEPEST && labels.length - off >= 1; off++) {
      const zone = labels.slice(off).join(".");
      for (const serverName of await resolver.nameServers(zone)) {
        const hosts = await resolver.addresses(serverName);
        if (hosts.length === 0) continue;
        const addresses = hosts.map((host) => ({ host, port }));
        return { role: "dc", name: zone, serverName, addresses };
      }
    }
    log.write("info", "no DC found: is the zone delegated by NS records?", { fqdn });
  } catch (error) {
    log.write("warning", "look-up failed: check the resolver", { fqdn, error: String(error) });
  }
  throw new Refusal("unavailable");
}

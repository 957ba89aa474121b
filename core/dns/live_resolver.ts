/**
 * The resolver port over the system's resolver, or a name server of one's own choice.
 *
 * @module
 */
import { type Address, parseIp } from "../net/address.ts";
import type { Resolver } from "./resolver.ts";

/** Milliseconds that one look-up may take. */
const LOOK_UP_MILLISECONDS = 5_000;

/** Asks `nameServer`, or whom the system asks. */
export function liveResolver(nameServer?: Address): Resolver {
  const options = () => ({
    ...(nameServer === undefined
      ? {}
      : { nameServer: { ipAddr: nameServer.host, port: nameServer.port } }),
    signal: AbortSignal.timeout(LOOK_UP_MILLISECONDS),
  });
  const look = async (name: string, type: "A" | "AAAA" | "NS"): Promise<string[]> => {
    try {
      return await Deno.resolveDns(`${name}.`, type as "A", options());
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  };
  return {
    async nameServers(zone) {
      return (await look(zone, "NS")).map((host) => host.toLowerCase().replace(/\.$/, ""));
    },
    async addresses(host) {
      const both = await Promise.all([look(host, "AAAA"), look(host, "A")]);
      return both.flat().flatMap((text) => parseIp(text) ?? []);
    },
  };
}

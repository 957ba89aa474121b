/**
 * The RSs of a DC, chosen by load (NTM-11): the one with the fewest paths for its capacity first, then
 * the others while one is full or does not answer.
 *
 * @module
 */
import { type Address, isIpv6 } from "../../core/net/address.ts";
import { type RelayDirection, relayDirection, relayResponse } from "../../core/ntm/messages/mod.ts";
import type { PathDecision } from "../../core/ntm/path_decision.ts";
import type { Clock } from "../../core/runtime/runtime.ts";
import { type Body, Refusal } from "../ntm/routes.ts";
import type { ServerAddress, ServerKeys } from "../ntm/server_keys.ts";
import type { NeighbourServer } from "./config.ts";

type Families = (PathDecision & { readonly is: "relay" })["families"];

interface Relay {
  readonly server: ServerAddress;
  /** Paths by capacity, as it said last. */
  load: number;
  /** Not asked before, unless no other is left. */
  avoidUntil: number;
}

/** How long an RS that is full or silent comes last. */
const AVOID_MILLISECONDS = 10_000;

/** All RSs of a DC. */
export class Relays {
  readonly #clock: Clock;
  readonly #keys: () => ServerKeys;
  readonly #relays: readonly Relay[];

  constructor(clock: Clock, keys: () => ServerKeys, relays: readonly NeighbourServer[]) {
    this.#clock = clock;
    this.#keys = keys;
    this.#relays = relays.map(({ name, addresses }) => ({
      server: { role: "rs", name, serverName: name, addresses },
      ...{ load: 0, avoidUntil: 0 },
    }));
  }

  /** Prepares a path at one RS and gives its addresses. Throws a {@link Refusal} if none takes it. */
  async prepare(families: Families, direction: Body<RelayDirection>): Promise<readonly Address[]> {
    const now = this.#clock.now();
    const fit = this.#relays.filter(({ server }) => reaches(server.addresses, families))
      .toSorted((a, b) =>
        Number(a.avoidUntil > now) - Number(b.avoidUntil > now) || a.load - b.load
      );
    let last = new Refusal("unavailable", "no relay has addresses of the families needed");
    for (const relay of fit) {
      try {
        const { endpoints, paths, capacity } = await this.#keys().ask(
          relay.server,
          relayDirection,
          direction,
          relayResponse,
        );
        relay.load = paths / Math.max(1, capacity);
        relay.avoidUntil = 0;
        return endpoints;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        relay.avoidUntil = this.#clock.now() + AVOID_MILLISECONDS;
        last = error;
      }
    }
    throw last;
  }
}

function reaches(addresses: readonly Address[], { initiator, responder }: Families): boolean {
  const own = new Set(addresses.map(({ host }) => isIpv6(host) ? 6 : 4));
  return initiator.some((family) => own.has(family)) && responder.some((family) => own.has(family));
}

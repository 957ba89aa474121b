/**
 * The nodes of a zone: virtual addresses, and where each one is (NTM-2, NTM-6).
 *
 * @module
 */
import { type Address, isIpv6 } from "../../core/net/address.ts";
import type { Access, NodeNetwork, RegistrationRequest } from "../../core/ntm/messages/mod.ts";
import type { Suite } from "../../core/ntm/values.ts";
import type { Clock } from "../../core/runtime/runtime.ts";
import type { NodeRecord, NtmStore } from "../../core/store/mod.ts";
import { Refusal } from "../ntm/routes.ts";
import type { VirtualAddresses } from "./virtual_addresses.ts";

/** What a session needs of a node that is registered. */
export interface RegisteredNode {
  readonly fqdn: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly network: NodeNetwork;
  readonly suites: readonly Suite[];
}

type Registration = NonNullable<NodeRecord["registration"]>;

/** All nodes of a zone. */
export class Nodes {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #store: NtmStore;
  readonly #clock: Clock;
  readonly #addresses: VirtualAddresses;
  readonly #milliseconds: number;

  constructor(ports: {
    readonly store: NtmStore;
    readonly clock: Clock;
    readonly addresses: VirtualAddresses;
    readonly registrationSeconds: number;
  }) {
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#addresses = ports.addresses;
    this.#milliseconds = ports.registrationSeconds * 1000;
  }

  /** Nodes known, registered or not. */
  get size(): number {
    return this.#nodes.size;
  }

  /** Takes up what was kept. Registrations hold for their life once more: nodes could not renew them. */
  async restore(): Promise<void> {
    const until = this.#clock.now() + this.#milliseconds;
    for (const node of await this.#store.nodes()) {
      this.#addresses.keep(node);
      const { registration } = node;
      const again = registration && {
        ...registration,
        ...(registration.v4 && { v4: { ...registration.v4, until } }),
        ...(registration.v6 && { v6: { ...registration.v6, until } }),
      };
      this.#nodes.set(node.fqdn, again ? { ...node, registration: again } : node);
    }
  }

  /** A node's record, registered or not. */
  get(fqdn: string): NodeRecord | undefined {
    return this.#nodes.get(fqdn);
  }

  /** Where a node was seen last; undefined if never. */
  lastSeen(fqdn: string): Address | undefined {
    const registration = this.#nodes.get(fqdn)?.registration;
    const { v4, v6 } = registration ?? {};
    return (v4 && (!v6 || v4.until > v6.until) ? v4 : v6)?.address;
  }

  /** Registers a node as its datagram showed it; `full` when no virtual address is left. */
  async register(request: RegistrationRequest, from: Address): Promise<NodeRecord> {
    const { fqdn, application, suites, endpoints: own } = request;
    const before = this.#nodes.get(fqdn);
    const pair = before ?? this.#addresses.give();
    if (!pair) throw new Refusal("full", "no virtual address is left");
    const seen = { address: from, until: this.#clock.now() + this.#milliseconds };
    const family = isIpv6(from.host) ? "v6" : "v4";
    const other = family === "v6" ? "v4" : "v6";
    // A family without an address of the node's own is gone, unless it came by it.
    const stays = own.some(({ host }) => isIpv6(host) === (other === "v6"));
    const kept = stays ? before?.registration?.[other] : undefined;
    const registration: Registration = {
      ...{ own, application, suites, [family]: seen },
      ...(kept && { [other]: kept }),
    };
    const node: NodeRecord = { fqdn, ipv4: pair.ipv4, ipv6: pair.ipv6, registration };
    this.#nodes.set(fqdn, node);
    if (!before?.registration || changed(before.registration, registration)) {
      await this.#store.putNode(node);
    }
    return node;
  }

  /** A node whose registration has not run out. */
  registered(fqdn: string): RegisteredNode | undefined {
    const node = this.#nodes.get(fqdn);
    if (!node?.registration) return undefined;
    const { registration, ipv4, ipv6 } = node;
    const v4 = this.#access(registration, "v4");
    const v6 = this.#access(registration, "v6");
    if (!v4 && !v6) return undefined;
    const network = { ...(v4 && { v4 }), ...(v6 && { v6 }) };
    return { fqdn, ipv4, ipv6, network, suites: registration.suites };
  }

  #access(registration: Registration, family: "v4" | "v6"): Access | undefined {
    const seen = registration[family];
    if (!seen || seen.until <= this.#clock.now()) return undefined;
    const own = registration.own.filter(({ host }) => isIpv6(host) === (family === "v6"));
    return { seen: seen.address, own };
  }
}

/** Whether more than the time differs: only then it is written. */
function changed(a: Registration, b: Registration): boolean {
  const facts = ({ own, application, suites, v4, v6 }: Registration) =>
    JSON.stringify([own, application, suites, v4?.address, v6?.address]);
  return facts(a) !== facts(b);
}

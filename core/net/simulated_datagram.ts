/**
 * A simulated datagram socket.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { DatagramSocket } from "./network.ts";
import type { DeliveryOutcome, Fabric } from "./simulated_fabric.ts";

/** RFC 768: 65535 less the UDP header, and less the IPv4 header, as for live sockets. */
const LARGEST_DATAGRAM = 65507;

/** What a socket needs of its host. */
export interface SocketOwner {
  receive(bytes: Uint8Array, from: Address): void;
  /** Source address towards `to` when bound to the wild card; undefined when there is no way. */
  source(to: Address): string | undefined;
  closed(): void;
}

/** A socket; made by `SimulatedNetwork` only. */
export class SimulatedSocket implements DatagramSocket {
  readonly local: Address;
  readonly #fabric: Fabric;
  readonly #owner: SocketOwner;
  #open = true;

  constructor(fabric: Fabric, local: Address, owner: SocketOwner) {
    this.#fabric = fabric;
    this.local = local;
    this.#owner = owner;
  }

  send(bytes: Uint8Array, to: Address): void {
    if (!this.#open) return;
    const wild = this.local.host === "::" || this.local.host === "0.0.0.0";
    const host = wild ? this.#owner.source(to) : this.local.host;
    if (host === undefined) return;
    const fabric = this.#fabric;
    const sent = fabric.clock.now();
    const copy = bytes.slice();
    const from = { host, port: this.local.port };
    const trace = (outcome: DeliveryOutcome) =>
      fabric.trace({ at: fabric.clock.now(), sent, from, to, kind: "udp", bytes: copy, outcome });
    if (bytes.length > LARGEST_DATAGRAM) return trace("too-big");
    const fate = fabric.links.from(host, to.host).datagram(sent);
    if (fate.outcome !== "sent") return trace(fate.outcome);
    for (const [index, arrival] of fate.arrivals.entries()) {
      fabric.at(arrival, () => {
        const socket = fabric.hosts.get(to.host)?.socketAt(to);
        trace(!socket ? "unreachable" : index > 0 ? "duplicated" : "delivered");
        socket?.take(copy.slice(), from);
      });
    }
  }

  /** A datagram arrives. */
  take(bytes: Uint8Array, from: Address): void {
    if (this.#open) this.#owner.receive(bytes, from);
  }

  close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      this.#owner.closed();
    }
    return Promise.resolve();
  }
}

/**
 * The node's datagram sockets, one of each family it has.
 *
 * @module
 */
import { type Address, isIpv6 } from "../../core/net/address.ts";
import type { DatagramSocket } from "../../core/net/network.ts";
import { familyOf } from "../../core/ntm/values.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { NodeSettings } from "./config.ts";

/** An address family. */
export type Family = 4 | 6;

/** Sends by family; everything that comes goes to one receiver. */
export class Sockets {
  readonly #byFamily: ReadonlyMap<Family, DatagramSocket>;
  readonly #interfaces: readonly string[];

  private constructor(byFamily: Map<Family, DatagramSocket>, interfaces: readonly string[]) {
    this.#byFamily = byFamily;
    this.#interfaces = interfaces;
  }

  /** Binds all sockets, or none. */
  static async open(
    settings: NodeSettings,
    { network }: Runtime,
    receive: (bytes: Uint8Array, from: Address) => void,
  ): Promise<Sockets> {
    const bound = new Map<Family, DatagramSocket>();
    try {
      for (const local of settings.local) {
        bound.set(familyOf(local), await network.datagram(local, receive));
      }
    } catch (error) {
      for (const socket of bound.values()) await socket.close();
      throw error;
    }
    return new Sockets(bound, settings.interfaces);
  }

  /** Families it can send to. */
  get families(): readonly Family[] {
    return [...this.#byFamily.keys()];
  }

  /** Where the sockets are bound. */
  get locals(): readonly Address[] {
    return [...this.#byFamily.values()].map(({ local }) => local);
  }

  /** Addresses of the interfaces, each with the port of its family's socket. */
  get endpoints(): readonly Address[] {
    return this.#interfaces.flatMap((host) => {
      const socket = this.#byFamily.get(isIpv6(host) ? 6 : 4);
      return socket ? [{ host, port: socket.local.port }] : [];
    });
  }

  /** Those of these addresses that can be sent to. */
  usable(addresses: readonly Address[]): Address[] {
    return addresses.filter((address) => this.#byFamily.has(familyOf(address)));
  }

  send(bytes: Uint8Array, to: Address): void {
    this.#byFamily.get(familyOf(to))?.send(bytes, to);
  }

  async close(): Promise<void> {
    for (const socket of this.#byFamily.values()) await socket.close();
  }
}

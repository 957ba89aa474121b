/**
 * The datagram sockets of a server: one an address, sent from by family.
 *
 * @module
 */
import { type Address, isIpv6 } from "../../core/net/address.ts";
import type { DatagramSocket } from "../../core/net/network.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";

/** Bound sockets. */
export interface Sockets {
  readonly addresses: readonly Address[];
  /** Sends by the first socket of the address's family; a datagram that no socket can send is dropped. */
  send(datagram: Uint8Array, to: Address): void;
  stop(): Promise<void>;
}

/** Binds datagram sockets. Rejects with a `NetworkError`; nothing is left open then. */
export async function bindSockets(
  { network }: Runtime,
  listen: readonly Address[],
  receive: (datagram: Uint8Array, from: Address) => void,
): Promise<Sockets> {
  const sockets: DatagramSocket[] = [];
  const stop = async () => {
    await Promise.all(sockets.map((socket) => socket.close()));
  };
  try {
    for (const local of listen) sockets.push(await network.datagram(local, receive));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addresses: sockets.map(({ local }) => local),
    send(datagram, to) {
      const ipv6 = isIpv6(to.host);
      sockets.find(({ local }) => isIpv6(local.host) === ipv6)?.send(datagram, to);
    },
    stop,
  };
}

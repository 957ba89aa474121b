/**
 * The port a call's data will come in on. It is there for the call only (SM-21): nothing listens before.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { Network } from "../../core/net/network.ts";

/** An open data port. */
export interface DataPort {
  readonly address: Address;
  close(): void;
}

/**
 * Opens a free UDP port at an address of this terminal. The encrypted data channel is not built yet, so
 * whatever arrives is dropped.
 */
export async function openDataPort(network: Network, host: string): Promise<DataPort> {
  const socket = await network.datagram({ host, port: 0 }, () => {});
  return { address: socket.local, close: () => void socket.close() };
}

/**
 * The face that the UDP back ends share.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { DatagramSocket } from "../network.ts";

/** Gets each datagram and where it came from. The array is the receiver's to keep. */
export type DatagramReceiver = (bytes: Uint8Array, from: Address) => void;

/** A way to do UDP. */
export interface UdpBackEnd {
  /** Shown in the log at start. */
  readonly name: "mmsg" | "node";
  /** Binds a socket; port 0 takes a free one. Rejects with a `NetworkError`. */
  bind(local: Address, receive: DatagramReceiver): Promise<DatagramSocket>;
}

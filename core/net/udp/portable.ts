/**
 * UDP over `node:dgram`: works everywhere.
 *
 * @module
 */
import { createSocket, type Socket } from "node:dgram";
import { type Address, isIpv6, parseIp } from "../address.ts";
import { listenError } from "../live_errors.ts";
import type { DatagramSocket } from "../network.ts";
import type { DatagramReceiver, UdpBackEnd } from "./back_end.ts";

/** The back end for every platform. */
export const portableUdp: UdpBackEnd = {
  name: "node",
  bind(local, receive) {
    const ipv6 = isIpv6(local.host);
    const socket = createSocket(
      ipv6 ? { type: "udp6", ipv6Only: true } : { type: "udp4" },
    );
    return new Promise((resolve, reject) => {
      socket.once("error", (error) => {
        socket.close();
        reject(listenError("udp", local, error));
      });
      socket.bind({ address: local.host, port: local.port }, () => {
        socket.removeAllListeners("error");
        // ICMP errors of single datagrams; the transport's timers notice what is lost.
        socket.on("error", () => {});
        resolve(new PortableSocket(socket, local, receive));
      });
    });
  },
};

class PortableSocket implements DatagramSocket {
  readonly local: Address;
  readonly #socket: Socket;
  #open = true;

  constructor(socket: Socket, local: Address, receive: DatagramReceiver) {
    this.#socket = socket;
    this.local = { host: local.host, port: socket.address().port };
    socket.on("message", (data, from) => {
      const host = parseIp(from.address.replace(/%.*$/, ""));
      if (host === undefined || !this.#open) return;
      receive(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), {
        host,
        port: from.port,
      });
    });
  }

  send(bytes: Uint8Array, to: Address): void {
    if (!this.#open) return;
    this.#socket.send(bytes, to.port, to.host, () => {});
  }

  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#open = false;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

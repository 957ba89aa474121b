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
  readonly #queue: { bytes: Uint8Array; to: Address }[] = [];
  #open = true;
  /** Called whenever the queue is empty. */
  #drained = (): void => {};

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
    this.#queue.push({ bytes, to });
    if (this.#queue.length === 1) this.#next();
  }

  /** One at a time: sends that run side by side overtake each other. */
  #next(): void {
    const datagram = this.#queue[0];
    if (!datagram) return this.#drained();
    this.#socket.send(datagram.bytes, datagram.to.port, datagram.to.host, () => {
      this.#queue.shift();
      this.#next();
    });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#queue.length > 0) await new Promise<void>((resolve) => this.#drained = resolve);
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

/**
 * UDP by `recvmmsg` and `sendmmsg` through FFI: many datagrams a call, on Linux.
 *
 * @module
 */
import { type Address, isIpv6 } from "../address.ts";
import type { DatagramSocket } from "../network.ts";
import type { DatagramReceiver, UdpBackEnd } from "./back_end.ts";
import { ReceiveBatch, SendBatch } from "./batch.ts";
import { isKnownPlatform, type Libc, libc } from "./libc.ts";
import { Reactor } from "./reactor.ts";
import { boundAddress, openSocket } from "./socket.ts";

/** Batches taken from one socket before others get their turn. */
const BATCHES = 4;
/** Datagrams queued for sending before they go without waiting for the end of the turn. */
const QUEUE = 64;

/** What all sockets share. */
interface Shared {
  readonly lib: Libc;
  readonly reactor: Reactor;
  readonly receiving: ReceiveBatch;
  readonly sending: SendBatch;
}

let shared: Shared | undefined;

/** The back end; undefined if the platform is another one or FFI is not permitted. */
export function mmsgUdp(): UdpBackEnd | undefined {
  if (!isKnownPlatform()) return undefined;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return undefined;
  try {
    shared ??= open();
  } catch {
    return undefined; // another C library, or a system that forbids these calls
  }
  const ports = shared;
  return {
    name: "mmsg",
    bind(local, receive) {
      return new Promise((resolve) => resolve(new MmsgSocket(ports, local, receive)));
    },
  };
}

function open(): Shared {
  const lib = libc();
  return {
    lib,
    reactor: new Reactor(lib),
    receiving: new ReceiveBatch(lib),
    sending: new SendBatch(lib),
  };
}

class MmsgSocket implements DatagramSocket {
  readonly local: Address;
  readonly #shared: Shared;
  readonly #fd: number;
  readonly #receive: DatagramReceiver;
  #queue: { bytes: Uint8Array; to: Address }[] = [];
  #open = true;

  constructor(ports: Shared, local: Address, receive: DatagramReceiver) {
    this.#shared = ports;
    this.#receive = receive;
    this.#fd = openSocket(ports.lib, local);
    this.local = boundAddress(ports.lib, this.#fd) ?? local;
    ports.reactor.add(this.#fd, () => this.#drain());
  }

  send(bytes: Uint8Array, to: Address): void {
    if (!this.#open || isIpv6(to.host) !== isIpv6(this.local.host)) return;
    this.#queue.push({ bytes, to });
    if (this.#queue.length === 1) queueMicrotask(() => this.#flush());
    else if (this.#queue.length >= QUEUE) this.#flush();
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#flush();
    this.#open = false;
    const home = this.#shared.reactor.remove(this.#fd);
    this.#shared.lib.close(this.#fd);
    await home;
  }

  /** What was sent in one turn leaves in one call. */
  #flush(): void {
    if (!this.#open || this.#queue.length === 0) return;
    const queue = this.#queue;
    this.#queue = [];
    this.#shared.sending.send(this.#fd, queue);
  }

  #drain(): { count: number; more: boolean } {
    let count = 0;
    for (let batch = 0; batch < BATCHES && this.#open; batch++) {
      const { datagrams, full } = this.#shared.receiving.receive(this.#fd);
      count += datagrams.length;
      for (const { bytes, from } of datagrams) {
        if (!this.#open) break;
        try {
          this.#receive(bytes, from);
        } catch (error) {
          reportError(error); // as from an event handler; the other datagrams are served
        }
      }
      if (!full) return { count, more: false };
    }
    return { count, more: this.#open };
  }
}

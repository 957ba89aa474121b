/**
 * The channels of one UDP socket: one for each neighbour, made when it is first heard of or written
 * to, and forgotten when too many others came after it.
 *
 * @module
 */
import type { Address } from "../net/address.ts";
import { formatAddress } from "../net/address.ts";
import type { Channel, SecurityLevel } from "../net/channel.ts";
import type { DatagramSocket } from "../net/network.ts";

/** Channels looked at, at most, to find one that may go: it bounds the cost of a flood. */
const CANDIDATES = 16;

/** One neighbour on one UDP socket. */
export class UdpChannel implements Channel {
  readonly kind = "udp";
  readonly id: string;
  readonly local: Address;
  readonly names: Set<string> = new Set<string>();
  level: SecurityLevel = 0;
  open = true;

  constructor(readonly socket: DatagramSocket, readonly remote: Address, id: string) {
    this.local = socket.local;
    this.id = id;
  }
}

/** All channels of one socket, the one that was quiet longest first. */
export class UdpChannels {
  readonly #channels = new Map<string, UdpChannel>();
  readonly #limit: number;
  readonly #forgotten: (channel: UdpChannel) => void;
  #made = 0;

  constructor(limit: number, forgotten: (channel: UdpChannel) => void) {
    this.#limit = limit;
    this.#forgotten = forgotten;
  }

  get size(): number {
    return this.#channels.size;
  }

  values(): IterableIterator<UdpChannel> {
    return this.#channels.values();
  }

  find(remote: Address): UdpChannel | undefined {
    return this.#channels.get(keyOf(remote));
  }

  /** The neighbour's channel; undefined if there are too many, all of them with names. */
  obtain(socket: DatagramSocket, remote: Address): UdpChannel | undefined {
    const key = keyOf(remote);
    const known = this.#channels.get(key);
    if (known) {
      // Order matters only once there is something to evict; until half full, save the work.
      if (this.#channels.size * 2 > this.#limit) this.#touch(key, known);
      return known;
    }
    if (this.#channels.size >= this.#limit && !this.#evict()) return undefined;
    const id = `udp:${formatAddress(socket.local)}-${formatAddress(remote)}#${++this.#made}`;
    const channel = new UdpChannel(socket, remote, id);
    this.#channels.set(key, channel);
    return channel;
  }

  remove(channel: UdpChannel): void {
    const key = keyOf(channel.remote);
    if (this.#channels.get(key) === channel) this.#channels.delete(key);
    if (!channel.open) return;
    channel.open = false;
    this.#forgotten(channel);
  }

  #touch(key: string, channel: UdpChannel): void {
    this.#channels.delete(key);
    this.#channels.set(key, channel);
  }

  #evict(): boolean {
    let looked = 0;
    for (const [key, channel] of this.#channels) {
      if (channel.names.size === 0) {
        this.remove(channel);
        return true;
      }
      if (++looked === CANDIDATES) return false;
      this.#touch(key, channel);
    }
    return false;
  }
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port}`;
}

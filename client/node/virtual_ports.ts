/**
 * UDP on virtual addresses: who listens on which virtual port, and what is sent from there.
 *
 * @module
 */
import { type Address, isIpv6 } from "../../core/net/address.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import { PLAINTEXT_LIMIT } from "../../core/ntm/association.ts";
import { decodeUdpPacket, encodeUdpPacket } from "../../core/ntm/ip_packet.ts";
import type { Instruction } from "../../core/ntm/messages/parts.ts";
import type { Attached } from "./attachment.ts";
import type { Correspondents } from "./correspondents.ts";
import { NodeError } from "./errors.ts";
import type { Family } from "./sockets.ts";

/** Octets of a payload that fit a datagram with every header in front of it. */
export const PAYLOAD_LIMIT = PLAINTEXT_LIMIT - 48;
const FIRST_EPHEMERAL = 49_152;
const LAST_PORT = 65_535;

/** A port of a correspondent. Its virtual address belongs to the name as long as the name exists. */
export interface VirtualPeer {
  readonly fqdn: string;
  /** Virtual address. */
  readonly host: string;
  readonly port: number;
}

/** Takes a payload and who sent it. */
export type VirtualReceiver = (payload: Uint8Array, from: VirtualPeer) => void;

/** A virtual port in use. */
export interface VirtualListener {
  readonly port: number;
  /** Sends from this port, to whoever sent something here or to a known peer. Throws for what cannot fit. */
  send(payload: Uint8Array, to: VirtualPeer): void;
  close(): void;
}

/** A virtual port that talks to one port of one correspondent. */
export interface VirtualSocket {
  /** Our virtual address and port. */
  readonly local: Address;
  readonly remote: VirtualPeer;
  /** Sends a datagram; it may be lost, as any. Throws for a payload that cannot fit. */
  send(payload: Uint8Array): void;
  close(): void;
}

/** What virtual ports need of the node. */
export interface VirtualPortsOptions {
  readonly limit: number;
  attached(): Attached;
  /** Called with why a packet was dropped. */
  dropped(cause: "malformed" | "wrong address" | "closed port"): void;
}

/** All virtual ports of a node. */
export class VirtualPorts {
  readonly #options: VirtualPortsOptions;
  readonly #correspondents: Correspondents;
  readonly #receivers = new Map<number, VirtualReceiver>();
  #ephemeral = FIRST_EPHEMERAL;

  constructor(options: VirtualPortsOptions, correspondents: Correspondents) {
    this.#options = options;
    this.#correspondents = correspondents;
  }

  /** Takes a port; 0 takes a free one. Throws {@link NodeError} `wrong-use` if it is in use. */
  listen(port: number, receive: VirtualReceiver): VirtualListener {
    const own = port === 0 ? this.#free() : port;
    checkPort(own);
    if (this.#receivers.has(own)) wrong(`virtual port ${own} is in use: choose another one`);
    if (this.#receivers.size >= this.#options.limit) {
      wrong(`${this.#options.limit} virtual ports are in use, the limit: close one`);
    }
    this.#receivers.set(own, receive);
    return {
      port: own,
      send: (payload, to) => this.#send(own, payload, to.fqdn, isIpv6(to.host) ? 6 : 4, to.port),
      close: () => {
        if (this.#receivers.get(own) === receive) this.#receivers.delete(own);
      },
    };
  }

  /** Talks to one port of a correspondent, whose tunnel stands. */
  connect(
    peer: Instruction,
    port: number,
    receive: (payload: Uint8Array) => void,
    family: Family,
  ): VirtualSocket {
    checkPort(port);
    const { ipv4, ipv6 } = this.#options.attached();
    const six = family === 6;
    const remote = { fqdn: peer.peer, host: six ? peer.peerIpv6 : peer.peerIpv4, port };
    const listener = this.listen(0, (payload, from) => {
      if (from.fqdn === remote.fqdn && from.port === port) receive(payload);
    });
    return {
      local: { host: six ? ipv6 : ipv4, port: listener.port },
      remote,
      send: (payload) => listener.send(payload, remote),
      close: () => listener.close(),
    };
  }

  /** A packet came through the tunnel of this peer. */
  deliver(packet: Uint8Array, peer: Instruction): void {
    const read = () => {
      try {
        return decodeUdpPacket(packet);
      } catch (error) {
        if (error instanceof NtmDecodeError) return undefined;
        throw error;
      }
    };
    const udp = read();
    if (!udp) return this.#options.dropped("malformed");
    const { source, destination, payload } = udp;
    const { ipv4, ipv6 } = this.#options.attached();
    const [theirs, ours] = isIpv6(source.host) ? [peer.peerIpv6, ipv6] : [peer.peerIpv4, ipv4];
    // A tunnel carries what its two ends say to each other and nothing in anybody else's name.
    if (source.host !== theirs || destination.host !== ours) {
      return this.#options.dropped("wrong address");
    }
    const receive = this.#receivers.get(destination.port);
    if (!receive) return this.#options.dropped("closed port");
    receive(payload, { fqdn: peer.peer, host: source.host, port: source.port });
  }

  #send(from: number, payload: Uint8Array, fqdn: string, family: Family, port: number): void {
    if (payload.length > PAYLOAD_LIMIT) {
      wrong(`${payload.length} octets do not fit a datagram, at most ${PAYLOAD_LIMIT} do`);
    }
    const { ipv4, ipv6 } = this.#options.attached();
    // It may have to wait for its tunnel; the caller is free to use its octets again.
    const kept = payload.slice();
    this.#correspondents.send(fqdn, ({ peerIpv4, peerIpv6 }) =>
      encodeUdpPacket({
        source: { host: family === 6 ? ipv6 : ipv4, port: from },
        destination: { host: family === 6 ? peerIpv6 : peerIpv4, port },
        payload: kept,
      }));
  }

  #free(): number {
    for (let tried = FIRST_EPHEMERAL; tried <= LAST_PORT; tried++) {
      const port = this.#ephemeral;
      this.#ephemeral = port === LAST_PORT ? FIRST_EPHEMERAL : port + 1;
      if (!this.#receivers.has(port)) return port;
    }
    return wrong("no virtual port is free: close one");
  }
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > LAST_PORT) {
    wrong(`port ${port}: expected 1 to ${LAST_PORT}`);
  }
}

function wrong(what: string): never {
  throw new NodeError("wrong-use", what);
}

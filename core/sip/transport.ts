/**
 * Where messages meet channels (RFC 3261 §18): listeners, connections, and a {@link Channel} for each
 * neighbour. Knows nothing of transactions, names or policy.
 *
 * A UDP channel stands for one (local, remote) pair and is made when it is first needed; a TCP or TLS
 * channel is one stream. Whatever a neighbour does costs no more than {@link TransportLimits} allow.
 *
 * @module
 */
import { type Address, formatAddress, isIpv6, sameHost } from "../net/address.ts";
import type { Channel } from "../net/channel.ts";
import {
  type DatagramSocket,
  NetworkError,
  type PeerIdentity,
  type StreamListener,
  type TlsCredentials,
} from "../net/network.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { SeldomLog } from "../runtime/seldom.ts";
import type { SipParseError } from "./errors.ts";
import type { SipMessage } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { markSource } from "./received.ts";
import { serializeMessage } from "./serialize.ts";
import { StreamChannel } from "./stream_channel.ts";
import { StreamChannels } from "./stream_channels.ts";
import { defaultTransportLimits, type TransportLimits } from "./transport_limits.ts";
import { UdpChannel, UdpChannels } from "./udp_channels.ts";

export { defaultTransportLimits, type TransportLimits } from "./transport_limits.ts";

/** What a transport tells its user. */
export interface SipTransportEvents {
  /** A whole, well-formed message. `received` and `rport` are in a request's top Via already. */
  message(message: SipMessage, channel: Channel): void;
  /**
   * Octets that are no message; `partial` is as much as could be read, to answer a request with. After
   * an error that leaves a stream without message boundaries the channel closes by itself; an answer
   * sent from within this call still goes out.
   */
  malformed(error: SipParseError, partial: SipMessage | undefined, channel: Channel): void;
  /** A stream channel is there: accepted, or connected by us. */
  opened?(channel: Channel): void;
  /** A channel is gone: closed by either side, by a limit, or forgotten (UDP). */
  closed(channel: Channel, error?: Error): void;
}

/** What a transport is made from. */
export interface SipTransportOptions {
  readonly runtime: Runtime;
  readonly limits?: Partial<TransportLimits>;
  /** For listeners, and for connections that bring none of their own. */
  readonly tls?: TlsCredentials;
  readonly events: SipTransportEvents;
}

/** Where to connect. */
export interface ConnectTarget {
  readonly kind: "udp" | "tcp" | "tls";
  readonly remote: Address;
  /** Address to send from: for UDP that of a listener, for streams one of this machine's. */
  readonly local?: Address;
  /** TLS: the domain the server must prove; the address itself if omitted. */
  readonly serverName?: string;
  readonly tls?: TlsCredentials;
}

/** A UDP listener and its channels. */
interface UdpListener {
  readonly socket: DatagramSocket;
  readonly channels: UdpChannels;
}

/** Listeners, connections and channels of one node. */
export class SipTransport {
  readonly limits: TransportLimits;
  readonly #runtime: Runtime;
  readonly #tls: TlsCredentials | undefined;
  readonly #events: SipTransportEvents;
  readonly #udp: UdpListener[] = [];
  readonly #listeners: StreamListener[] = [];
  readonly #streams: StreamChannels;
  readonly #tooMany: SeldomLog;
  #stopped: Promise<void> | undefined;

  constructor(options: SipTransportOptions) {
    this.#runtime = options.runtime;
    this.#tls = options.tls;
    this.#events = options.events;
    this.limits = { ...defaultTransportLimits, ...options.limits };
    this.#tooMany = new SeldomLog(
      options.runtime,
      "warning",
      "datagram dropped, too many UDP channels",
    );
    this.#streams = new StreamChannels(options.runtime, this.limits, {
      message: (message, channel) => this.#received(message, channel),
      malformed: (error, partial, channel) => this.#events.malformed(error, partial, channel),
      opened: (channel) => this.#events.opened?.(channel),
      closed: (channel, error) => this.#streamClosed(channel, error),
    });
  }

  /**
   * Listens at an IP address of this machine; port 0 takes a free one. Resolves to the bound address.
   * Rejects with a {@link NetworkError}, for example `address-in-use`.
   */
  async listen(kind: "udp" | "tcp" | "tls", local: Address): Promise<Address> {
    this.#refuseWhenStopped();
    const { network } = this.#runtime;
    if (kind === "udp") {
      const channels = new UdpChannels(
        this.limits.udpChannels,
        (channel) => this.#events.closed(channel),
      );
      const socket = await network.datagram(local, (bytes, from) => {
        this.#datagram(listener, bytes, from);
      });
      const listener: UdpListener = { socket, channels };
      this.#udp.push(listener);
      return socket.local;
    }
    if (kind === "tls" && this.#tls?.certificate === undefined) {
      throw new NetworkError(
        "certificate",
        `cannot listen on tls ${formatAddress(local)}: no certificate; give one and its key`,
      );
    }
    const { limits } = this;
    const listener = await network.listen(
      { kind, local, ...(kind === "tls" && this.#tls ? { tls: this.#tls } : {}), limits },
      (stream) => void this.#streams.adopt(stream, true),
    );
    this.#listeners.push(listener);
    return listener.local;
  }

  /**
   * The channel to a neighbour. An open stream that was made for the same target is used again; for
   * UDP nothing is sent. Rejects with a {@link NetworkError} that says what to check.
   */
  async connect(target: ConnectTarget): Promise<Channel> {
    this.#refuseWhenStopped();
    if (target.kind === "udp") return this.#udpChannel(target);
    const { kind, tls = this.#tls, ...rest } = target;
    return await this.#streams.connect({ kind, ...rest, ...(tls ? { tls } : {}) });
  }

  /** All open channels. */
  *channels(): Generator<Channel> {
    for (const { channels } of this.#udp) yield* channels.values();
    yield* this.#streams.values();
  }

  /** An open channel of that kind to that neighbour. */
  findChannel(kind: Channel["kind"], remote: Address): Channel | undefined {
    if (kind === "udp") {
      for (const { channels } of this.#udp) {
        const channel = channels.find(remote);
        if (channel) return channel;
      }
      return undefined;
    }
    return this.#streams.find(kind, remote);
  }

  /**
   * Sends a message. Throws a {@link NetworkError} if a request's channel is closed or a datagram would
   * be too long; a response whose channel is closed is dropped, there being nobody to give it to.
   */
  send(message: SipMessage, channel: Channel): void {
    if (!channel.open) {
      if (message.kind === "request") throw closedError(channel);
      this.#runtime.log.write("debug", "response dropped, channel closed", { channel: channel.id });
      return;
    }
    this.sendOctets(serializeMessage(message), channel);
  }

  /** Sends octets as they stand; throws as {@link send} does for a request. */
  sendOctets(bytes: Uint8Array, channel: Channel): void {
    if (!channel.open) throw closedError(channel);
    if (channel instanceof UdpChannel) {
      if (bytes.length > this.limits.datagramOctets) {
        throw new NetworkError(
          "limit",
          `message of ${bytes.length} octets does not fit a datagram of ${this.limits.datagramOctets}; use tcp or tls`,
        );
      }
      channel.socket.send(bytes, channel.remote);
    } else if (channel instanceof StreamChannel) {
      channel.write(bytes);
    } else {
      throw new TypeError(`channel ${channel.id} is not one of this transport's`);
    }
  }

  /** What the neighbour's certificate proved; undefined without TLS or without a certificate. */
  peer(channel: Channel): PeerIdentity | undefined {
    return channel instanceof StreamChannel ? channel.peer : undefined;
  }

  /** Closes a channel once what is queued is sent. UDP: forgets the neighbour. */
  close(channel: Channel): void {
    if (channel instanceof StreamChannel) channel.close();
    for (const { channels } of this.#udp) {
      if (channel instanceof UdpChannel) channels.remove(channel);
    }
  }

  /** Stops listening, sends what is queued, and closes everything. */
  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    for (const { socket, channels } of this.#udp) {
      for (const channel of [...channels.values()]) channels.remove(channel);
      await socket.close();
    }
    await this.#streams.stop();
  }

  #datagram({ socket, channels }: UdpListener, bytes: Uint8Array, from: Address): void {
    if (bytes.length > this.limits.datagramOctets || isKeepAlive(bytes)) return;
    const channel = channels.obtain(socket, from);
    if (!channel) {
      this.#tooMany.write(() => ({ from: formatAddress(from) }));
      return;
    }
    const parsed = parseMessage(bytes, { limits: this.limits.message });
    if (parsed.ok) this.#received(parsed.message, channel);
    else this.#events.malformed(parsed.error, parsed.partial, channel);
  }

  #received(message: SipMessage, channel: Channel): void {
    if (message.kind === "request") markSource(message, channel.remote);
    this.#events.message(message, channel);
  }

  #udpChannel({ remote, local }: ConnectTarget): UdpChannel {
    const listener = this.#udp.find(({ socket }) =>
      local
        ? sameHost(socket.local.host, local.host) &&
          (local.port === 0 || local.port === socket.local.port)
        : isIpv6(socket.local.host) === isIpv6(remote.host)
    );
    if (!listener) {
      const where = local ? formatAddress(local) : isIpv6(remote.host) ? "IPv6" : "IPv4";
      throw new NetworkError(
        "unreachable",
        `cannot send to udp ${
          formatAddress(remote)
        }: no UDP listener for ${where}; listen there first`,
      );
    }
    const channel = listener.channels.obtain(listener.socket, remote);
    if (channel) return channel;
    throw new NetworkError(
      "limit",
      `cannot send to udp ${formatAddress(remote)}: too many UDP channels`,
    );
  }

  #streamClosed(channel: StreamChannel, error?: Error): void {
    this.#runtime.log.write("debug", "channel closed", {
      channel: channel.id,
      ...(error ? { error: error.message } : {}),
    });
    this.#events.closed(channel, error);
  }

  #refuseWhenStopped(): void {
    if (this.#stopped) throw new NetworkError("reset", "transport has been stopped");
  }
}

function closedError(channel: Channel): NetworkError {
  return new NetworkError("reset", `channel ${channel.id} is closed`);
}

/** Line ends or NULs alone, which clients send to keep a NAT's binding (RFC 5626 §3.5.1 allows them). */
function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.length <= 4 && bytes.every((octet) => octet === 13 || octet === 10 || octet === 0);
}

/**
 * All stream channels of a node: those accepted, and those opened here, which are used again.
 *
 * @module
 */
import { type Address, formatAddress } from "../net/address.ts";
import { NetworkError, type Stream, type TlsCredentials } from "../net/network.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { StreamChannel, type StreamChannelEvents } from "./stream_channel.ts";
import type { TransportLimits } from "./transport_limits.ts";

/** Where to connect a stream. */
export interface StreamTarget {
  readonly kind: "tcp" | "tls";
  readonly remote: Address;
  readonly local?: Address;
  readonly serverName?: string;
  readonly tls?: TlsCredentials;
}

/** What the channels tell their transport. */
export interface StreamChannelsEvents extends Pick<StreamChannelEvents, "message" | "malformed"> {
  opened(channel: StreamChannel): void;
  closed(channel: StreamChannel, error?: Error): void;
}

/** The stream channels of one transport. */
export class StreamChannels {
  readonly #runtime: Runtime;
  readonly #limits: TransportLimits;
  readonly #events: StreamChannelsEvents;
  readonly #channelEvents: StreamChannelEvents;
  readonly #channels = new Set<StreamChannel>();
  /** Those with an unfinished message. */
  readonly #unfinished = new Set<StreamChannel>();
  #unfinishedOctets = 0;
  /** Opened here, or being opened, by what was asked for. */
  readonly #connected = new Map<string, Promise<StreamChannel>>();
  #serial = 0;
  #stopped = false;
  #allClosed = () => {};

  constructor(runtime: Runtime, limits: TransportLimits, events: StreamChannelsEvents) {
    this.#runtime = runtime;
    this.#limits = limits;
    this.#events = events;
    this.#channelEvents = {
      message: (message, channel) => events.message(message, channel),
      malformed: (error, partial, channel) => events.malformed(error, partial, channel),
      unfinished: (channel, change) => this.#holding(channel, change),
      closed: (channel, error) => this.#closed(channel, error),
    };
  }

  /** The open ones. */
  *values(): Generator<StreamChannel> {
    for (const channel of this.#channels) if (channel.open) yield channel;
  }

  find(kind: string, remote: Address): StreamChannel | undefined {
    for (const channel of this.#channels) {
      if (
        channel.open && channel.kind === kind && channel.remote.port === remote.port &&
        channel.remote.host === remote.host
      ) return channel;
    }
    return undefined;
  }

  /** The open channel that was made for this target, or a new one. */
  async connect(target: StreamTarget): Promise<StreamChannel> {
    const key = keyOf(target);
    for (let known; (known = this.#connected.get(key));) {
      const channel = await known;
      if (channel.open) return channel;
      // Closed from this end, and the stream's own end is still to come.
      if (this.#connected.get(key) === known) this.#connected.delete(key);
    }
    const attempt = this.#open(target);
    this.#connected.set(key, attempt);
    const forget = () => {
      if (this.#connected.get(key) === attempt) this.#connected.delete(key);
    };
    try {
      const channel = await attempt;
      channel.gone = forget;
      if (!channel.open) forget();
      return channel;
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** Makes a channel of a stream; undefined once stopped. */
  adopt(stream: Stream, accepted: boolean): StreamChannel | undefined {
    if (this.#stopped) return void stream.abort();
    const channel = new StreamChannel(stream, {
      serial: ++this.#serial,
      accepted,
      clock: this.#runtime.clock,
      limits: this.#limits,
      events: this.#channelEvents,
    });
    this.#channels.add(channel);
    this.#events.opened(channel);
    return channel;
  }

  /** Closes all once what is queued is sent, or its time is up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#channels.size === 0) return;
    const closed = new Promise<void>((resolve) => this.#allClosed = resolve);
    for (const channel of [...this.#channels]) channel.close();
    const timer = this.#runtime.clock.after(this.#limits.stopMilliseconds, () => {
      for (const channel of [...this.#channels]) channel.abort();
    });
    if (this.#channels.size > 0) await closed;
    timer.cancel();
  }

  async #open({ kind, remote, local, serverName, tls }: StreamTarget): Promise<StreamChannel> {
    const stream = await this.#runtime.network.connect({
      kind,
      remote,
      ...(local ? { local } : {}),
      ...(serverName === undefined ? {} : { serverName }),
      ...(kind === "tls" && tls ? { tls } : {}),
      timeoutMilliseconds: this.#limits.connectMilliseconds,
    });
    const channel = this.adopt(stream, false);
    if (!channel) throw new NetworkError("reset", "transport has been stopped");
    return channel;
  }

  /** Keeps count of octets that wait for the rest of their message. */
  #holding(channel: StreamChannel, change: number): void {
    this.#unfinishedOctets += change;
    if (channel.unfinishedSince === undefined || !channel.open) this.#unfinished.delete(channel);
    else this.#unfinished.add(channel);
    while (this.#unfinishedOctets > this.#limits.unfinishedOctets) {
      let slowest: StreamChannel | undefined;
      for (const one of this.#unfinished) {
        if ((one.unfinishedSince ?? Infinity) < (slowest?.unfinishedSince ?? Infinity)) {
          slowest = one;
        }
      }
      if (!slowest) return;
      slowest.fail("unfinished messages take too much memory, and this one has taken longest");
    }
  }

  #closed(channel: StreamChannel, error?: Error): void {
    if (!this.#channels.delete(channel)) return;
    channel.gone?.();
    this.#events.closed(channel, error);
    if (this.#channels.size === 0) this.#allClosed();
  }
}

/** A channel is used again only for what it has proved: same end, same server name, same identity. */
function keyOf({ kind, remote, local, serverName, tls }: StreamTarget): string {
  return [
    kind,
    formatAddress(remote),
    local ? formatAddress(local) : "",
    serverName ?? "",
    tls?.certificate ?? "",
    ...(tls?.trust ?? []),
  ].join("\n");
}

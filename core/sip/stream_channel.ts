/**
 * A channel over a TCP or TLS stream: octets in, whole messages out, in time and within limits.
 *
 * @module
 */
import { type Address, formatAddress } from "../net/address.ts";
import type { Channel, SecurityLevel } from "../net/channel.ts";
import { NetworkError, type PeerIdentity, type Stream } from "../net/network.ts";
import type { Clock, Timer } from "../runtime/runtime.ts";
import type { SipParseError } from "./errors.ts";
import { StreamFramer } from "./framing.ts";
import type { SipMessage } from "./message.ts";
import type { TransportLimits } from "./transport_limits.ts";

/** What a stream channel tells its transport. */
export interface StreamChannelEvents {
  message(message: SipMessage, channel: StreamChannel): void;
  malformed(error: SipParseError, partial: SipMessage | undefined, channel: StreamChannel): void;
  /** The octets of its unfinished message changed in number. */
  unfinished(channel: StreamChannel, octets: number): void;
  closed(channel: StreamChannel, error?: Error): void;
}

/** RFC 5626 §4.4.1: the answer to a keep-alive of two line ends. */
const PONG = new Uint8Array([13, 10]);

/** One stream as a channel. */
export class StreamChannel implements Channel {
  readonly kind: "tcp" | "tls";
  readonly id: string;
  readonly local: Address;
  readonly remote: Address;
  readonly names: Set<string> = new Set<string>();
  level: SecurityLevel;
  open = true;
  /** Verified certificate of the neighbour. */
  readonly peer: PeerIdentity | undefined;
  /** When the message that is arriving began to; undefined between messages. */
  unfinishedSince: number | undefined;
  /** Called once when the channel is gone; whoever opened it forgets it then. */
  gone: (() => void) | undefined;
  readonly #stream: Stream;
  readonly #clock: Clock;
  readonly #limits: TransportLimits;
  readonly #events: StreamChannelEvents;
  readonly #framer: StreamFramer;
  #heldOctets = 0;
  #lastActive: number;
  #error: Error | undefined;
  #slow: Timer | undefined;
  #idle: Timer | undefined;
  #first: Timer | undefined;

  constructor(
    stream: Stream,
    options: {
      serial: number;
      /** Whether the neighbour opened the stream. */
      accepted: boolean;
      clock: Clock;
      limits: TransportLimits;
      events: StreamChannelEvents;
    },
  ) {
    this.kind = stream.kind;
    this.local = stream.local;
    this.remote = stream.remote;
    this.id = `${stream.kind}:${formatAddress(stream.local)}-${formatAddress(stream.remote)}` +
      `#${options.serial}`;
    this.peer = stream.peer;
    // Proven by its certificate, or, where we connected, by the server's.
    this.level = stream.kind === "tls" && stream.peer ? 3 : 0;
    this.#stream = stream;
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#events = options.events;
    this.#framer = new StreamFramer({ limits: options.limits.message });
    this.#lastActive = this.#clock.now();
    this.#watchIdle(this.#limits.idleMilliseconds);
    if (options.accepted) {
      const { firstMessageMilliseconds } = this.#limits;
      this.#first = this.#clock.after(firstMessageMilliseconds, () => {
        this.fail(`no message within ${firstMessageMilliseconds} ms of connecting`);
      });
    }
    stream.handle({ data: (bytes) => this.#data(bytes), closed: (error) => this.#closed(error) });
  }

  /** Queues octets; closes the stream if its neighbour does not take them. */
  write(bytes: Uint8Array): void {
    this.#lastActive = this.#clock.now();
    this.#stream.write(bytes);
    if (this.#stream.pending > this.#limits.pendingOctets) {
      this.fail(
        `neighbour does not read: more than ${this.#limits.pendingOctets} octets wait for it`,
      );
    }
  }

  /** Sends what is queued, then closes. */
  close(): void {
    this.#stop();
    this.#stream.close();
  }

  /** Closes at once. */
  abort(): void {
    this.#stop();
    this.#stream.abort();
  }

  /** Closes at once because a limit was passed. */
  fail(reason: string): void {
    this.#error ??= new NetworkError(
      "limit",
      `${this.kind} channel with ${formatAddress(this.remote)} closed: ${reason}`,
    );
    this.abort();
  }

  #data(bytes: Uint8Array): void {
    if (!this.open) return;
    this.#lastActive = this.#clock.now();
    let whole = false;
    for (const event of this.#framer.push(bytes)) {
      if (event.kind === "ping") {
        this.write(PONG);
      } else if (event.kind === "message") {
        whole = true;
        this.#events.message(event.message, this);
      } else {
        this.#events.malformed(event.error, event.partial, this);
        // Nobody can say where the next message begins; an answer that was queued still goes out.
        if (event.fatal) this.close();
      }
      if (!this.open) return; // by a limit, or by whoever got the message
    }
    if (whole) this.#first?.cancel();
    this.#watchUnfinished(whole);
  }

  /** A message that began to arrive must be whole in time, however its octets trickle in. */
  #watchUnfinished(whole: boolean): void {
    const held = this.#framer.pending;
    if (held === 0 || whole) {
      this.#slow?.cancel();
      this.unfinishedSince = undefined;
    }
    if (held > 0 && this.unfinishedSince === undefined) {
      this.unfinishedSince = this.#clock.now();
      const { messageMilliseconds } = this.#limits;
      this.#slow = this.#clock.after(messageMilliseconds, () => {
        this.fail(`a message was not whole within ${messageMilliseconds} ms of its first octet`);
      });
    }
    this.#report(held);
  }

  #report(held: number): void {
    if (held === this.#heldOctets) return;
    const change = held - this.#heldOctets;
    this.#heldOctets = held;
    this.#events.unfinished(this, change);
  }

  #watchIdle(milliseconds: number): void {
    this.#idle = this.#clock.after(milliseconds, () => {
      const left = this.#lastActive + this.#limits.idleMilliseconds - this.#clock.now();
      if (left > 0) this.#watchIdle(left);
      else this.fail(`nothing sent or received for ${this.#limits.idleMilliseconds} ms`);
    });
  }

  #stop(): void {
    this.open = false;
    this.#slow?.cancel();
    this.#idle?.cancel();
    this.#first?.cancel();
    this.#report(0);
  }

  #closed(error?: Error): void {
    this.#stop();
    this.#events.closed(this, this.#error ?? error);
  }
}

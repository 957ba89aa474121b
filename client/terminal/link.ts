/**
 * The one link a terminal has: the channel to its server, and the transactions on it. What comes over
 * any other channel is refused here.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import { NetworkError } from "../../core/net/network.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { isIpv6 } from "../../core/net/address.ts";
import type { SipParseError } from "../../core/sip/errors.ts";
import type { SipMessage, SipRequest, SipResponse } from "../../core/sip/message.ts";
import { formatReason, REASON_PROTOCOL } from "../../core/sip/reason.ts";
import {
  type ClientHandler,
  type ClientTransaction,
  type ServerTransaction,
  TransactionLayer,
} from "../../core/sip/transactions.ts";
import { SipTransport } from "../../core/sip/transport.ts";
import type { TerminalSettings } from "./config.ts";
import { TerminalError } from "./errors.ts";
import type { TerminalParts } from "./parts.ts";

/** What the link hands on: only what came over the registered channel. */
export interface LinkUser {
  request(transaction: ServerTransaction, request: SipRequest): void;
  /** ACK of a 2xx. */
  ack(request: SipRequest): void;
  cancel(transaction: ServerTransaction): void;
  /** A response that belongs to no transaction: a repeated 2xx (RFC 3261 §13.2.2.4). */
  strayResponse(response: SipResponse): void;
  /** A request that came over another channel, or before registration. */
  foreign(transaction: ServerTransaction, request: SipRequest, channel: Channel): void;
  /** The channel of a registration that stood is gone. */
  lost(error?: Error): void;
}

/** The channel to the server. */
export class ServerLink {
  /** Set while the binding at the server stands: requests are taken only then. */
  registered = false;
  readonly #transport: SipTransport;
  readonly #layer: TransactionLayer;
  #channel: Channel | undefined;
  #local: string | undefined;
  #listening: string | undefined;

  constructor(
    readonly settings: TerminalSettings,
    readonly runtime: Runtime,
    readonly parts: TerminalParts,
    user: LinkUser,
  ) {
    this.#local = settings.local;
    this.#transport = new SipTransport({
      runtime,
      limits: { connectMilliseconds: settings.registration.connectMilliseconds },
      ...(settings.tls && { tls: settings.tls }),
      events: {
        message: (message, channel) => this.#received(message, channel),
        malformed: (error, partial, channel) => this.#malformed(error, partial, channel),
        closed: (channel, error) => this.#closed(channel, user, error),
      },
    });
    this.#layer = new TransactionLayer({
      clock: runtime.clock,
      random: runtime.random,
      send: (message, channel) => this.#transport.send(message, channel),
      user: {
        request: (transaction, request, channel) => {
          const decide = () => {
            if (this.#accepts(channel)) user.request(transaction, request);
            else user.foreign(transaction, request, channel);
          };
          // A request right behind the 200 to REGISTER, in one read, is here before that 200 has taken
          // effect.
          if (channel === this.#channel && !this.registered) runtime.clock.after(0, decide);
          else decide();
        },
        ack: (request, channel) => {
          if (this.#accepts(channel)) user.ack(request);
        },
        admitCancel: (_transaction, _request, channel) => this.#accepts(channel),
        cancel: (transaction) => user.cancel(transaction),
        strayResponse: (response, channel) => {
          if (this.#accepts(channel)) user.strayResponse(response);
        },
      },
    });
  }

  /** The channel; undefined while there is none. */
  get channel(): Channel | undefined {
    return this.#channel;
  }

  /** Connects, to each address of the server in turn. Rejects with a {@link TerminalError}. */
  async connect(local: string | undefined = this.#local): Promise<Channel> {
    this.#local = local;
    const { server, domain } = this.settings;
    const { kind, host, port } = server;
    let failure: unknown;
    try {
      for (const address of await this.runtime.network.resolve(host)) {
        if (local !== undefined && isIpv6(local) !== isIpv6(address)) continue;
        try {
          if (kind === "udp") await this.#listen(local ?? loopbackFor(address));
          this.#channel = await this.#transport.connect({
            kind,
            remote: { host: address, port },
            ...(kind === "udp"
              ? { local: { host: this.#listening!, port: 0 } }
              : local !== undefined && { local: { host: local, port: 0 } }),
            serverName: domain,
          });
          return this.#channel;
        } catch (error) {
          failure = error;
        }
      }
    } catch (error) {
      failure = error;
    }
    throw unreachable(failure ?? new Error(`${host} has no address of ${local}'s family`));
  }

  /** Forgets the channel and closes it. */
  disconnect(): void {
    const channel = this.#channel;
    this.#channel = undefined;
    this.registered = false;
    if (channel) {
      this.#layer.channelClosed(channel);
      this.#transport.close(channel);
    }
  }

  /** Starts a client transaction. Throws a {@link TerminalError} while there is no channel. */
  request(request: SipRequest, handler: ClientHandler): ClientTransaction {
    return this.#layer.request(request, this.open(), handler);
  }

  /** Sends a request and resolves to its final response. Rejects with a {@link TerminalError}. */
  exchange(request: SipRequest): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      const { method } = request;
      this.request(request, {
        response: (response) => {
          if (response.status >= 200) resolve(response);
        },
        timeout: () =>
          reject(new TerminalError("unreachable", `the server did not answer ${method}`, 408)),
        failed: (error) => reject(unreachable(error)),
      });
    });
  }

  /** Sends the ACK of a 2xx, which has no transaction; dropped while there is no channel. */
  sendAck(ack: SipRequest): void {
    try {
      this.#layer.sendStateless(ack, this.open());
    } catch (error) {
      this.runtime.log.write("debug", "ACK not sent, the channel is gone", {
        error: String(error),
      });
    }
  }

  /** A new tag for From or To. */
  tag(): string {
    return this.#layer.tag();
  }

  /** The channel, or a {@link TerminalError}. */
  open(): Channel {
    if (this.#channel?.open) return this.#channel;
    throw new TerminalError("unreachable", "there is no channel to the server at the moment");
  }

  /** Closes everything. */
  async stop(): Promise<void> {
    this.registered = false;
    this.#channel = undefined;
    this.#layer.stop();
    await this.#transport.stop();
  }

  #accepts(channel: Channel): boolean {
    return this.parts.accepts(channel, this.#channel, this.registered);
  }

  #received(message: SipMessage, channel: Channel): void {
    // Responses belong to what was sent on our channel; before registration that is REGISTER itself.
    if (message.kind === "response" && channel !== this.#channel) {
      this.runtime.log.write("warning", "response dropped, it came over a foreign channel", {
        channel: channel.id,
      });
      return;
    }
    this.#layer.receive(message, channel);
  }

  /** What can be answered is told what is wrong and where; it is taken from our channel only. */
  #malformed(error: SipParseError, partial: SipMessage | undefined, channel: Channel): void {
    this.runtime.log.write("warning", "message dropped, it cannot be read", {
      channel: channel.id,
      what: error.message,
    });
    if (partial?.kind !== "request" || partial.method === "ACK" || !this.#accepts(channel)) return;
    if (!partial.headers.has("Via")) return;
    const text = `${error.what} (line ${error.line}, column ${error.column})`;
    const reason = formatReason({ protocol: REASON_PROTOCOL, cause: error.status, text });
    this.#transport.send(
      this.parts.makeResponse(partial, error.status, undefined, {
        toTag: this.#layer.tag(),
        headers: [["Reason", reason]],
      }),
      channel,
    );
  }

  #closed(channel: Channel, user: LinkUser, error?: Error): void {
    this.#layer.channelClosed(channel);
    if (channel !== this.#channel) return;
    const { registered } = this;
    this.#channel = undefined;
    this.registered = false;
    // Before that, the REGISTER under way fails and says so.
    if (registered) user.lost(error);
  }

  async #listen(host: string): Promise<void> {
    if (this.#listening === host) return;
    await this.#transport.listen("udp", { host, port: 0 });
    this.#listening = host;
  }
}

/** A UDP socket needs an address others can answer to; only for loopback is it known without asking. */
function loopbackFor(address: string): string {
  if (address === "::1") return "::1";
  if (address.startsWith("127.")) return "127.0.0.1";
  throw new TerminalError(
    "wrong-use",
    "over udp the terminal needs to know its own address: give --local",
  );
}

function unreachable(error: unknown): TerminalError {
  if (error instanceof TerminalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  // A certificate that does not verify is no passing trouble.
  const failure = error instanceof NetworkError && error.code === "certificate"
    ? "server-not-proven"
    : "unreachable";
  return new TerminalError(failure, message, undefined, { cause: error });
}

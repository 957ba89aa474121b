/**
 * Connections to the servers of other domains: mutual TLS, opened when first needed and kept (SM-20).
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { Channel } from "../../core/net/channel.ts";
import type { SipTransport } from "../../core/sip/transport.ts";
import type { NeighbourConfig } from "./config.ts";

/** Too many requests wait for one neighbour. */
export class NeighbourBusyError extends Error {
  override readonly name = "NeighbourBusyError";
}

/** The neighbours' channels. */
export class Neighbours {
  readonly #open = new Map<string, Channel>();
  readonly #waiting = new Map<string, number>();

  constructor(
    private readonly transport: SipTransport,
    /** Requests that may wait for one neighbour. */
    private readonly pendingLimit: number,
    /** The host to connect from where the configuration names none; undefined: the system chooses. */
    private readonly localHost: (remote: Address) => string | undefined,
  ) {}

  /** The open channel to a neighbour, if there is one. */
  channel({ domain }: NeighbourConfig): Channel | undefined {
    const channel = this.#open.get(domain);
    return channel?.open ? channel : undefined;
  }

  /**
   * Connects to a neighbour, whose certificate has to prove its domain. Rejects with a NetworkError, or
   * {@link NeighbourBusyError} where too many requests wait for it already.
   */
  async connect(neighbour: NeighbourConfig): Promise<Channel> {
    const { domain, address } = neighbour;
    const local = neighbour.local ?? this.localHost(address);
    const waiting = this.#waiting.get(domain) ?? 0;
    if (waiting >= this.pendingLimit) {
      throw new NeighbourBusyError(`${waiting} requests wait for the server of ${domain} already`);
    }
    this.#waiting.set(domain, waiting + 1);
    try {
      const channel = await this.transport.connect({
        kind: "tls",
        remote: address,
        serverName: domain,
        ...(local === undefined ? {} : { local: { host: local, port: 0 } }),
      });
      this.#open.set(domain, channel);
      return channel;
    } finally {
      this.#waiting.set(domain, (this.#waiting.get(domain) ?? 1) - 1);
    }
  }
}

/**
 * Where this server listens, as it writes itself into Via and Record-Route.
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import type { Channel } from "../../core/net/channel.ts";
import type { SipUri } from "../../core/sip/uri.ts";
import type { ListenConfig } from "./config.ts";

const wildcards = new Set(["0.0.0.0", "::"]);

/** The addresses of one server. */
export class OwnAddresses {
  #listeners: readonly ListenConfig[] = [];
  /** `host:port` of every address in use, also those a wildcard listener turned out to have. */
  readonly #own = new Set<string>();
  readonly #ofChannel = new WeakMap<Channel, Address>();

  constructor(private readonly domain: string) {}

  /** The addresses that were bound. */
  set(listeners: readonly ListenConfig[]): void {
    this.#listeners = listeners;
    for (const { address } of listeners) this.#own.add(formatAddress(address));
  }

  /**
   * The address to be found at by whoever is at the other end: for a connection that this server opened,
   * the listener of that kind on the same host.
   */
  of(channel: Channel): Address {
    let address = this.#ofChannel.get(channel);
    if (address === undefined) {
      address = this.#find(channel);
      this.#ofChannel.set(channel, address);
      this.#own.add(formatAddress(address));
    }
    return address;
  }

  /** Whether `host:port` is this server. */
  has(hostPort: string): boolean {
    return this.#own.has(hostPort);
  }

  /** Whether a URI without user part means this server: its domain, or one of its addresses. */
  isSelf(uri: SipUri): boolean {
    return uri.host === this.domain ||
      this.#own.has(formatAddress({ host: uri.host, port: uri.port ?? 5060 }));
  }

  #find({ kind, local }: Channel): Address {
    const ofKind = this.#listeners.filter((listener) => listener.kind === kind);
    const there =
      ofKind.find(({ address }) => address.host === local.host && address.port === local.port) ??
        ofKind.find(({ address }) => address.host === local.host) ??
        ofKind.find(({ address }) => wildcards.has(address.host));
    return { host: local.host, port: there?.address.port ?? local.port };
  }
}

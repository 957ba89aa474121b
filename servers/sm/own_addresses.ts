/**
 * Where this server listens, as it writes itself into Via and Record-Route.
 *
 * @module
 */
import { type Address, formatAddress, isIpv6 } from "../../core/net/address.ts";
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

  /**
   * The host to connect from to a neighbour at `remote`: where this server listens for TLS, so that its
   * Route-Security names the address it is known by. Undefined where no listener could reach it.
   */
  towards(remote: Address): string | undefined {
    const reaches = ({ kind, address: { host } }: ListenConfig) =>
      kind === "tls" && !wildcards.has(host) && isIpv6(host) === isIpv6(remote.host) &&
      isLoopback(host) === isLoopback(remote.host);
    return this.#listeners.find(reaches)?.address.host;
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

/** A loopback address reaches nothing but loopback addresses. */
function isLoopback(host: string): boolean {
  return host === "::1" || host.startsWith("127.");
}

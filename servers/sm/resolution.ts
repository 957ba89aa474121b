/**
 * Name resolution (SM-18): from a Request-URI to the channels that lead there.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import { formatAddress } from "../../core/net/address.ts";
import { addressOfRecord, parseUri, sameUri, type SipUri } from "../../core/sip/uri.ts";
import type { Accounts } from "./accounts.ts";
import type { Binding } from "./binding_plan.ts";
import type { BoundNames } from "./bound_names.ts";
import type { NeighbourConfig } from "./config.ts";

/** One way on. */
export interface Target {
  /** Where to send it; a neighbour to connect to where there is none yet. */
  readonly via: Channel | NeighbourConfig;
  /** Request-URI to send. */
  readonly uri: string;
  /** Whether a terminal is at the other end, and not another server. */
  readonly last: boolean;
}

/** What a name leads to. */
export type Resolution =
  | { readonly kind: "found"; readonly targets: readonly Target[] }
  /** It exists and is not registered over an open channel now. */
  | { readonly kind: "away" }
  /** There is no such name, or no way to its domain. */
  | { readonly kind: "nothing" };

/** Finds the way to a name, or to the other end of a dialog. */
export interface Resolver {
  /** The way for a request that begins something: the contacts of the name, or its domain's server. */
  resolve(uri: SipUri, written: string): Resolution;
  /**
   * The way within a dialog: a channel of the dialog's other party, or the server it named in Route.
   *
   * @param other canonical name of the other party
   * @param next the next Route value's URI, if there is one
   */
  resolveDialog(other: string, uri: SipUri, written: string, next: SipUri | undefined): Resolution;
}

const nothing: Resolution = { kind: "nothing" };
const away: Resolution = { kind: "away" };

/** The resolver over registrations and configured neighbours. */
export function createResolver(
  { domain, neighbours, accounts, bindings, names }: {
    readonly domain: string;
    readonly neighbours: readonly NeighbourConfig[];
    readonly accounts: Pick<Accounts, "get">;
    readonly bindings: (name: string) => readonly Binding[];
    readonly names: BoundNames;
  },
): Resolver {
  const byDomain = new Map(neighbours.map((neighbour) => [neighbour.domain, neighbour]));
  const toNeighbour = (neighbour: NeighbourConfig, written: string): Resolution => ({
    kind: "found",
    targets: [{ via: neighbour, uri: written, last: false }],
  });
  return {
    resolve(uri, written) {
      if (uri.host !== domain) {
        const neighbour = byDomain.get(uri.host);
        return neighbour === undefined || uri.user === undefined
          ? nothing
          : toNeighbour(neighbour, written);
      }
      const name = addressOfRecord(uri);
      const registered = bindings(name);
      // Both look-ups are always made, so that time tells nothing (SM-17).
      const known = accounts.get(name) !== undefined || registered.length > 0;
      const targets = targetsOf(registered, uri.scheme === "sips");
      if (targets.length > 0) return { kind: "found", targets };
      return known ? away : nothing;
    },

    resolveDialog(other, uri, written, next) {
      if (next !== undefined) {
        const neighbour = neighbourAt(neighbours, next);
        return neighbour === undefined ? nothing : toNeighbour(neighbour, written);
      }
      const host = other.slice(other.lastIndexOf("@") + 1);
      if (host !== domain) {
        const neighbour = byDomain.get(host);
        return neighbour === undefined ? nothing : toNeighbour(neighbour, written);
      }
      const channel = terminalChannel(bindings(other), names.channelsOf(other), uri);
      if (channel === undefined) return away;
      if (uri.scheme === "sips" && channel.kind !== "tls") return away;
      return { kind: "found", targets: [{ via: channel, uri: written, last: true }] };
    },
  };
}

/** The reachable contacts, those the terminal prefers first; `sips:` only over TLS (RFC 5630 §3.1.3). */
function targetsOf(bindings: readonly Binding[], secure: boolean): Target[] {
  const targets: (Target & { readonly q: number })[] = [];
  for (const { channel, contact, q } of bindings) {
    if (channel === undefined || !channel.open) continue;
    if (secure && channel.kind !== "tls") continue;
    targets.push({ via: channel, uri: contact, last: true, q });
  }
  return targets.length > 1 ? targets.sort((a, b) => b.q - a.q) : targets;
}

/**
 * The channel of the dialog's other party: by the contact the dialog was made with, else by the address
 * in it, else the one it has now (a terminal that moved keeps its dialogs).
 */
function terminalChannel(
  bindings: readonly Binding[],
  channels: ReadonlySet<Channel>,
  uri: SipUri,
): Channel | undefined {
  if (channels.size === 1 && bindings.length <= 1) {
    const [only] = channels;
    return only?.open ? only : undefined;
  }
  const open = (channel: Channel | undefined) => channel?.open ?? false;
  const registered = bindings.find((binding) =>
    open(binding.channel) && sameUri(parseUri(binding.contact), uri)
  );
  if (registered !== undefined) return registered.channel;
  const address = formatAddress({ host: uri.host, port: uri.port ?? 5060 });
  const candidates = new Set([...channels, ...bindings.map((binding) => binding.channel)]);
  const reachable = [...candidates].filter((channel) => channel?.open);
  return reachable.find((channel) => channel && formatAddress(channel.remote) === address) ??
    (reachable.length === 1 ? reachable[0] : undefined);
}

/** The neighbour a Route value names: by its domain, its address, or its host where ports differ. */
function neighbourAt(
  neighbours: readonly NeighbourConfig[],
  uri: SipUri,
): NeighbourConfig | undefined {
  return neighbours.find(({ domain }) => domain === uri.host) ??
    neighbours.find(({ address }) => address.host === uri.host && address.port === uri.port) ??
    neighbours.find(({ address }) => address.host === uri.host);
}

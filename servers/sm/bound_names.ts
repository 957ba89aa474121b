/**
 * Which names are proven for which channel, and back (SM-1).
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";

const none: ReadonlySet<Channel> = new Set();

/** The names bound to channels; the channels' own `names` are kept in step. */
export class BoundNames {
  readonly #channels = new Map<string, Set<Channel>>();

  /** Binds a proven name to a channel. */
  bind(channel: Channel, name: string): void {
    channel.names.add(name);
    const channels = this.#channels.get(name);
    if (channels === undefined) this.#channels.set(name, new Set([channel]));
    else channels.add(channel);
  }

  /** Takes a name from a channel. */
  unbind(channel: Channel, name: string): void {
    channel.names.delete(name);
    const channels = this.#channels.get(name);
    if (channels?.delete(channel) && channels.size === 0) this.#channels.delete(name);
  }

  /** Takes all names from a channel that is closed. */
  closed(channel: Channel): void {
    for (const name of [...channel.names]) this.unbind(channel, name);
  }

  /** The channels a name is proven for. */
  channelsOf(name: string): ReadonlySet<Channel> {
    return this.#channels.get(name) ?? none;
  }
}

/**
 * The neighbour domain's listening side, played by the harness. It stays while the IUT runs; the case that
 * has a session-manager peer takes it over.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { StreamListener, TlsCredentials } from "../../core/net/network.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { type Link, type LinkEvents, streamLink } from "../peers/link.ts";
import type { Peer } from "../peers/peer.ts";

/** Listener limits: only the IUT connects here. */
const limits = { connections: 64, connectionsPerAddress: 64, handshakeMilliseconds: 10_000 };

/** Who has the links now. */
interface Holder {
  peer: Peer | undefined;
}

/** A listening point whose links go to whoever has it. */
export class Neighbour {
  readonly address: Address;
  readonly #listener: StreamListener;
  readonly #links: Set<Link>;
  readonly #holder: Holder;

  private constructor(listener: StreamListener, links: Set<Link>, holder: Holder) {
    this.#listener = listener;
    this.#links = links;
    this.#holder = holder;
    this.address = listener.local;
  }

  /** Listens. */
  static async listen(
    runtime: Runtime,
    local: Address,
    options: { kind: "tcp" | "tls"; tls?: TlsCredentials },
  ): Promise<Neighbour> {
    const links = new Set<Link>();
    const holder: Holder = { peer: undefined };
    const events: LinkEvents = {
      message: (message, link) => holder.peer?.events.message(message, link),
      malformed: (what, link) => holder.peer?.events.malformed(what, link),
      closed: (link) => {
        links.delete(link);
        holder.peer?.events.closed(link);
      },
    };
    const listener = await runtime.network.listen(
      { kind: options.kind, local, limits, ...(options.tls ? { tls: options.tls } : {}) },
      (stream) => {
        const link = streamLink(stream, events);
        links.add(link);
        holder.peer?.adopt(link, false);
        holder.peer?.inbox.wake();
      },
    );
    return new Neighbour(listener, links, holder);
  }

  /** Gives the links to a peer. */
  attach(peer: Peer): void {
    this.#holder.peer = peer;
    for (const link of this.#links) peer.adopt(link, false);
  }

  /** Takes them back. */
  detach(): void {
    this.#holder.peer = undefined;
  }

  /** Stops listening and closes the links. */
  async stop(): Promise<void> {
    this.detach();
    for (const link of [...this.#links]) void link.close();
    await this.#listener.close();
  }
}

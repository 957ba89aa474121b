/**
 * An NTMobile node: its parts put together, and what programs use of it.
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { DropCause } from "../../core/ntm/association.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import { decodeHeader } from "../../core/ntm/header.ts";
import type { Instruction } from "../../core/ntm/messages/parts.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { Attachment } from "./attachment.ts";
import { type NodeConfig, nodeSettings } from "./config.ts";
import { Correspondents } from "./correspondents.ts";
import { NodeError } from "./errors.ts";
import type { NodeObserver } from "./events.ts";
import { ping, type PingOptions, startEcho } from "./ping.ts";
import { type Family, Sockets } from "./sockets.ts";
import {
  type VirtualListener,
  VirtualPorts,
  type VirtualReceiver,
  type VirtualSocket,
} from "./virtual_ports.ts";

/** Why a datagram, or a packet within one, was dropped. */
export type NodeDropCause = DropCause | "wrong address" | "closed port";

/** A node that is logged in and registered. */
export interface Node {
  readonly fqdn: string;
  /** Its virtual addresses (NTM-2). */
  readonly virtual: { readonly ipv4: string; readonly ipv6: string };
  /** Where its sockets are bound. */
  readonly local: readonly Address[];
  /** What was dropped, by cause. */
  readonly drops: ReadonlyMap<NodeDropCause, number>;
  /**
   * Talks to a port of a correspondent: builds a tunnel to it if none stands. Throws {@link NodeError}.
   * The tunnel is built again when it is needed; addresses are virtual ones only.
   */
  connect(
    fqdn: string,
    port: number,
    receive: (payload: Uint8Array) => void,
    options?: { readonly family?: Family },
  ): Promise<VirtualSocket>;
  /** Takes what comes to a virtual port, from anybody; port 0 takes a free one. */
  listen(port: number, receive: VirtualReceiver): VirtualListener;
  /** Milliseconds there and back through the tunnel; the correspondent must echo. Throws {@link NodeError}. */
  ping(fqdn: string, options?: PingOptions): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a node: resolves when it is registered. Throws {@link NodeError} or `NetworkError`. */
export async function startNode(
  config: NodeConfig,
  runtime: Runtime,
  observe: NodeObserver = () => {},
): Promise<Node> {
  const node = new RunningNode(config, runtime, observe);
  await node.start();
  return node;
}

class RunningNode implements Node {
  readonly drops = new Map<NodeDropCause, number>();
  readonly #config: NodeConfig;
  readonly #runtime: Runtime;
  readonly #observe: NodeObserver;
  #sockets!: Sockets;
  #attachment!: Attachment;
  #correspondents!: Correspondents;
  #ports!: VirtualPorts;
  #stopped?: Promise<void>;

  constructor(config: NodeConfig, runtime: Runtime, observe: NodeObserver) {
    this.#config = config;
    this.#runtime = runtime;
    this.#observe = observe;
  }

  async start(): Promise<void> {
    const runtime = this.#runtime;
    const settings = nodeSettings(this.#config);
    const sockets = this.#sockets = await Sockets.open(
      settings,
      runtime,
      (bytes, from) => this.#receive(bytes, from),
    );
    const report = this.#observe;
    const attachment: Attachment = this.#attachment = new Attachment({
      runtime,
      settings,
      sockets,
      report,
      send: (bytes, to) => sockets.send(bytes, to),
      route: (direction) => correspondents.route(direction),
    });
    const correspondents: Correspondents = this.#correspondents = new Correspondents({
      runtime,
      settings,
      sockets,
      report,
      link: () => attachment.link,
      attached: () => attachment.attached,
      packet: (packet: Uint8Array, from: Instruction) => this.#ports.deliver(packet, from),
    });
    this.#ports = new VirtualPorts({
      limit: settings.limits.ports,
      attached: () => attachment.attached,
      dropped: (cause) => this.#dropped(cause),
    }, correspondents);
    if (settings.echo) startEcho(this.#ports);
    try {
      await attachment.start();
    } catch (error) {
      await sockets.close();
      throw error;
    }
  }

  get fqdn(): string {
    return this.#attachment.attached.fqdn;
  }

  get virtual(): { readonly ipv4: string; readonly ipv6: string } {
    const { ipv4, ipv6 } = this.#attachment.attached;
    return { ipv4, ipv6 };
  }

  get local(): readonly Address[] {
    return this.#sockets.locals;
  }

  async connect(
    fqdn: string,
    port: number,
    receive: (payload: Uint8Array) => void,
    { family = 4 }: { readonly family?: Family } = {},
  ): Promise<VirtualSocket> {
    const { instruction } = await this.#correspondents.tunnel(this.#peer(fqdn));
    return this.#ports.connect(instruction, port, receive, family);
  }

  listen(port: number, receive: VirtualReceiver): VirtualListener {
    return this.#ports.listen(port, receive);
  }

  async ping(fqdn: string, options: PingOptions = {}): Promise<number> {
    return await ping(this, this.#runtime, fqdn, options);
  }

  stop(): Promise<void> {
    return this.#stopped ??= this.#stop();
  }

  async #stop(): Promise<void> {
    this.#correspondents.stop();
    this.#attachment.stop();
    await this.#sockets.close();
  }

  #peer(fqdn: string): string {
    const name = fqdn.toLowerCase().replace(/\.$/, "");
    if (name === this.fqdn) throw new NodeError("wrong-use", `${name} is this node itself`);
    return name;
  }

  #receive(bytes: Uint8Array, from: Address): void {
    const cause = this.#dispatch(bytes, from);
    if (cause !== undefined) this.#dropped(cause);
  }

  #dispatch(bytes: Uint8Array, from: Address): NodeDropCause | undefined {
    try {
      const { pathId, type } = decodeHeader(bytes);
      if (this.#attachment.owns(pathId)) {
        return this.#attachment.link.receive(pathId, bytes, from);
      }
      return this.#correspondents.owns(pathId)
        ? this.#correspondents.receive(pathId, type, bytes, from)
        : "other association";
    } catch (error) {
      if (error instanceof NtmDecodeError) return "malformed";
      throw error;
    }
  }

  #dropped(cause: NodeDropCause): void {
    this.drops.set(cause, (this.drops.get(cause) ?? 0) + 1);
    this.#runtime.log.write("debug", "datagram dropped", { cause });
  }
}

/**
 * Programs that know nothing of NTMobile: a local UDP port stands for a correspondent's virtual port, and
 * a virtual port for a local program's UDP port.
 *
 * @module
 */
import { type Address, formatAddress } from "../../core/net/address.ts";
import type { DatagramSocket } from "../../core/net/network.ts";
import type { Runtime, Timer } from "../../core/runtime/runtime.ts";
import type { Node } from "./node.ts";
import type { Family } from "./sockets.ts";
import { PAYLOAD_LIMIT, type VirtualPeer } from "./virtual_ports.ts";

/** Limits of forwarding. */
export interface ForwardLimits {
  /** Local programs, or remote peers, served at a time; datagrams of more are dropped. Default 64. */
  readonly flows: number;
  /** A flow without a datagram for so long is forgotten, ms. Default 300,000. */
  readonly idleMilliseconds: number;
}

const LIMITS: ForwardLimits = { flows: 64, idleMilliseconds: 300_000 };

/** A forwarding that runs. */
export interface Forwarding {
  /** The local port, or the first one used. */
  readonly local: Address;
  stop(): Promise<void>;
}

/** Flows by key, each forgotten when it is idle. */
class Flows<T> {
  readonly #runtime: Runtime;
  readonly #limits: ForwardLimits;
  readonly #drop: (flow: T) => void;
  readonly #known = new Map<string, { readonly flow: T; used: number; timer?: Timer }>();

  constructor(runtime: Runtime, limits: ForwardLimits, drop: (flow: T) => void) {
    this.#runtime = runtime;
    this.#limits = limits;
    this.#drop = drop;
  }

  /** The flow of this key, made if there is room; undefined if there is none. */
  get(key: string, make: () => T): T | undefined {
    const known = this.#known.get(key);
    if (known) {
      known.used = this.#runtime.clock.now();
      return known.flow;
    }
    if (this.#known.size >= this.#limits.flows) return undefined;
    const made = { flow: make(), used: this.#runtime.clock.now() };
    this.#known.set(key, made);
    this.#watch(key);
    return made.flow;
  }

  touch(key: string): void {
    const known = this.#known.get(key);
    if (known) known.used = this.#runtime.clock.now();
  }

  clear(): void {
    for (const { flow, timer } of this.#known.values()) {
      timer?.cancel();
      this.#drop(flow);
    }
    this.#known.clear();
  }

  #watch(key: string): void {
    const known = this.#known.get(key)!;
    const { clock } = this.#runtime;
    const left = known.used + this.#limits.idleMilliseconds - clock.now();
    if (left > 0) {
      known.timer = clock.after(left, () => this.#watch(key));
      return;
    }
    this.#known.delete(key);
    this.#drop(known.flow);
  }
}

/**
 * Whatever comes to the local port goes to the virtual port, and what comes back goes to whoever sent
 * there: each local program has a virtual port of its own. Builds the tunnel first; throws `NodeError`,
 * or `NetworkError` if the local port is in use.
 */
export async function forward(
  node: Node,
  runtime: Runtime,
  target: { readonly local: Address; readonly fqdn: string; readonly port: number },
  options: { readonly family?: Family; readonly limits?: Partial<ForwardLimits> } = {},
): Promise<Forwarding> {
  const family = options.family ?? 4;
  // The address comes with the first socket, and is the correspondent's as long as its name exists.
  const first = await node.connect(target.fqdn, target.port, () => {}, { family });
  const { remote } = first;
  first.close();
  const flows = new Flows(
    runtime,
    { ...LIMITS, ...options.limits },
    (listener: ReturnType<Node["listen"]>) => listener.close(),
  );
  const local = await runtime.network.datagram(target.local, (payload, from) => {
    if (payload.length > PAYLOAD_LIMIT) return;
    const key = formatAddress(from);
    flows.get(key, () =>
      node.listen(0, (answer, peer) => {
        if (peer.fqdn !== remote.fqdn || peer.port !== remote.port) return;
        flows.touch(key);
        local.send(answer, from);
      }))?.send(payload, remote);
  });
  return {
    local: local.local,
    async stop() {
      flows.clear();
      await local.close();
    },
  };
}

/**
 * Whatever comes to the virtual port goes to a local program, which sees each peer as a port of its own
 * on `from`; what it answers there goes back to that peer.
 */
export function deliverTo(
  node: Node,
  runtime: Runtime,
  target: { readonly port: number; readonly to: Address; readonly from: string },
  limits: Partial<ForwardLimits> = {},
): { readonly port: number; stop(): Promise<void> } {
  interface Flow {
    socket?: DatagramSocket;
    /** Until its socket is bound. */
    waiting: Uint8Array[];
    closed: boolean;
  }
  const all = { ...LIMITS, ...limits };
  const closing = new Set<Promise<void>>();
  const close = (socket: DatagramSocket) => {
    const closed = socket.close().finally(() => closing.delete(closed));
    closing.add(closed);
  };
  const flows = new Flows<Flow>(runtime, all, (flow) => {
    flow.closed = true;
    if (flow.socket) close(flow.socket);
  });
  const open = (key: string, peer: VirtualPeer): Flow => {
    const flow: Flow = { waiting: [], closed: false };
    const bound = runtime.network.datagram({ host: target.from, port: 0 }, (answer, from) => {
      if (formatAddress(from) !== formatAddress(target.to) || answer.length > PAYLOAD_LIMIT) return;
      flows.touch(key);
      listener.send(answer, peer);
    });
    bound.then((socket) => {
      if (flow.closed) return close(socket);
      flow.socket = socket;
      for (const payload of flow.waiting.splice(0)) socket.send(payload, target.to);
    }, (error) => runtime.log.write("warning", "no local port", { reason: String(error) }));
    return flow;
  };
  const listener = node.listen(target.port, (payload, peer) => {
    const key = `${peer.fqdn} ${peer.host} ${peer.port}`;
    const flow = flows.get(key, () => open(key, peer));
    if (flow?.socket) flow.socket.send(payload, target.to);
    else if (flow && flow.waiting.length < all.flows) flow.waiting.push(payload.slice());
  });
  return {
    port: listener.port,
    async stop() {
      listener.close();
      flows.clear();
      await Promise.all(closing);
    },
  };
}

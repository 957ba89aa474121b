/**
 * The simulated network as one host sees it: its own addresses, its own ports, everybody else at the
 * other end of a link. Made by `Simulation.host` in `core/runtime/simulated.ts`.
 *
 * @module
 */
import { type Address, formatAddress, isIpv6, parseIp } from "./address.ts";
import {
  type ConnectOptions,
  type DatagramSocket,
  type ListenOptions,
  type Network,
  NetworkError,
  type Stream,
  type StreamListener,
} from "./network.ts";
import { SimulatedSocket } from "./simulated_datagram.ts";
import type { Fabric } from "./simulated_fabric.ts";
import { brokenOff, clientSetUp, type Listener, serverSetUp } from "./simulated_handshake.ts";
import { StreamEnd } from "./simulated_stream.ts";
import { checkOwnCredentials } from "./tls_credentials.ts";

/** RFC 6335 §6: the dynamic ports. */
const FIRST_DYNAMIC_PORT = 49152;
const LAST_PORT = 65535;

/** One host's view of the simulated network. */
export class SimulatedNetwork implements Network {
  readonly #fabric: Fabric;
  readonly #addresses: readonly string[];
  readonly #sockets = new Map<string, SimulatedSocket>();
  readonly #listeners = new Map<string, Listener>();
  /** Streams by "local remote". */
  readonly #streams = new Set<string>();
  #nextPort = FIRST_DYNAMIC_PORT;

  /** `addresses` are canonical. */
  constructor(fabric: Fabric, addresses: readonly string[]) {
    this.#fabric = fabric;
    this.#addresses = addresses;
  }

  // deno-lint-ignore require-await -- async, so that what is wrong rejects as it does live
  async datagram(
    local: Address,
    receive: (bytes: Uint8Array, from: Address) => void,
  ): Promise<DatagramSocket> {
    const bound = this.#bind(local, this.#sockets);
    const key = formatAddress(bound);
    const socket = new SimulatedSocket(this.#fabric, bound, {
      receive,
      source: (to) => this.#source(to)?.host,
      closed: () => this.#sockets.delete(key),
    });
    this.#sockets.set(key, socket);
    return socket;
  }

  // deno-lint-ignore require-await -- async, so that what is wrong rejects as it does live
  async listen(options: ListenOptions, accept: (stream: Stream) => void): Promise<StreamListener> {
    if (options.kind === "tls") checkOwnCredentials(options.tls ?? { trust: [] }, true);
    const bound = this.#bind(options.local, this.#listeners);
    const key = formatAddress(bound);
    const listener: Listener = {
      options,
      local: bound,
      accept,
      open: 0,
      ofHost: new Map(),
      waiting: new Set(),
      close: () => {
        this.#listeners.delete(key);
        for (const end of [...listener.waiting]) end.setUp?.broken(brokenOff(end));
        return Promise.resolve();
      },
    };
    this.#listeners.set(key, listener);
    return listener;
  }

  async connect(options: ConnectOptions): Promise<Stream> {
    if (options.kind === "tls") checkOwnCredentials(options.tls ?? { trust: [] }, false);
    const { remote } = options;
    const local = this.#callFrom(options);
    const name = `${formatAddress(local)} ${formatAddress(remote)}`;
    this.#streams.add(name);
    const fabric = this.#fabric;
    const end = new StreamEnd(
      fabric,
      options.kind,
      local,
      remote,
      () => this.#streams.delete(name),
    );
    return await new Promise((resolve, reject) => {
      end.setUp = clientSetUp(end, options, fabric, () => resolve(end), reject);
      end.wire.send(0, () => {
        const host = fabric.hosts.get(remote.host);
        if (host) host.#called(end);
        else end.setUp?.broken(nobody(remote));
      });
    });
  }

  // deno-lint-ignore require-await -- async, so that what is wrong rejects as it does live
  async resolve(host: string): Promise<string[]> {
    const ip = parseIp(host);
    if (ip !== undefined) return [ip];
    const found = this.#fabric.names.get(host.toLowerCase());
    if (found) return [...found];
    throw new NetworkError(
      "name-not-found",
      `host name "${host}" is not known in the simulation: add it with simulation.name()`,
    );
  }

  /** The socket a datagram for `to` goes to; also one bound to the wild card. */
  socketAt(to: Address): SimulatedSocket | undefined {
    return at(this.#sockets, to);
  }

  /** Somebody calls one of our ports; `caller` is their end. */
  #called(caller: StreamEnd): void {
    const fabric = this.#fabric;
    const local = caller.remote;
    const remote = caller.local;
    const listener = at(this.#listeners, local);
    const name = `${formatAddress(local)} ${formatAddress(remote)}`;
    const kind = listener?.options.kind ?? caller.kind;
    const end = new StreamEnd(fabric, kind, local, remote, () => this.#left(listener, name, end));
    end.other = caller;
    caller.other = end;
    if (!listener) {
      end.trace("refused");
      end.breakOff(refused(local));
      return;
    }
    const full = !hasRoom(listener, remote.host);
    listener.open++;
    listener.ofHost.set(remote.host, (listener.ofHost.get(remote.host) ?? 0) + 1);
    this.#streams.add(name);
    end.setUp = serverSetUp(end, listener, fabric);
    end.say({ step: "answered" });
    // As live: the connection stands for the caller, then goes.
    if (full) {
      end.trace("refused");
      end.setUp.broken(
        new NetworkError("reset", `${formatAddress(local)} has too many connections: try later`),
      );
    }
  }

  /** One of our accepted streams is gone. */
  #left(listener: Listener | undefined, name: string, { remote }: StreamEnd): void {
    this.#streams.delete(name);
    if (!listener) return;
    const ofHost = (listener.ofHost.get(remote.host) ?? 1) - 1;
    listener.open--;
    if (ofHost > 0) listener.ofHost.set(remote.host, ofHost);
    else listener.ofHost.delete(remote.host);
  }

  /** A free local address for the port asked for. */
  #bind(local: Address, taken: ReadonlyMap<string, unknown>): Address {
    this.#own(local.host);
    if (local.port !== 0) {
      const wild = { host: isIpv6(local.host) ? "::" : "0.0.0.0", port: local.port };
      const same = [...this.#addresses, wild.host].some((host) =>
        (host === local.host || wild.host === local.host) &&
        isIpv6(host) === isIpv6(local.host) &&
        taken.has(formatAddress({ host, port: local.port }))
      );
      if (same || taken.has(formatAddress(wild))) throw inUse(local);
      return { host: local.host, port: local.port };
    }
    return this.#free(local, (address) => taken.has(formatAddress(address)));
  }

  /** The local address of an outgoing stream. */
  #callFrom({ local: wanted, remote }: ConnectOptions): Address {
    const local = wanted ?? this.#source(remote);
    if (!local || isIpv6(local.host) !== isIpv6(remote.host)) throw nobody(remote);
    this.#own(local.host);
    const to = formatAddress(remote);
    const taken = (address: Address) =>
      this.#streams.has(`${formatAddress(address)} ${to}`) ||
      at(this.#listeners, address) !== undefined;
    if (local.port === 0) return this.#free(local, taken);
    if (taken(local)) throw inUse(local);
    return local;
  }

  #free({ host }: Address, taken: (address: Address) => boolean): Address {
    for (let tries = FIRST_DYNAMIC_PORT; tries <= LAST_PORT; tries++) {
      const address = { host, port: this.#nextPort };
      this.#nextPort = this.#nextPort === LAST_PORT ? FIRST_DYNAMIC_PORT : this.#nextPort + 1;
      if (!taken(address)) return address;
    }
    throw new NetworkError("address-in-use", `no free port on ${host}: close some connections`);
  }

  /** Our first address of the other side's family. */
  #source(to: Address): Address | undefined {
    const host = this.#addresses.find((one) => one === to.host) ??
      this.#addresses.find((one) => isIpv6(one) === isIpv6(to.host));
    return host === undefined ? undefined : { host, port: 0 };
  }

  #own(host: string): void {
    if (host === "::" || host === "0.0.0.0" || this.#addresses.includes(host)) return;
    throw new NetworkError(
      "unreachable",
      `${host} is not an address of this host: use one of ${this.#addresses.join(", ")}`,
    );
  }
}

/** Whether one more stream of `host` fits, after the oldest unfinished handshake made room if need be. */
function hasRoom(listener: Listener, host: string): boolean {
  const { connections, connectionsPerAddress } = listener.options.limits;
  const evict = (which: (end: StreamEnd) => boolean) => {
    const oldest = [...listener.waiting].find(which);
    oldest?.setUp?.broken(brokenOff(oldest));
    return oldest !== undefined;
  };
  const ofHost = listener.ofHost.get(host) ?? 0;
  if (ofHost >= connectionsPerAddress && !evict((end) => end.remote.host === host)) return false;
  return listener.open < connections || evict(() => true);
}

/** What is bound to an address, or to the wild card of its family. */
function at<T>(bound: ReadonlyMap<string, T>, { host, port }: Address): T | undefined {
  return bound.get(formatAddress({ host, port })) ??
    bound.get(formatAddress({ host: isIpv6(host) ? "::" : "0.0.0.0", port }));
}

function inUse(address: Address): NetworkError {
  return new NetworkError(
    "address-in-use",
    `${formatAddress(address)} is in use: choose another port, or stop who has it`,
  );
}

function refused(address: Address): NetworkError {
  return new NetworkError(
    "refused",
    `nobody listens at ${formatAddress(address)}: check the address and that the server runs`,
  );
}

function nobody(address: Address): NetworkError {
  return new NetworkError(
    "unreachable",
    `no way to ${
      formatAddress(address)
    }: no host has that address, or none of ours is of its family`,
  );
}

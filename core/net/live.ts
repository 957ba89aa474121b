/**
 * The network of the machine this runs on.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import type { Log } from "../runtime/log.ts";
import type { Clock } from "../runtime/runtime.ts";
import { type Address, parseIp } from "./address.ts";
import { Descriptors } from "./descriptors.ts";
import { connectStream } from "./live_connect.ts";
import { listenStreams } from "./live_listen.ts";
import {
  type ConnectOptions,
  type DatagramSocket,
  type ListenOptions,
  type Network,
  NetworkError,
  type Stream,
  type StreamListener,
} from "./network.ts";
import type { DatagramReceiver, UdpBackEnd } from "./udp/back_end.ts";
import { mmsgUdp } from "./udp/mmsg.ts";
import { portableUdp } from "./udp/portable.ts";

/** {@link Network} over the system's sockets. */
export class LiveNetwork implements Network {
  readonly #clock: Clock;
  readonly #log: Log;
  #udp?: UdpBackEnd;
  #descriptors?: Descriptors;

  /**
   * `udp` fixes the UDP back end; omitted, the fastest that works here is taken at first use.
   * `openFiles` stands in for the system's limit.
   */
  constructor(ports: { clock: Clock; log: Log; udp?: UdpBackEnd; openFiles?: number }) {
    this.#clock = ports.clock;
    this.#log = ports.log;
    if (ports.udp) this.#udp = ports.udp;
    if (ports.openFiles !== undefined) this.#descriptors = new Descriptors(ports.openFiles);
  }

  async datagram(local: Address, receive: DatagramReceiver): Promise<DatagramSocket> {
    return await this.#backEnd().bind(local, receive);
  }

  #backEnd(): UdpBackEnd {
    if (!this.#udp) {
      this.#udp = mmsgUdp() ?? portableUdp;
      this.#log.write("debug", "udp back end chosen", { name: this.#udp.name });
    }
    return this.#udp;
  }

  async listen(options: ListenOptions, accept: (stream: Stream) => void): Promise<StreamListener> {
    const descriptors = this.#descriptors ??= new Descriptors();
    return await listenStreams(options, accept, {
      clock: this.#clock,
      log: this.#log,
      descriptors,
    });
  }

  async connect(options: ConnectOptions): Promise<Stream> {
    return await connectStream(options, this.#clock);
  }

  async resolve(host: string): Promise<string[]> {
    const literal = parseIp(host);
    if (literal !== undefined) return [literal];
    try {
      const found = await lookup(host, { all: true });
      const hosts = found.map(({ address }) => parseIp(address)).filter((one) => one !== undefined);
      if (hosts.length > 0) return [...new Set(hosts)];
    } catch (error) {
      throw new NetworkError("name-not-found", notFound(host), { cause: error });
    }
    throw new NetworkError("name-not-found", notFound(host));
  }
}

function notFound(host: string): string {
  return `no address for host name "${host}"; check the name, or give an IP address`;
}

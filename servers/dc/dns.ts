/**
 * The DC as authoritative name server of its zone, over UDP and TCP (RFC 1035 §4.2, RFC 7766).
 *
 * @module
 */
import { answerDns, DNS_QUERY_LIMIT, type ZoneData } from "../../core/dns/zone.ts";
import { type Address, isIpv6 } from "../../core/net/address.ts";
import type { Stream, StreamListener } from "../../core/net/network.ts";
import type { Runtime, Timer } from "../../core/runtime/runtime.ts";
import { bindSockets, type Sockets } from "../ntm/sockets.ts";
import type { DcConfig } from "./config.ts";

/** The name server, running. */
export interface DnsService {
  readonly addresses: readonly Address[];
  stop(): Promise<void>;
}

/** Answers DNS where the configuration says. Rejects with a `NetworkError`. */
export async function serveDns(
  config: DcConfig,
  runtime: Runtime,
  { node, own }: { readonly node: ZoneData["node"]; readonly own: readonly string[] },
): Promise<DnsService> {
  const data: ZoneData = {
    ...{ zone: config.zone, server: config.name, node },
    addresses: {
      ipv4: own.filter((host) => !isIpv6(host)),
      ipv6: own.filter((host) => isIpv6(host)),
    },
  };
  const admit = perSecond(runtime, config.limits.dnsPerSecond);
  const listeners: StreamListener[] = [];
  const open = new Set<Stream>();
  const sockets: Sockets = await bindSockets(runtime, config.dns, (octets, from) => {
    const answer = admit() ? answerDns(octets, data) : undefined;
    if (answer) sockets.send(answer, from);
  });
  const stop = async () => {
    await Promise.all([sockets.stop(), ...listeners.map((listener) => listener.close())]);
    for (const stream of open) stream.abort();
  };
  const { limits, timers } = config;
  const { connections, connectionsPerAddress } = limits;
  const listening = { connections, connectionsPerAddress, handshakeMilliseconds: 1 };
  try {
    for (const local of sockets.addresses) {
      const options = { kind: "tcp", local, limits: listening } as const;
      listeners.push(
        await runtime.network.listen(options, (stream) => {
          open.add(stream);
          const closed = () => void open.delete(stream);
          serveStream(stream, data, { runtime, idle: timers.idleMilliseconds, admit, closed });
        }),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses: sockets.addresses, stop };
}

interface Serving {
  readonly runtime: Runtime;
  readonly idle: number;
  admit(): boolean;
  closed(): void;
}

/** Queries with their length in front, 2 octets; a connection may carry many, one after the other. */
function serveStream(stream: Stream, data: ZoneData, serving: Serving): void {
  let kept = new Uint8Array(0);
  let timer: Timer | undefined;
  const watch = () => {
    timer?.cancel();
    timer = serving.runtime.clock.after(serving.idle, () => stream.abort());
  };
  watch();
  stream.handle({
    data(octets) {
      const all = new Uint8Array(kept.length + octets.length);
      all.set(kept, 0);
      all.set(octets, kept.length);
      let at = 0;
      while (all.length - at >= 2) {
        const length = all[at]! * 256 + all[at + 1]!;
        if (length > DNS_QUERY_LIMIT) return stream.abort();
        if (all.length - at - 2 < length) break;
        const answer = serving.admit()
          ? answerDns(all.subarray(at + 2, at + 2 + length), data)
          : undefined;
        if (!answer) return stream.abort();
        watch();
        const framed = new Uint8Array(answer.length + 2);
        framed.set([answer.length >> 8, answer.length & 255]);
        framed.set(answer, 2);
        stream.write(framed);
        at += 2 + length;
      }
      kept = all.slice(at);
    },
    closed() {
      timer?.cancel();
      serving.closed();
    },
  });
}

/** At most so many in each second of the clock. */
function perSecond({ clock }: Runtime, limit: number): () => boolean {
  let second = -1;
  let count = 0;
  return () => {
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) [second, count] = [now, 0];
    return ++count <= limit;
  };
}

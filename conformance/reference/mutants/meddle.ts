/**
 * A network in which somebody meddles: everything a role sends or receives passes a {@link Meddler}
 * that may change, drop, add or redirect it. As it sits behind TLS, it sees what the role itself
 * sees; so it makes a role of ours into one with a fault that needs no switch in the role's code.
 *
 * @module
 */
import type { Address } from "../../../core/net/address.ts";
import type { DatagramSocket, Network, Stream } from "../../../core/net/network.ts";
import type { Runtime } from "../../../core/runtime/runtime.ts";
import { Cutter, Wire } from "./wire.ts";

/** One connection, or one neighbour of a datagram socket. */
export interface Link {
  readonly local: Address;
  readonly remote: Address;
  readonly kind: "udp" | "tcp" | "tls";
  /** Gives octets to the role as if the neighbour had sent them. */
  inject(octets: Uint8Array): void;
  /** Sends octets to the neighbour as if the role had. */
  emit(octets: Uint8Array): void;
  /** Ends the connection; nothing for datagrams. */
  abort(): void;
}

/** What a hook lets through: the message, another, several, or nothing. */
export type Passed = Wire | readonly Wire[] | undefined;

/** Who meddles. */
export interface Meddler {
  /** A message came in for the role. */
  received?(message: Wire, link: Link): Passed;
  /** The role sends a message. */
  sent?(message: Wire, link: Link): Passed;
  /** Octets came in, before they are cut into messages; undefined drops them. */
  octets?(octets: Uint8Array, link: Link): Uint8Array | undefined;
  /** A connection is open. */
  opened?(link: Link): void;
  /** Whether the role learns that a connection has closed. Default true. */
  closed?(link: Link): boolean;
}

/** The same runtime, with somebody on its network. */
export function meddlingRuntime(runtime: Runtime, meddler: Meddler): Runtime {
  const { clock, random, log } = runtime;
  return { clock, random, log, network: meddlingNetwork(runtime.network, meddler) };
}

function meddlingNetwork(network: Network, meddler: Meddler): Network {
  return {
    listen: (options, accept) =>
      network.listen(options, (stream) => accept(meddlingStream(stream, meddler))),
    connect: async (options) => meddlingStream(await network.connect(options), meddler),
    datagram: (local, receive) => meddlingDatagrams(network, local, receive, meddler),
    resolve: (host) => network.resolve(host),
  };
}

function octetsOf(passed: Passed): Uint8Array[] {
  if (passed === undefined) return [];
  return (passed instanceof Wire ? [passed] : passed).map((message) => message.write());
}

/** Applies a hook to octets that are one message, keep-alive line ends or something else. */
function through(
  hook: Meddler["received"],
  octets: Uint8Array,
  link: Link,
): Uint8Array[] {
  const message = hook && Wire.read(octets);
  // What does not begin like a message is nothing a hook could make sense of.
  if (!hook || !message || !/^\S+ \S+ /.test(message.start)) return [octets];
  const before = message.write();
  const after = octetsOf(hook(message, link));
  // An untouched message keeps its own octets, folds and all.
  return after.length === 1 && same(after[0]!, before) ? [octets] : after;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, index) => octet === b[index]);
}

function meddlingStream(stream: Stream, meddler: Meddler): Stream {
  let deliver: (octets: Uint8Array) => void = () => {};
  /** Tells the role of a closing that was kept from it, once it gives the stream up itself. */
  let tell = () => {};
  const link: Link = {
    local: stream.local,
    remote: stream.remote,
    kind: stream.kind,
    inject: (octets) => deliver(octets),
    emit: (octets) => stream.write(octets),
    abort: () => stream.abort(),
  };
  const inward = new Cutter();
  const outward = new Cutter();
  meddler.opened?.(link);
  return {
    kind: stream.kind,
    local: stream.local,
    remote: stream.remote,
    ...(stream.peer && { peer: stream.peer }),
    get pending() {
      return stream.pending;
    },
    handle(handler) {
      deliver = (octets) => handler.data(octets);
      stream.handle({
        data(bytes) {
          const octets = meddler.octets ? meddler.octets(bytes, link) : bytes;
          if (octets === undefined) return;
          if (!meddler.received) return handler.data(octets);
          for (const one of inward.push(octets)) {
            for (const out of through(meddler.received.bind(meddler), one, link)) handler.data(out);
          }
        },
        closed(error) {
          if (meddler.closed?.(link) ?? true) handler.closed(error);
          else tell = () => handler.closed(error);
        },
      });
    },
    write(bytes) {
      if (!meddler.sent) return stream.write(bytes);
      for (const one of outward.push(bytes)) {
        for (const out of through(meddler.sent.bind(meddler), one, link)) stream.write(out);
      }
    },
    close() {
      stream.close();
      tell();
    },
    abort() {
      stream.abort();
      tell();
    },
  };
}

async function meddlingDatagrams(
  network: Network,
  local: Address,
  receive: (bytes: Uint8Array, from: Address) => void,
  meddler: Meddler,
): Promise<DatagramSocket> {
  const linkTo = (remote: Address): Link => ({
    local: socket.local,
    remote,
    kind: "udp",
    inject: (octets) => receive(octets, remote),
    emit: (octets) => socket.send(octets, remote),
    abort() {},
  });
  const socket = await network.datagram(local, (bytes, from) => {
    const link = linkTo(from);
    const octets = meddler.octets ? meddler.octets(bytes, link) : bytes;
    if (octets === undefined) return;
    for (const out of through(meddler.received?.bind(meddler), octets, link)) receive(out, from);
  });
  return {
    local: socket.local,
    send(bytes, to) {
      const link = linkTo(to);
      for (const out of through(meddler.sent?.bind(meddler), bytes, link)) socket.send(out, to);
    },
    close: () => socket.close(),
  };
}

/**
 * Listening for TCP and TLS 1.3 connections, with limits that hold under a flood.
 *
 * A connection over a limit is closed at once. For TLS the oldest connection that has not finished its
 * handshake goes first, so that peers that open connections and say nothing keep nobody out.
 *
 * @module
 */
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Log } from "../runtime/log.ts";
import type { Clock, Timer } from "../runtime/runtime.ts";
import { SeldomLog } from "../runtime/seldom.ts";
import { type Address, formatAddress, isIpv6, parseIp } from "./address.ts";
import type { Descriptors } from "./descriptors.ts";
import { listenError } from "./live_errors.ts";
import { endsOf, LiveStream } from "./live_stream.ts";
import type { ListenOptions, PeerIdentity, Stream, StreamListener } from "./network.ts";
import { checkOwnCredentials, parsePem } from "./tls_credentials.ts";
import { peerIdentity } from "./tls_identity.ts";

/** A connection that counts against the limits. */
interface Entry {
  readonly socket: Socket;
  readonly host: string;
  readonly key: string;
}

/** A listening socket and its connections. */
class LiveListener implements StreamListener {
  local: Address;
  readonly #server: Server;
  readonly #options: ListenOptions;
  readonly #accept: (stream: Stream) => void;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #descriptors: Descriptors;
  readonly #refused: SeldomLog;
  readonly #dropped: SeldomLog;
  readonly #open = new Map<string, Entry>();
  readonly #perAddress = new Map<string, number>();
  /** TLS connections before the end of their handshake, oldest first. */
  readonly #waiting = new Map<string, { entry: Entry; timer: Timer }>();

  constructor(
    options: ListenOptions,
    accept: (stream: Stream) => void,
    ports: { clock: Clock; log: Log; descriptors: Descriptors },
  ) {
    this.local = options.local;
    this.#options = options;
    this.#accept = accept;
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#descriptors = ports.descriptors;
    this.#refused = new SeldomLog(ports, "warning", "connection refused over limit");
    this.#dropped = new SeldomLog(ports, "warning", "handshake dropped over limit");
    this.#server = options.kind === "tls" ? this.#tlsServer() : createTcpServer();
    // Before the listener of node:tls, which begins the handshake.
    this.#server.prependListener("connection", (socket: Socket) => this.#connected(socket));
  }

  start(): Promise<this> {
    const { kind, local } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", (error) => reject(listenError(kind, local, error)));
      this.#server.listen(
        { host: local.host, port: local.port, ipv6Only: isIpv6(local.host) },
        () => {
          const bound = this.#server.address();
          if (bound && typeof bound === "object") {
            this.local = { host: local.host, port: bound.port };
          }
          this.#server.on("error", (error) => {
            this.#log.write("error", "accept failed", { error: error.message });
          });
          resolve(this);
        },
      );
    });
  }

  close(): Promise<void> {
    this.#server.close();
    for (const { entry } of [...this.#waiting.values()]) entry.socket.destroy();
    return Promise.resolve();
  }

  #tlsServer(): Server {
    const tls = this.#options.tls;
    const server = createTlsServer({
      cert: tls?.certificate,
      key: tls?.key,
      ca: [...(tls?.trust ?? [])],
      requestCert: true,
      // A peer without a certificate may still prove itself inside; #handshaken refuses one that
      // does not verify.
      rejectUnauthorized: false,
      minVersion: "TLSv1.3",
    });
    server.on("secureConnection", (socket: TLSSocket) => this.#handshaken(socket));
    server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
      this.#log.write("debug", "handshake failed", { error: error.message });
      socket.destroy();
    });
    return server;
  }

  #connected(socket: Socket): void {
    socket.on("error", () => {}); // the close that follows is what counts
    const ends = endsOf(socket);
    if (!ends) return void socket.destroy();
    const { host } = ends.remote;
    const entry: Entry = { socket, host, key: formatAddress(ends.remote) };
    if (!this.#room(host)) {
      this.#refused.write(() => ({ remote: entry.key }));
      return void socket.destroy();
    }
    this.#open.set(entry.key, entry);
    this.#descriptors.take();
    this.#perAddress.set(host, (this.#perAddress.get(host) ?? 0) + 1);
    socket.once("close", () => this.#forget(entry));
    if (this.#options.kind === "tls") {
      const timer = this.#clock.after(this.#options.limits.handshakeMilliseconds, () => {
        this.#log.write("debug", "handshake timed out", { remote: entry.key });
        socket.destroy();
      });
      this.#waiting.set(entry.key, { entry, timer });
    } else {
      this.#accept(new LiveStream("tcp", socket, ends));
    }
  }

  /** Whether one more connection of `host` fits, after making room if a silent one can go. */
  #room(host: string): boolean {
    const { connections, connectionsPerAddress } = this.#options.limits;
    if ((this.#perAddress.get(host) ?? 0) >= connectionsPerAddress && !this.#evict(host)) {
      return false;
    }
    return (this.#open.size < connections && this.#descriptors.room) || this.#evict();
  }

  /** Drops the oldest connection without a finished handshake, of one address or of all. */
  #evict(host?: string): boolean {
    for (const { entry } of this.#waiting.values()) {
      if (host !== undefined && entry.host !== host) continue;
      this.#dropped.write(() => ({ remote: entry.key }));
      this.#forget(entry);
      entry.socket.destroy();
      return true;
    }
    return false;
  }

  #forget(entry: Entry): void {
    if (this.#open.get(entry.key) !== entry) return;
    this.#open.delete(entry.key);
    this.#descriptors.give();
    this.#waiting.get(entry.key)?.timer.cancel();
    this.#waiting.delete(entry.key);
    const left = (this.#perAddress.get(entry.host) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(entry.host, left);
    else this.#perAddress.delete(entry.host);
  }

  #handshaken(socket: TLSSocket): void {
    const ends = endsOf(socket);
    const waiting = ends && this.#waiting.get(formatAddress(ends.remote));
    if (!ends || !waiting) return void socket.destroy();
    waiting.timer.cancel();
    this.#waiting.delete(waiting.entry.key);
    let peer: PeerIdentity | undefined;
    try {
      peer = verifiedPeer(socket);
    } catch (error) {
      socket.on("error", () => {});
      this.#log.write("warning", "client certificate refused", {
        remote: waiting.entry.key,
        reason: error instanceof Error ? error.message : String(error),
      });
      return void socket.destroy();
    }
    this.#accept(new LiveStream("tls", socket, ends, peer));
  }
}

/** The peer's identity; undefined if it sent no certificate; throws if it sent one that is not good. */
function verifiedPeer(socket: TLSSocket): PeerIdentity | undefined {
  const raw = socket.getPeerCertificate()?.raw;
  if (!raw) return undefined;
  if (socket.authorized !== true) throw new Error(String(socket.authorizationError));
  return peerIdentity(raw);
}

/** Listens; see {@link ListenOptions}. Rejects with a `NetworkError`. */
export async function listenStreams(
  options: ListenOptions,
  accept: (stream: Stream) => void,
  ports: { clock: Clock; log: Log; descriptors: Descriptors },
): Promise<StreamListener> {
  const { connections } = ports.descriptors;
  if (options.limits.connections > connections) {
    ports.log.write("warning", "fewer connections than configured fit the limit of open files", {
      connections,
      configured: options.limits.connections,
    });
  }
  if (parseIp(options.local.host) === undefined) {
    throw listenError(options.kind, options.local, new Error("not an IP address"));
  }
  if (options.kind === "tls") {
    checkOwnCredentials(options.tls ?? { trust: [] }, true);
    for (const authority of options.tls?.trust ?? []) parsePem(authority);
  }
  try {
    return await new LiveListener(options, accept, ports).start();
  } catch (error) {
    throw error instanceof Error && error.name === "NetworkError"
      ? error
      : listenError(options.kind, options.local, error);
  }
}

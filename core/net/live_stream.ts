/**
 * A {@link Stream} over a socket of `node:net` or `node:tls`.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Address } from "./address.ts";
import { parseIp } from "./address.ts";
import { streamError } from "./live_errors.ts";
import type { PeerIdentity, Stream, StreamHandler } from "./network.ts";

/** Milliseconds after `close()` in which queued octets may still leave; then the socket is dropped. */
const LINGER = 5_000;

/** An open connection. */
export class LiveStream implements Stream {
  readonly kind: "tcp" | "tls";
  readonly local: Address;
  readonly remote: Address;
  readonly peer?: PeerIdentity;
  readonly #socket: Socket;
  #error: unknown;
  #handler?: StreamHandler;
  #closed = false;
  #linger?: ReturnType<typeof setTimeout>;

  constructor(
    kind: "tcp" | "tls",
    socket: Socket,
    ends: { local: Address; remote: Address },
    peer?: PeerIdentity,
  ) {
    this.kind = kind;
    this.local = ends.local;
    this.remote = ends.remote;
    if (peer) this.peer = peer;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", (error) => this.#error ??= error);
    socket.on("close", () => this.#ended());
    // The other side is done: what we have queued goes out, and not for ever.
    socket.on("end", () => this.close());
  }

  get pending(): number {
    return this.#socket.writableLength;
  }

  handle(handler: StreamHandler): void {
    this.#handler = handler;
    if (this.#closed) return queueMicrotask(() => this.#report());
    this.#socket.on("data", (data: Uint8Array) => {
      handler.data(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    });
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  close(): void {
    if (this.#closed || this.#linger !== undefined) return;
    this.#socket.end();
    const linger = setTimeout(() => this.abort(), LINGER);
    Deno.unrefTimer(linger);
    this.#linger = linger;
  }

  abort(): void {
    this.#socket.destroy();
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#linger);
    if (this.#handler) this.#report();
  }

  #report(): void {
    const error = this.#error;
    this.#handler?.closed(
      error === undefined ? undefined : streamError(this.kind, this.remote, error),
    );
  }
}

/** Both ends of a connected socket; undefined if the other end is gone already. */
export function endsOf(socket: Socket): { local: Address; remote: Address } | undefined {
  const local = parseIp(withoutZone(socket.localAddress));
  const remote = parseIp(withoutZone(socket.remoteAddress));
  if (local === undefined || remote === undefined) return undefined;
  return {
    local: { host: local, port: socket.localPort ?? 0 },
    remote: { host: remote, port: socket.remotePort ?? 0 },
  };
}

/** Link-local addresses come with the interface they are of (`fe80::1%eth0`). */
function withoutZone(host: string | undefined): string {
  return (host ?? "").replace(/%.*$/, "");
}

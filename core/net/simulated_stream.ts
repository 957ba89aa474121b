/**
 * One end of a simulated connection.
 *
 * Closing follows TCP as live streams see it: `close` sends what is queued and an end; the other side
 * answers with its own end at once; whoever closed learns of it one round trip later. Octets for an end
 * that is gone are answered with a reset.
 *
 * @module
 */
import type { Timer } from "../runtime/runtime.ts";
import type { Address } from "./address.ts";
import { NetworkError, type PeerIdentity, type Stream, type StreamHandler } from "./network.ts";
import type { DeliveryOutcome, Fabric } from "./simulated_fabric.ts";
import type { HandshakeMessage, SetUp } from "./simulated_handshake.ts";
import { Wire } from "./simulated_wire.ts";

type Piece =
  | { readonly type: "data"; readonly bytes: Uint8Array; readonly sent: number }
  | { readonly type: "set-up"; readonly message: HandshakeMessage }
  | { readonly type: "end" }
  | { readonly type: "reset"; readonly error: NetworkError };

type Happening =
  | { readonly type: "data"; readonly bytes: Uint8Array }
  | { readonly type: "closed"; readonly error?: Error };

/** What a TLS client says first, as a listener without TLS sees it (RFC 8446 §5.1). */
const CLIENT_HELLO = Uint8Array.of(22, 3, 1, 0, 4, 1, 0, 0, 0);

/** After `close`, how long the other end may take to answer; as `core/net/live_stream.ts`. */
const LINGER_MILLISECONDS = 5_000;

const NOTHING = new Uint8Array(0);

/** An end of a connection; made by `SimulatedNetwork` only. */
export class StreamEnd implements Stream {
  readonly kind: "tcp" | "tls";
  readonly local: Address;
  readonly remote: Address;
  peer?: PeerIdentity;
  /** The other end; unset on the calling side until somebody answers. */
  other: StreamEnd | undefined;
  /** While set, the stream is not handed over yet, and this deals with what arrives. */
  setUp: SetUp | undefined;
  readonly wire: Wire;
  readonly #fabric: Fabric;
  readonly #released: () => void;
  #state: "open" | "ending" | "closed" = "open";
  #handler: StreamHandler | undefined;
  #linger: Timer | undefined;
  /** What happened before the handler was set. */
  #inbox: Happening[] = [];

  /** `released` is called once, when this end is gone. */
  constructor(
    fabric: Fabric,
    kind: "tcp" | "tls",
    local: Address,
    remote: Address,
    released: () => void,
  ) {
    this.#fabric = fabric;
    this.kind = kind;
    this.local = local;
    this.remote = remote;
    this.#released = released;
    this.wire = new Wire(fabric, local, remote, () => this.#end(stalled(remote)));
  }

  get pending(): number {
    return this.wire.pending;
  }

  handle(handler: StreamHandler): void {
    this.#handler = handler;
    // Not from within this call: a live stream does not speak before its owner returns, either.
    if (this.#inbox.length > 0) this.#fabric.at(0, () => this.#flush());
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    this.#send({ type: "data", bytes: bytes.slice(), sent: this.#fabric.clock.now() });
  }

  close(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#send({ type: "end" });
    this.#linger = this.#fabric.clock.after(LINGER_MILLISECONDS, () => this.abort());
  }

  abort(): void {
    if (this.#state === "closed") return;
    this.breakOff(reset(this.local, "it was closed at once"));
    this.#fabric.at(0, () => this.#happen({ type: "closed" }));
  }

  /** Gone, and the other end is told with `error`; nobody here is. */
  breakOff(error: NetworkError): void {
    if (!this.#gone()) return;
    this.wire.drop();
    this.#send({ type: "reset", error });
  }

  /** Sends a step of the set-up. */
  say(message: HandshakeMessage): void {
    this.#send({ type: "set-up", message });
  }

  /** Writes an entry about what came from the other end. */
  trace(
    outcome: DeliveryOutcome,
    bytes: Uint8Array = NOTHING,
    sent = this.#fabric.clock.now(),
  ): void {
    const at = this.#fabric.clock.now();
    this.#fabric.trace({
      at,
      sent,
      from: this.remote,
      to: this.local,
      kind: this.kind,
      bytes,
      outcome,
    });
  }

  #send(piece: Piece): void {
    const octets = piece.type === "data" ? piece.bytes.length : 0;
    this.wire.send(octets, () => this.other?.receive(piece));
  }

  /** A piece arrives from the other end. */
  receive(piece: Piece): void {
    if (this.#state === "closed") {
      if (piece.type === "data") this.trace("lost", piece.bytes, piece.sent);
      if (piece.type === "data" || piece.type === "set-up") {
        this.#send({ type: "reset", error: reset(this.local, "it is closed there") });
      }
      return;
    }
    if (piece.type === "set-up") {
      if (this.setUp) this.setUp.message(piece.message);
      // Only a client that expects TLS still speaks of the set-up after the stream was handed over.
      if (piece.message.step === "hello" && !this.setUp) {
        this.#happen({ type: "data", bytes: CLIENT_HELLO.slice() });
      }
      return;
    }
    if (this.setUp) {
      this.setUp.broken(
        piece.type === "reset"
          ? piece.error
          : new NetworkError("handshake", "the other side does not speak TLS here: check the port"),
      );
      return;
    }
    if (piece.type === "data") {
      this.trace("delivered", piece.bytes, piece.sent);
      this.#happen({ type: "data", bytes: piece.bytes });
    } else if (piece.type === "end") {
      this.trace("closed");
      const answers = this.#state === "open";
      this.#end();
      if (answers) this.#send({ type: "end" });
    } else {
      this.trace("reset");
      this.wire.drop();
      this.#end(piece.error);
    }
  }

  /** The end for whoever has the stream. */
  #end(error?: NetworkError): void {
    if (this.setUp) {
      this.setUp.broken(error ?? reset(this.remote, "it was closed during the set-up"));
    } else if (this.#gone()) {
      this.#happen(error ? { type: "closed", error } : { type: "closed" });
    }
  }

  #gone(): boolean {
    if (this.#state === "closed") return false;
    this.#state = "closed";
    this.#linger?.cancel();
    this.#released();
    return true;
  }

  #happen(happening: Happening): void {
    this.#inbox.push(happening);
    if (this.#handler && this.#inbox.length === 1) this.#flush();
  }

  #flush(): void {
    for (let next = this.#inbox[0]; next && this.#handler; next = this.#inbox[0]) {
      this.#inbox.shift();
      if (next.type === "data") this.#handler.data(next.bytes);
      else this.#handler.closed(next.error);
    }
  }
}

function stalled({ host, port }: Address): NetworkError {
  return new NetworkError(
    "timeout",
    `connection to ${host} port ${port} got nothing through for too long: check the network between`,
  );
}

function reset({ host, port }: Address, why: string): NetworkError {
  return new NetworkError("reset", `connection was reset by ${host} port ${port}: ${why}`);
}

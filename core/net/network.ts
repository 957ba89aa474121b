/**
 * The network port: datagrams and octet streams, live over sockets or simulated in virtual time.
 *
 * @module
 */
import type { Address } from "./address.ts";

/** What a certificate that verified against our trust says about its holder. */
export interface PeerIdentity {
  /** URI entries of subjectAltName, as written. */
  readonly uris: readonly string[];
  /** DNS entries of subjectAltName, lower-case. */
  readonly dns: readonly string[];
  /** SHA-256 of the DER certificate, lower-case hex. */
  readonly fingerprint: string;
}

/** Our side of TLS. PEM texts, never paths. */
export interface TlsCredentials {
  /** Certificate chain, leaf first; omitted by a client without a certificate. */
  readonly certificate?: string;
  /** PKCS #8 private key of the leaf. */
  readonly key?: string;
  /** Certificates of the CAs we trust. */
  readonly trust: readonly string[];
}

/** Receives what happens on a stream. Set once, right when the stream is handed over. */
export interface StreamHandler {
  /** Octets arrived, in order. The array is the receiver's to keep. */
  data(bytes: Uint8Array): void;
  /** The stream ended, by either side; called exactly once, with the cause if it was a failure. */
  closed(error?: Error): void;
}

/** An open connection: TCP, or TLS over it with the handshake done. */
export interface Stream {
  readonly kind: "tcp" | "tls";
  readonly local: Address;
  readonly remote: Address;
  /** TLS only: the peer's certificate, verified; undefined when it sent none. */
  readonly peer?: PeerIdentity;
  /** Octets written and not yet taken by the network. */
  readonly pending: number;
  handle(handler: StreamHandler): void;
  /** Queues octets. Writes to a closed stream are dropped. */
  write(bytes: Uint8Array): void;
  /** Sends what is queued, then closes. */
  close(): void;
  /** Closes at once, dropping what is queued. */
  abort(): void;
}

/** A bound datagram socket. */
export interface DatagramSocket {
  readonly local: Address;
  /** Sends one datagram; errors of single datagrams are not reported. */
  send(bytes: Uint8Array, to: Address): void;
  close(): Promise<void>;
}

/** A listening socket for streams. */
export interface StreamListener {
  readonly local: Address;
  /** Stops listening; open streams stay. */
  close(): Promise<void>;
}

/** Limits of a stream listener; each is configurable where a listener is configured. */
export interface ListenLimits {
  /** Open connections, all peers together; a further one is closed at once. */
  readonly connections: number;
  /** Open connections of one remote address. */
  readonly connectionsPerAddress: number;
  /** Milliseconds a TLS handshake may take. */
  readonly handshakeMilliseconds: number;
}

/** Where and how to listen for streams. */
export interface ListenOptions {
  readonly kind: "tcp" | "tls";
  /** Port 0 takes a free one. */
  readonly local: Address;
  /** TLS only. A peer's certificate is asked for; one that does not verify ends the handshake. */
  readonly tls?: TlsCredentials;
  readonly limits: ListenLimits;
}

/** Where and how to connect. */
export interface ConnectOptions {
  readonly kind: "tcp" | "tls";
  readonly remote: Address;
  /** Address to connect from; port 0 takes a free one. Omitted: the system chooses. */
  readonly local?: Address;
  /** TLS only. */
  readonly tls?: TlsCredentials;
  /**
   * TLS only: the domain the server's certificate must prove, as DNS name or as `sip:domain` URI
   * (RFC 5922 §7.1).
   */
  readonly serverName?: string;
  /** Milliseconds until the attempt counts as failed. */
  readonly timeoutMilliseconds: number;
}

/** A failure to listen or connect, or of a stream. `code` is stable, `message` says what to do. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  constructor(
    readonly code:
      | "refused"
      | "timeout"
      | "unreachable"
      | "address-in-use"
      | "permission"
      | "certificate"
      | "handshake"
      | "reset"
      | "name-not-found"
      | "limit",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Datagrams, streams and host names. Failures are {@link NetworkError}s. */
export interface Network {
  /** Binds a datagram socket; `receive` gets each datagram and where it came from. */
  datagram(
    local: Address,
    receive: (bytes: Uint8Array, from: Address) => void,
  ): Promise<DatagramSocket>;
  /** Listens; `accept` gets each stream once it is usable (for TLS: after the handshake). */
  listen(options: ListenOptions, accept: (stream: Stream) => void): Promise<StreamListener>;
  connect(options: ConnectOptions): Promise<Stream>;
  /** IP addresses of a host name, in the order to try them; an IP literal answers itself. */
  resolve(host: string): Promise<string[]>;
}

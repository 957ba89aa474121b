/**
 * Bounds on what neighbours may cost the transport.
 *
 * @module
 */
import { defaultParseLimits, type ParseLimits } from "./limits.ts";

/** Limits of a {@link SipTransport}; each is configurable on its own. */
export interface TransportLimits {
  /** Octets of a datagram, in either direction; a longer one is dropped. Default 65,507. */
  readonly datagramOctets: number;
  /**
   * UDP channels remembered, one for each (local, remote) pair. Beyond it the one that was quiet
   * longest goes, but never one with names bound to it. Default 16,384.
   */
  readonly udpChannels: number;
  /** Streams accepted, of all neighbours together, for each listener. Default 10,000. */
  readonly connections: number;
  /** Streams accepted of one address, for each listener. Default 1,000. */
  readonly connectionsPerAddress: number;
  /** Milliseconds for a TLS handshake that a neighbour began. Default 10,000. */
  readonly handshakeMilliseconds: number;
  /** Milliseconds for a connection that we open, TLS handshake included. Default 10,000. */
  readonly connectMilliseconds: number;
  /** Milliseconds in which an accepted stream must bring its first whole message. Default 60,000. */
  readonly firstMessageMilliseconds: number;
  /** Milliseconds in which a message that began to arrive must be whole. Default 10,000. */
  readonly messageMilliseconds: number;
  /** Milliseconds that a stream may be quiet in both directions. Default 7,200,000. */
  readonly idleMilliseconds: number;
  /**
   * Octets of unfinished messages held for all streams together; beyond it the stream whose message
   * has taken longest is closed. Default 67,108,864.
   */
  readonly unfinishedOctets: number;
  /** Octets written to one stream that its neighbour has not taken; beyond it the stream is closed. Default 1,048,576. */
  readonly pendingOctets: number;
  /** Milliseconds `stop()` waits for streams to send what is queued. Default 2,000. */
  readonly stopMilliseconds: number;
  /** Limits of one message. */
  readonly message: ParseLimits;
}

/** The limits that hold where none are configured. */
export const defaultTransportLimits: TransportLimits = {
  datagramOctets: 65_507,
  udpChannels: 16_384,
  connections: 10_000,
  connectionsPerAddress: 1_000,
  handshakeMilliseconds: 10_000,
  connectMilliseconds: 10_000,
  firstMessageMilliseconds: 60_000,
  messageMilliseconds: 10_000,
  idleMilliseconds: 7_200_000,
  unfinishedOctets: 67_108_864,
  pendingOctets: 1_048_576,
  stopMilliseconds: 2_000,
  message: defaultParseLimits,
};

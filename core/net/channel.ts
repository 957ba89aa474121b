/**
 * The channel: the idea that ties the seeds together. Every inbound message comes with the channel it
 * came on; the spoof check, the Route-Security checks and the rule for unregistered terminals are
 * functions of (message, channel).
 *
 * @module
 */
import type { Address } from "./address.ts";

/** How a channel carries messages. */
export type ChannelKind = "udp" | "tcp" | "tls" | "esp";

/**
 * Security level of a link (seed 001 ¶0045): 0 no authentication, 1 authenticated, 2 integrity,
 * 3 confidentiality as well.
 */
export type SecurityLevel = 0 | 1 | 2 | 3;

/** One link between this node and a neighbour (SM-1). */
export interface Channel {
  /** Unique within the process for its lifetime, for example `tls:127.0.0.1:5061-127.0.0.10:40112#7`. */
  readonly id: string;
  readonly kind: ChannelKind;
  /** This end. */
  readonly local: Address;
  /** The neighbour's end, as the network shows it. */
  readonly remote: Address;
  /**
   * Names proven for the neighbour, canonical: `sip:user@host` for a terminal (from its certificate or
   * by digest at registration), a bare lower-case domain for a server of that domain (from its
   * certificate). Empty while nothing is proven.
   */
  readonly names: Set<string>;
  /**
   * What the channel guarantees as seen from this end: 0 for udp and tcp; for tls 3 once the
   * neighbour's identity is proven, by certificate or by digest inside it, and 0 before.
   */
  level: SecurityLevel;
  /** False once it is closed; nothing can be sent on it any more. */
  readonly open: boolean;
}

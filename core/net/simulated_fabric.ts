/**
 * What all simulated hosts share: time, links, who has which address, and the trace.
 *
 * @module
 */
import type { Clock } from "../runtime/runtime.ts";
import type { Address } from "./address.ts";
import type { Links } from "./simulated_links.ts";
import type { SimulatedNetwork } from "./simulated.ts";

/** What became of something that was sent. */
export type DeliveryOutcome =
  | "delivered"
  /** A second copy of a datagram, delivered as well. */
  | "duplicated"
  | "lost"
  | "partitioned"
  /** Nobody has the address, or nobody listens on the port. */
  | "unreachable"
  /** Longer than a datagram can be. */
  | "too-big"
  /** A stream: it stands, it was refused, its sender closed it, its sender broke it off. */
  | "opened"
  | "refused"
  | "closed"
  | "reset";

/** One entry of the trace; the ladder diagrams are drawn from these. */
export interface Delivery {
  /** When it arrived, or when it was lost: milliseconds since the Unix epoch, virtual. */
  readonly at: number;
  /** When it was sent. */
  readonly sent: number;
  readonly from: Address;
  readonly to: Address;
  readonly kind: "udp" | "tcp" | "tls";
  /** The octets of a datagram, or one write's octets of a stream, as the application wrote them. */
  readonly bytes: Uint8Array;
  readonly outcome: DeliveryOutcome;
}

/** Shared by all hosts of one simulation. */
export interface Fabric {
  readonly clock: Clock;
  readonly links: Links;
  /** Hosts by canonical IP address. */
  readonly hosts: ReadonlyMap<string, SimulatedNetwork>;
  /** Addresses by host name, lower-case. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** How long a stream waits for a cut link before it fails. */
  readonly stallMilliseconds: number;
  /** Plans `fire` for a point in virtual time; the past means now. */
  at(time: number, fire: () => void): void;
  trace(delivery: Delivery): void;
}

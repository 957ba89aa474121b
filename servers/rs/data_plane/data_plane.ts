/**
 * The face of the relay's data plane: datagrams are passed on between the two ends of their path, by the
 * path id in their header, without being read.
 *
 * @module
 */
import type { Address } from "../../../core/net/address.ts";
import type { Counters } from "./counters.ts";
import type { PathEnds } from "./ends.ts";

/** Limits, each with its default. */
export interface DataPlaneLimits {
  /** Paths and associations held at once. */
  readonly maxEntries: number;
  /** Longest datagram, UDP payload in octets; longer ones are dropped. */
  readonly datagramOctets: number;
  /** Seconds after which a path without a datagram is removed. */
  readonly pathSeconds: number;
  /** Datagrams that may wait for the control plane, for each worker; more are dropped. */
  readonly controlWaiting: number;
}

/** The limits unless told otherwise. */
export const DATA_PLANE_LIMITS: DataPlaneLimits = {
  maxEntries: 65_536,
  datagramOctets: 2048,
  pathSeconds: 300,
  controlWaiting: 256,
};

/** The largest value that each limit can have. */
const LARGEST: DataPlaneLimits = {
  maxEntries: 2 ** 24,
  datagramOctets: 65_535,
  pathSeconds: 2 ** 31,
  controlWaiting: 2 ** 20,
};

/** What the data plane tells its owner. */
export interface DataPlaneEvents {
  /**
   * A datagram of a known path or association that is not to be passed on. Its source is not checked.
   * The array is the receiver's to keep; `socket` is the index (in `listen`) where it came.
   */
  control(bytes: Uint8Array, from: Address, socket: number): void;
  /** These paths were idle for too long and have been removed. */
  idle(ids: readonly number[]): void;
  /** A worker has failed; datagrams may no longer be passed on. Stop, and start again. */
  failed(error: Error): void;
}

/** Settings of a data plane. */
export interface DataPlaneOptions {
  /** Addresses to listen at, both families if wanted; port 0 takes a free one. */
  readonly listen: readonly Address[];
  /** Types of messages that are passed on between the ends. */
  readonly relayedTypes: readonly number[];
  readonly events: DataPlaneEvents;
  readonly limits?: Partial<DataPlaneLimits>;
  /** Workers that share the sockets' addresses (back end `mmsg`); 1 if omitted. */
  readonly workers?: number;
}

/** A running data plane. */
export interface DataPlane {
  /** Shown in the log at start. */
  readonly backEnd: "mmsg" | "portable";
  /** Where it listens, in the order of `listen`. */
  readonly local: readonly Address[];
  /** Paths and associations held. */
  readonly size: number;
  /**
   * Adds a path, or changes its ends. Throws a `TableFullError` at the limit, a `RangeError` for an id
   * or ends that cannot be.
   */
  setPath(id: number, ends: PathEnds): void;
  /** Adds an id whose datagrams all go to the control plane. Throws as `setPath` does. */
  setAssociation(id: number): void;
  /** Removes a path or association; false if there is none of that id. */
  remove(id: number): boolean;
  /** Sends a datagram of the control plane by the socket of that index. */
  send(bytes: Uint8Array, to: Address, socket: number): void;
  /** All counters since the start; after `stop` too. They may lag by the batch at work. */
  counters(): Counters;
  /** Ends it; resolves when its sockets are closed. */
  stop(): Promise<void>;
}

/** A tick of the idle time. */
export const TICK_MILLISECONDS = 1000;

/** The limits with their defaults. Throws a `RangeError` for one that makes no sense. */
export function resolveLimits(given: Partial<DataPlaneLimits> = {}): DataPlaneLimits {
  const limits = { ...DATA_PLANE_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    const most = LARGEST[name as keyof DataPlaneLimits];
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw new RangeError(
        `relay: the limit ${name} is an integer from 1 to ${most}, not ${value}`,
      );
    }
  }
  return limits;
}

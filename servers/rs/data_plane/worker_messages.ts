/**
 * What goes between the relay and its workers.
 *
 * @module
 */
import type { Address } from "../../../core/net/address.ts";
import type { RelaySocket } from "./fast_relay.ts";
import type { TableChange } from "./path_table.ts";

/** Words of `WorkerSetup.state`. */
export const POSTED = 0;
export const WAITING = 1;
export const STATE_WORDS = 2;

/** All that a worker needs to start; the arrays are over shared memory. */
export interface WorkerSetup {
  readonly do: "start";
  readonly sockets: readonly RelaySocket[];
  /** An eventfd: written to when messages were posted while the worker may be waiting in a call. */
  readonly wake: number;
  readonly seed: readonly [number, number];
  readonly relayedTypes: readonly number[];
  readonly maxEntries: number;
  readonly datagramOctets: number;
  readonly controlWaiting: number;
  /** Messages posted to the worker (by the relay); datagrams waiting for the control plane (by both). */
  readonly state: Int32Array;
  readonly counters: Float64Array;
  readonly seen: Uint32Array;
  readonly now: Uint32Array;
}

/** To a worker; a setup first. */
export type ToWorker = WorkerSetup | TableChange | { readonly do: "stop" };

/** From a worker. */
export type FromWorker =
  | { readonly is: "ready" }
  | { readonly is: "stopped" }
  | { readonly is: "failed"; readonly message: string }
  | {
    readonly is: "control";
    readonly bytes: Uint8Array;
    readonly from: Address;
    readonly socket: number;
  };

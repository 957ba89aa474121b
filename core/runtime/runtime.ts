/**
 * The ports through which protocol code meets the world. Protocol code takes them as parameters and
 * never reaches for a clock, dice, a socket or a disk of its own, so that the same code runs live and
 * in the simulator.
 *
 * @module
 */
import type { Network } from "../net/network.ts";
import type { Log } from "./log.ts";

/** A timer that has been set. */
export interface Timer {
  /** Stops the timer; does nothing once it has fired or was cancelled. */
  cancel(): void;
}

/** Time, live (wall clock) or simulated (virtual). */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `fire` once, `milliseconds` from now. A live timer does not keep the process alive. */
  after(milliseconds: number, fire: () => void): Timer;
}

/** Randomness: the system's, or a seeded generator in the simulator. */
export interface Random {
  /** `length` random octets. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** Everything a role needs of the world: `serve(config, runtime)`. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly log: Log;
}

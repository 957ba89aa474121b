/**
 * The timers of transactions (RFC 3261 §17, table 4; RFC 6026 §8).
 *
 * @module
 */
import type { Channel } from "../net/channel.ts";

/** Base values in milliseconds; all timers A to M follow from them. */
export interface Timers {
  /** T1, the round-trip estimate: first retransmission, and 64 of it for the long timers. */
  readonly t1: number;
  /** T2, the longest interval between retransmissions of non-INVITE requests and INVITE responses. */
  readonly t2: number;
  /** T4, the longest time a message stays in the network. */
  readonly t4: number;
  /** Timer D, the wait for response retransmissions after an INVITE's failure; at least 32 s. */
  readonly d: number;
  /** How long the user may take before the layer itself answers an INVITE with 100 (§17.2.1). */
  readonly trying: number;
}

/** The RFC's values. */
export const defaultTimers: Timers = { t1: 500, t2: 4000, t4: 5000, d: 32_000, trying: 200 };

/** 64 times T1: timers B, F, H, J, L and M. */
export function longTimer(timers: Timers): number {
  return 64 * timers.t1;
}

/** Whether the channel's transport retransmits by itself (§17: "reliable transport"). */
export function isReliable(channel: Channel): boolean {
  return channel.kind === "tcp" || channel.kind === "tls";
}

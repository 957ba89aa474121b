/**
 * The world as it is: wall clock, the system's randomness, sockets.
 *
 * @module
 */
import { LiveNetwork } from "../net/live.ts";
import { type Log, silentLog } from "./log.ts";
import type { Clock, Random, Runtime } from "./runtime.ts";
import { TimerQueue } from "./timer_queue.ts";

/** Wall clock; its timers run on monotonic time, so that setting the clock moves none. */
export function liveClock(): Clock {
  const timers = new TimerQueue({
    now: () => performance.now(),
    set(milliseconds, ring) {
      const id = setTimeout(ring, milliseconds);
      Deno.unrefTimer(id);
      return () => clearTimeout(id);
    },
  });
  return { now: () => Date.now(), after: (milliseconds, fire) => timers.after(milliseconds, fire) };
}

/** Octets fetched from the system at once; branches and tags take 8 to 16 of them each. */
const POOL = 4096;

/** The system's cryptographically strong randomness. */
export function liveRandom(): Random {
  const pool = new Uint8Array(POOL);
  let used = POOL;
  return {
    bytes(length) {
      if (length > POOL / 16) return crypto.getRandomValues(new Uint8Array(length));
      if (used + length > POOL) {
        crypto.getRandomValues(pool);
        used = 0;
      }
      const bytes = pool.slice(used, used + length);
      pool.fill(0, used, used + length); // what was handed out is nobody else's to find
      used += length;
      return bytes;
    },
  };
}

/** A runtime over the machine's clock, dice and sockets. */
export function liveRuntime(options: { log?: Log } = {}): Runtime {
  const log = options.log ?? silentLog;
  const clock = liveClock();
  return { clock, random: liveRandom(), network: new LiveNetwork({ clock, log }), log };
}

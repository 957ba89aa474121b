/**
 * A log that a flood cannot fill: of each event so many records a second, then one that says how many
 * were left out.
 *
 * @module
 */
import type { Log } from "./log.ts";

/** Records of one event in one second that are written if nothing else is said. */
export const RECORDS_PER_SECOND = 50;

const INTERVAL = 1000;

/**
 * `log` with at most `perSecond` records of each event in a second. `debug` is what was asked for, and
 * is not limited. The first record after others were left out says how many, as `leftOut`.
 *
 * @param now milliseconds
 */
export function limitedLog(
  log: Log,
  now: () => number,
  perSecond: number = RECORDS_PER_SECOND,
): Log {
  const events = new Map<string, { since: number; count: number; leftOut: number }>();
  return {
    write(level, event, facts) {
      if (level === "debug") return log.write(level, event, facts);
      const time = now();
      let seen = events.get(event);
      if (seen === undefined) events.set(event, seen = { since: time, count: 0, leftOut: 0 });
      // A clock that was set back begins anew.
      if (time - seen.since >= INTERVAL || time < seen.since) {
        seen.since = time;
        seen.count = 0;
      }
      if (++seen.count > perSecond) {
        seen.leftOut++;
        return;
      }
      const { leftOut } = seen;
      seen.leftOut = 0;
      log.write(level, event, leftOut === 0 ? facts : { ...facts, leftOut });
    },
  };
}

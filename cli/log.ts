/**
 * The log of a command that runs on: one line a record on stderr, as text or as JSON, without secrets,
 * and never filled by a flood.
 *
 * @module
 */
import { limitedLog } from "../core/runtime/limited_log.ts";
import type { Log, LogLevel } from "../core/runtime/log.ts";
import { formatJson, formatText } from "../core/runtime/log_record.ts";
import { say } from "./output.ts";

const order: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warning: 2, error: 3 };

/** A log that writes records of `level` and above. */
export function liveLog(
  { level, json }: { readonly level: LogLevel; readonly json: boolean },
): Log {
  const least = order[level];
  const format = json ? formatJson : formatText;
  const lines: Log = {
    write(of, event, facts) {
      if (order[of] < least) return;
      say(
        format({ time: Date.now(), level: of, event, ...(facts === undefined ? {} : { facts }) }),
      );
    },
  };
  return limitedLog(lines, () => performance.now());
}

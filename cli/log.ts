/**
 * The log of a command that runs on: one line a record on stderr, as text or as JSON.
 *
 * @module
 */
import type { Log, LogLevel } from "../core/runtime/log.ts";
import { printable, say } from "./output.ts";

const order: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warning: 2, error: 3 };

/** A log that writes records of `level` and above. */
export function liveLog(
  { level, json }: { readonly level: LogLevel; readonly json: boolean },
): Log {
  const least = order[level];
  return {
    write(of, event, facts = {}) {
      if (order[of] < least) return;
      const time = new Date().toISOString();
      if (json) return say(JSON.stringify({ time, level: of, event, ...facts }));
      const known = Object.entries(facts).filter(([, value]) => value !== undefined);
      const shown = known.map(([name, value]) => `${name}=${quoted(String(value))}`);
      say([time, of, event, ...shown].join(" "));
    },
  };
}

/** What holds a space or a quote stands in quotes. */
function quoted(text: string): string {
  return /[\s"=]/.test(text) ? JSON.stringify(printable(text)) : printable(text);
}

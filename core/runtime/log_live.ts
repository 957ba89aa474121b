/**
 * The live log, over LogTape: lines on stderr, as text or as JSON.
 *
 * LogTape is loaded when the first log is made, so that commands that do not log start without it.
 *
 * @module
 */
import { ConfigError, makeProblem } from "../config/problem.ts";
import type { Log, LogLevel } from "./log.ts";
import { formatJson, formatText } from "./log_record.ts";

/** From the most talkative to silence. */
export const LOG_LEVELS = ["debug", "info", "warning", "error", "off"] as const;
/** How a line looks. */
export const LOG_FORMATS = ["text", "json"] as const;

/** What is written, and how. */
export interface LogSettings {
  /** Records below are dropped. */
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

const CATEGORY = ["ntm"];

/**
 * The settings from the options, else `NTM_LOG` and `NTM_LOG_FORMAT`, else `info` as text.
 *
 * @throws {ConfigError} for a value that is not allowed
 */
export function logSettings(
  flags: { readonly level?: string; readonly format?: string },
  env: Readonly<Record<string, string | undefined>>,
): LogSettings {
  return {
    level: choose("--log", flags.level, "NTM_LOG", env.NTM_LOG, LOG_LEVELS) ?? "info",
    format:
      choose("--log-format", flags.format, "NTM_LOG_FORMAT", env.NTM_LOG_FORMAT, LOG_FORMATS) ??
        "text",
  };
}

function choose<T extends string>(
  option: string,
  flag: string | undefined,
  variable: string,
  text: string | undefined,
  allowed: readonly T[],
): T | undefined {
  const written = flag ?? (text === "" ? undefined : text);
  if (written === undefined) return undefined;
  const found = allowed.find((one) => one === written);
  if (found !== undefined) return found;
  const where = flag === undefined ? `environment variable ${variable}` : `option ${option}`;
  const what = `"${written}" is not allowed`;
  throw new ConfigError([
    makeProblem(where, { line: 0, column: 0 }, [], { what, allowed, written }),
  ]);
}

/**
 * A log of this process. LogTape's configuration is the process's own: making another log takes the
 * place of the first. `write` gets each line without line end; stderr if omitted.
 */
export async function liveLog(
  settings: LogSettings,
  write: (line: string) => void = writeToStderr,
): Promise<Log> {
  if (settings.level === "off") return { write() {} };
  const { configureSync, getLogger } = await import("@logtape/logtape");
  const format = settings.format === "json" ? formatJson : formatText;
  configureSync({
    reset: true,
    sinks: {
      lines: ({ timestamp, level, rawMessage, properties }) =>
        write(format({
          time: timestamp,
          level: levelOf(level),
          event: String(rawMessage),
          facts: properties as Record<string, string>,
        })),
    },
    loggers: [
      { category: CATEGORY, lowestLevel: settings.level, sinks: ["lines"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["lines"] },
    ],
  });
  const logger = getLogger(CATEGORY);
  const least = LOG_LEVELS.indexOf(settings.level);
  return {
    write(level, event, facts) {
      if (LOG_LEVELS.indexOf(level) < least) return;
      // The event is no template: braces in it are braces.
      logger.emit({
        level,
        timestamp: Date.now(),
        message: [event],
        rawMessage: event,
        properties: { ...facts },
      });
    },
  };
}

/** LogTape has two more levels, which only its own reports could use. */
function levelOf(level: string): LogLevel {
  if (level === "trace") return "debug";
  return level === "debug" || level === "info" || level === "warning" ? level : "error";
}

const encoder = new TextEncoder();

/** Synchronously, so that the last words before a crash are written. */
function writeToStderr(line: string): void {
  let rest = encoder.encode(line + "\n");
  try {
    while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch (error) {
    // Nobody reads any more: there is nobody to tell, and serving goes on.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/**
 * Logging port: an event name and its facts. Secrets (passwords, keys, digests) are never passed in.
 *
 * @module
 */

/** Severity of a log record. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** The facts of a record. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where records go. */
export interface Log {
  /** Writes one record; `event` is a short fixed phrase such as `request refused`. */
  write(level: LogLevel, event: string, facts?: LogFacts): void;
}

/** A log that keeps nothing. */
export const silentLog: Log = { write() {} };

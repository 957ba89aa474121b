/**
 * One log record as a line: text for people or JSON for machines. Whatever the facts hold, a line is
 * one line, of bounded length, without terminal control and without secrets.
 *
 * @module
 */
import type { LogFacts, LogLevel } from "./log.ts";
import { isSecretName } from "./secret_names.ts";

/** A record with its time, milliseconds since the Unix epoch. */
export interface LogRecord {
  readonly time: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly facts?: LogFacts;
}

/** Characters of one text that are kept. */
export const LOG_VALUE_LIMIT = 1000;

const REDACTED = "[redacted]";

/** Secrets inside a text: `password=…`, credentials of HTTP and SIP, PEM private keys. */
const SECRETS: readonly RegExp[] = [
  /\b(?:password|passwd|passphrase|secret|psk|token)["']?\s*[=:]\s*(?:"[^"]*"?|'[^']*'?|[^\s,;&]+)/gi,
  /\b(?:proxy-)?authorization\s*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/gi,
  /\b(?:Basic|Bearer)\s+[A-Za-z0-9+/=._~-]{8,}|\bDigest\s+[a-z]+\s*=[^\r\n]*/gi,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

// deno-lint-ignore no-control-regex -- it is the control characters that must not get through
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text without what looks like a secret, cut to {@link LOG_VALUE_LIMIT}. */
export function withoutSecrets(text: string): string {
  // Secrets first: a cut could leave the beginning of one that is not recognised any more.
  let clean = text;
  for (const pattern of SECRETS) clean = clean.replace(pattern, REDACTED);
  return clean.length > LOG_VALUE_LIMIT ? `${clean.slice(0, LOG_VALUE_LIMIT)}…` : clean;
}

/** The facts fit to be written; those that are undefined are left out. */
export function cleanFacts(facts: LogFacts = {}): Record<string, string | number | boolean> {
  const clean: [string, string | number | boolean][] = [];
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined) continue;
    if (isSecretName(name)) clean.push([name, REDACTED]);
    else clean.push([name, typeof value === "string" ? withoutSecrets(value) : value]);
  }
  return Object.fromEntries(clean);
}

/** `2026-01-01T00:00:00.000Z info    request refused cause="spoof check: …" status=403`. */
export function formatText({ time, level, event, facts }: LogRecord): string {
  const parts = [new Date(time).toISOString(), level.padEnd(7), printable(withoutSecrets(event))];
  for (const [name, value] of Object.entries(cleanFacts(facts))) {
    parts.push(`${printable(name)}=${quoted(value)}`);
  }
  return parts.join(" ");
}

/** `{"time":"2026-01-01T00:00:00.000Z","level":"info","event":"request refused","facts":{…}}`. */
export function formatJson({ time, level, event, facts }: LogRecord): string {
  const record = {
    time: new Date(time).toISOString(),
    level,
    event: withoutSecrets(event),
    facts: cleanFacts(facts),
  };
  return printable(JSON.stringify(record));
}

/** Texts that are not one plain word in quotes. */
function quoted(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return /^[\w.:@/<>[\]*+-]+$/.test(value) ? value : printable(JSON.stringify(value));
}

function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

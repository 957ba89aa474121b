/**
 * Hosts of URIs and Via: names, IPv4 addresses, IPv6 references (RFC 3261 §25.1, RFC 5954).
 *
 * @module
 */
import { formatHost, isIpv4, parseIp } from "../net/address.ts";
import { DIGIT, HOST, is, LOWER, skip } from "./chars.ts";
import { valueError } from "./errors.ts";

const COLON = 58;
const BRACKET = 91;
const HYPHEN = 45;
const DOT = 46;
/** Longest domain name in text (RFC 1035 §2.3.4). */
const LONGEST_NAME = 255;

/** A host that was read, and where it ends. */
export interface HostAt {
  /** Canonical: lower-case name, or IP address in canonical form without brackets. */
  readonly host: string;
  readonly end: number;
}

/** Reads a host at `from`. Throws SipParseError with the position in `text`. */
export function hostAt(text: string, from: number, clause: string): HostAt {
  if (text.charCodeAt(from) === BRACKET) {
    const end = text.indexOf("]", from) + 1;
    const host = end === 0 ? undefined : reference(text.slice(from, end));
    if (host === undefined) throw valueError("no IPv6 address in the brackets", from, clause);
    return { host, end };
  }
  const end = skip(text, from, HOST);
  if (end === from) throw valueError("a host name or address is missing", from, clause);
  const written = text.slice(from, end);
  if (is(text.charCodeAt(from), DIGIT) && isIpv4(text, from, end)) return { host: written, end };
  if (!isName(text, from, end)) {
    throw valueError(`"${written}" is no host name and no IPv4 address`, from, clause);
  }
  return { host: skip(text, from, LOWER, end) === end ? written : written.toLowerCase(), end };
}

/**
 * `IPv6reference`. RFC 3261's grammar, taken from RFC 2373, put a third colon before an embedded IPv4
 * address; RFC 5118 §4.10 wants it understood.
 */
function reference(text: string): string | undefined {
  const ip = parseIp(text);
  if (ip !== undefined) return ip;
  const at = text.indexOf(":::");
  if (at < 0 || !is(text.charCodeAt(at + 3), DIGIT) || text.indexOf(".", at) < 0) return undefined;
  return text.includes(":", at + 3) ? undefined : parseIp(text.slice(0, at) + text.slice(at + 1));
}

/**
 * `hostname = *( domainlabel "." ) toplabel [ "." ]`: labels neither begin nor end with a hyphen, the
 * last one begins with a letter.
 */
function isName(text: string, from: number, end: number): boolean {
  if (end - from > LONGEST_NAME) return false;
  const last = text.charCodeAt(end - 1) === DOT ? end - 1 : end;
  let label = from;
  for (let at = from; at <= last; at++) {
    if (at < last && text.charCodeAt(at) !== DOT) continue;
    if (at === label || text.charCodeAt(label) === HYPHEN || text.charCodeAt(at - 1) === HYPHEN) {
      return false;
    }
    if (at < last) label = at + 1;
  }
  return !is(text.charCodeAt(label), DIGIT);
}

/** A port that was read, if there is one, and where it ends. */
export interface PortAt {
  readonly port?: number;
  readonly end: number;
}

/** Reads `":" port` at `from`, if a colon stands there. */
export function portAt(text: string, from: number, clause: string): PortAt {
  if (text.charCodeAt(from) !== COLON) return { end: from };
  const start = from + 1;
  const end = skip(text, start, DIGIT);
  // Five digits are as many as a port can have.
  const port = end === start || end - start > 5 ? NaN : Number(text.slice(start, end));
  if (!(port <= 65_535)) throw valueError("a port is a number from 0 to 65535", start, clause);
  return { port, end };
}

/** `host[:port]`, IPv6 in brackets. */
export function formatHostPort(host: string, port: number | undefined): string {
  return port === undefined ? formatHost(host) : `${formatHost(host)}:${port}`;
}

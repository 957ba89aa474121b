/**
 * URIs: `sip:` and `sips:` (RFC 3261 §19.1), `tel:` (RFC 3966), and any other kept as text.
 *
 * @module
 */
import {
  ALPHA,
  ANY_URI,
  is,
  PARAMETER,
  PASSWORD,
  SCHEME,
  skip,
  skipEscaped,
  URI_HEADER,
  USER,
} from "./chars.ts";
import { show } from "./cursor.ts";
import { type SipParseError, valueError } from "./errors.ts";
import { formatHostPort, hostAt, portAt } from "./host.ts";
import { type Parameter, Parameters } from "./parameters.ts";

/** `sip:user:password@host:port;parameters?headers`. */
export interface SipUri {
  readonly kind: "sip";
  readonly scheme: "sip" | "sips";
  /** As written, escapes and all. */
  readonly user?: string;
  /** As written, escapes and all. */
  readonly password?: string;
  /** Canonical: lower-case name, or IP address without brackets. */
  readonly host: string;
  readonly port?: number;
  readonly parameters: Parameters;
  /** Headers after `?`, names and values as written. */
  readonly headers: readonly Parameter[];
}

/** `tel:number;parameters`. */
export interface TelUri {
  readonly kind: "tel";
  readonly scheme: "tel";
  /** As written, visual separators and all. */
  readonly number: string;
  readonly parameters: Parameters;
}

/** A URI of any other scheme. */
export interface OtherUri {
  readonly kind: "other";
  /** Lower-case. */
  readonly scheme: string;
  /** Everything after the first colon, as written. */
  readonly rest: string;
}

export type Uri = SipUri | TelUri | OtherUri;

const CLAUSE = "RFC 3261 §19.1.1";
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const QUESTION = 63;
const AMPERSAND = 38;
const NO_HEADERS: readonly Parameter[] = [];

/** Reads a URI. Throws SipParseError with the offset in `text`. */
export function parseUri(text: string): Uri {
  const colon = skip(text, 0, SCHEME);
  if (!is(text.charCodeAt(0), ALPHA) || text.charCodeAt(colon) !== COLON) {
    throw valueError("a URI begins with a scheme and a colon, such as sip:", 0, CLAUSE);
  }
  const scheme = text.slice(0, colon);
  // The usual spelling first: it needs no lower-casing.
  if (scheme === "sip") return sipUri("sip", text, colon + 1);
  const lower = scheme.toLowerCase();
  if (lower === "sip" || lower === "sips") return sipUri(lower, text, colon + 1);
  if (lower === "tel") return telUri(text, colon + 1);
  const end = skipEscaped(text, colon + 1, ANY_URI);
  if (end < text.length || end === colon + 1) throw bad(text, end, "a URI", "RFC 3986 §2");
  return { kind: "other", scheme: lower, rest: text.slice(colon + 1) };
}

/** Reads a URI; undefined where {@link parseUri} throws. */
export function tryParseUri(text: string): Uri | undefined {
  try {
    return parseUri(text);
  } catch {
    return undefined;
  }
}

function bad(text: string, at: number, what: string, clause = CLAUSE): SipParseError {
  if (at >= text.length) return valueError(`${what} is empty`, at, clause);
  return valueError(`${show(text.charCodeAt(at))} has no place in ${what}`, at, clause);
}

function sipUri(scheme: "sip" | "sips", text: string, start: number): SipUri {
  const sign = text.indexOf("@", start);
  let user: string | undefined;
  let password: string | undefined;
  let at = start;
  if (sign >= 0) {
    const end = skipEscaped(text, start, USER, sign);
    if (end === start) throw bad(text, end, "the user of a SIP URI");
    user = text.slice(start, end);
    if (text.charCodeAt(end) === COLON) {
      const stop = skipEscaped(text, end + 1, PASSWORD, sign);
      if (stop !== sign) throw bad(text, stop, "the password of a SIP URI");
      password = text.slice(end + 1, stop);
    } else if (end !== sign) throw bad(text, end, "the user of a SIP URI");
    at = sign + 1;
  }
  const { host, end: afterHost } = hostAt(text, at, CLAUSE);
  const { port, end } = portAt(text, afterHost, CLAUSE);
  at = end;
  let items: Parameter[] | undefined;
  while (text.charCodeAt(at) === SEMICOLON) {
    const stop = pairEnd(text, at + 1, PARAMETER, "a URI parameter", false);
    (items ??= []).push(pair(text, at + 1, stop));
    at = stop;
  }
  const headers = text.charCodeAt(at) === QUESTION ? uriHeaders(text, at) : NO_HEADERS;
  if (headers === NO_HEADERS && at < text.length) throw bad(text, at, "a SIP URI here");
  return {
    kind: "sip",
    scheme,
    user,
    password,
    host,
    port,
    parameters: new Parameters(items),
    headers,
  };
}

/** `headers = "?" header *( "&" header )`, to the end of the text. */
function uriHeaders(text: string, from: number): Parameter[] {
  const headers: Parameter[] = [];
  let at = from;
  do {
    const stop = pairEnd(text, at + 1, URI_HEADER, "a header of a SIP URI", true);
    headers.push(pair(text, at + 1, stop));
    at = stop;
  } while (text.charCodeAt(at) === AMPERSAND);
  if (at < text.length) throw bad(text, at, "a header of a SIP URI");
  return headers;
}

/** End of `name[=value]`; a header needs the `=`, and its value may be empty. */
function pairEnd(text: string, from: number, mask: number, what: string, header: boolean): number {
  const name = skipEscaped(text, from, mask);
  if (name === from) throw bad(text, name, what);
  if (text.charCodeAt(name) !== EQUALS) {
    if (header) throw valueError("a header of a SIP URI is name=value", name, CLAUSE);
    return name;
  }
  const end = skipEscaped(text, name + 1, mask);
  if (end === name + 1 && !header) throw valueError(`the value of ${what} is empty`, end, CLAUSE);
  return end;
}

function pair(text: string, from: number, end: number): Parameter {
  const equals = text.indexOf("=", from);
  return equals < 0 || equals >= end
    ? { name: text.slice(from, end) }
    : { name: text.slice(from, equals), value: text.slice(equals + 1, end) };
}

/** RFC 3966 §3, without a check of the number against a numbering plan. */
function telUri(text: string, start: number): TelUri {
  const clause = "RFC 3966 §3";
  let at = start;
  while (at < text.length && "+0123456789abcdefABCDEF*#-.()".includes(text[at]!)) at++;
  if (at === start) throw bad(text, at, "a telephone number", clause);
  const number = text.slice(start, at);
  let items: Parameter[] | undefined;
  while (text.charCodeAt(at) === SEMICOLON) {
    const stop = pairEnd(text, at + 1, PARAMETER, "a parameter of a tel URI", false);
    (items ??= []).push(pair(text, at + 1, stop));
    at = stop;
  }
  if (at < text.length) throw bad(text, at, "a tel URI", clause);
  return { kind: "tel", scheme: "tel", number, parameters: new Parameters(items) };
}

/** The text of a URI. */
export function formatUri(uri: Uri): string {
  if (uri.kind === "other") return `${uri.scheme}:${uri.rest}`;
  if (uri.kind === "tel") return `tel:${uri.number}${uri.parameters}`;
  const password = uri.password === undefined ? "" : `:${uri.password}`;
  const user = uri.user === undefined ? "" : `${uri.user}${password}@`;
  const headers = uri.headers.map(({ name, value }) => `${name}=${value ?? ""}`).join("&");
  return `${uri.scheme}:${user}${formatHostPort(uri.host, uri.port)}${uri.parameters}${
    headers && `?${headers}`
  }`;
}

/** A SIP URI of its parts, for messages made here. */
export function sipUriOf(
  parts: {
    user?: string;
    host: string;
    port?: number;
    scheme?: "sip" | "sips";
    parameters?: Parameter[];
  },
): SipUri {
  return {
    kind: "sip",
    scheme: parts.scheme ?? "sip",
    user: parts.user === undefined ? undefined : escapeUser(parts.user),
    host: parts.host,
    port: parts.port,
    parameters: new Parameters(parts.parameters),
    headers: NO_HEADERS,
  };
}

const encoder = new TextEncoder();

/** A user part for any text: what may not stand there is escaped as UTF-8. */
export function escapeUser(text: string): string {
  if (skip(text, 0, USER) === text.length) return text;
  let escaped = "";
  for (const octet of encoder.encode(text)) {
    escaped += is(octet, USER) ? String.fromCharCode(octet) : hex(octet);
  }
  return escaped;
}

function hex(octet: number): string {
  return `%${octet.toString(16).toUpperCase().padStart(2, "0")}`;
}

export { addressOfRecord, sameUri, unescapeUser } from "./uri_compare.ts";

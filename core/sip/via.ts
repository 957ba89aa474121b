/**
 * Via (RFC 3261 §20.42, RFC 3581).
 *
 *     SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7
 *
 * @module
 */
import { Cursor } from "./cursor.ts";
import { formatHostPort, hostAt } from "./host.ts";
import type { Headers } from "./headers.ts";
import { type Parameters, parseParameters } from "./parameters.ts";

/** One Via value: who sent the message on, and how. */
export interface Via {
  /** `SIP/2.0`. */
  readonly protocol: string;
  /** As written: `UDP`, `TCP`, `TLS` … */
  readonly transport: string;
  /** Canonical: lower-case name, or IP address without brackets. */
  readonly host: string;
  readonly port?: number;
  /** `branch`, `received`, `rport` … */
  readonly parameters: Parameters;
}

/** Every branch of an RFC 3261 element begins so (§8.1.1.7). */
export const MAGIC_COOKIE = "z9hG4bK";

const CLAUSE = "RFC 3261 §20.42";
const SLASH = 47;
const COLON = 58;
const COMMA = 44;

/** Reads one value. Throws SipParseError with the offset in `value`. */
export function parseVia(value: string): Via {
  const cursor = new Cursor(value);
  const via = readVia(cursor);
  cursor.end(CLAUSE);
  return via;
}

/** Reads all values of one field. */
export function parseViaList(value: string): Via[] {
  const cursor = new Cursor(value);
  const list: Via[] = [];
  do list.push(readVia(cursor)); while (cursor.separator(COMMA));
  cursor.end(CLAUSE);
  return list;
}

/** All Via values of a message, newest first. */
export function vias(headers: Headers): Via[] {
  return headers.getAll("via").flatMap(parseViaList);
}

/** The newest Via value; undefined if the message has none. */
export function topVia(headers: Headers): Via | undefined {
  const value = headers.get("via");
  return value === undefined ? undefined : readVia(new Cursor(value));
}

/** `via-parm = sent-protocol LWS sent-by *( SEMI via-params )`, with white space around the slashes. */
export function readVia(cursor: Cursor): Via {
  cursor.space();
  const protocol = readProtocol(cursor);
  const transport = cursor.token("the transport", CLAUSE);
  const space = cursor.at;
  if (cursor.space().at === space) throw cursor.unexpected("a space and the sender", CLAUSE);
  const { host, end } = hostAt(cursor.text, cursor.at, CLAUSE);
  cursor.at = end;
  const port = cursor.separator(COLON) ? cursor.number(65_535, "the port", CLAUSE) : undefined;
  const parameters = parseParameters(cursor, CLAUSE, true);
  return { protocol, transport, host, port, parameters };
}

/** `protocol-name SLASH protocol-version SLASH`, without the last slash. */
function readProtocol(cursor: Cursor): string {
  // Written as nearly everybody writes it.
  if (cursor.text.startsWith("SIP/2.0/", cursor.at)) {
    cursor.at += 8;
    cursor.space();
    return "SIP/2.0";
  }
  const name = cursor.token("the protocol, SIP", CLAUSE);
  if (!cursor.separator(SLASH)) throw cursor.unexpected('"/" after the protocol', CLAUSE);
  const version = cursor.token("the version, 2.0", CLAUSE);
  if (!cursor.separator(SLASH)) throw cursor.unexpected('"/" after the version', CLAUSE);
  return `${name}/${version}`;
}

/** The text of a value. */
export function formatVia(via: Via): string {
  const by = formatHostPort(via.host, via.port);
  return `${via.protocol}/${via.transport} ${by}${via.parameters}`;
}

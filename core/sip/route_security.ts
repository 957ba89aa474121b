/**
 * The Route-Security header: one value a link, the newest in front (seed 001 ¶0044, ¶0045).
 *
 *     Route-Security = "Route-Security" HCOLON rs-value *(COMMA rs-value)
 *     rs-value       = "[" IPv6address / IPv4address "]" *( SEMI rs-param ) / IPv4address *( SEMI rs-param )
 *     rs-param       = "level" EQUAL ( "0" / "1" / "2" / "3" ) / generic-param
 *
 * As in any list header, the values may stand in one field or be spread over several, in the same order.
 *
 * @module
 */
import { formatHost, isIpv6, parseIp } from "../net/address.ts";
import type { SecurityLevel } from "../net/channel.ts";
import { skip, TOKEN } from "./chars.ts";
import { Cursor } from "./cursor.ts";
import { SipParseError } from "./errors.ts";
import type { Headers } from "./headers.ts";
import { type Parameter, parseParameter } from "./parameters.ts";

/** Field name, as written by us. */
export const ROUTE_SECURITY = "Route-Security";

/** One value: what a node says about the link to the next node. */
export interface RouteSecurity {
  /** Address of the node that added it, canonical ({@link parseIp}). */
  readonly address: string;
  /**
   * Level the node gives the link. Undefined where it gives none; `invalid` where the parameter is
   * there and is not one of 0 to 3, which no link has.
   */
  readonly level?: SecurityLevel | "invalid";
  /** All other parameters, in order, as written. */
  readonly parameters: readonly Parameter[];
  /** The value as written, without white space around it. */
  readonly raw: string;
}

/** Limits of the parser. */
export interface RouteSecurityLimits {
  /** Values in one message; no chain is longer than Max-Forwards lets it grow (RFC 3261 §8.1.1.6). */
  readonly values: number;
  /** Parameters of one value. */
  readonly parameters: number;
}

/** Limits used where none are given. */
export const ROUTE_SECURITY_LIMITS: RouteSecurityLimits = { values: 70, parameters: 16 };

/** A Route-Security header that does not follow the grammar, or exceeds a limit. */
export class RouteSecurityError extends Error {
  override readonly name = "RouteSecurityError";
  constructor(
    /** What is wrong, and what is allowed. */
    readonly what: string,
    /** Which Route-Security field of the message, from 0. */
    readonly field: number,
    /** Where in that field's value, in UTF-16 units from 0. */
    readonly offset: number,
  ) {
    super(`${what} (Route-Security field ${field + 1}, offset ${offset})`);
  }
}

/** Values seen lately: a link's value is the same text in every message, so it is read once. */
const known = new Map<string, RouteSecurity>();
const KNOWN_LIMIT = 512;
const KNOWN_LENGTH = 96;

const CLAUSE = "docs/wire.md, Route-Security";
const SEMICOLON = 59;
const COMMA = 44;
const BRACKET = 91;

/**
 * Reads all values of a message, newest first; an empty array when there is no such header.
 *
 * @throws {RouteSecurityError} with the field and offset of the first fault
 */
export function parseRouteSecurity(
  headers: Headers,
  limits: RouteSecurityLimits = ROUTE_SECURITY_LIMITS,
): RouteSecurity[] {
  const values: RouteSecurity[] = [];
  const fields = headers.getAll(ROUTE_SECURITY);
  for (let field = 0; field < fields.length; field++) {
    const text = fields[field] ?? "";
    const seen = known.get(text);
    if (seen !== undefined && seen.parameters.length < limits.parameters) {
      if (values.length >= limits.values) throw tooMany(limits, field, 0);
      values.push(seen);
    } else {
      parseField(text, field, limits, values);
    }
  }
  return values;
}

/**
 * Reads one value on its own, for example `[2001:db8::1];level=3`.
 *
 * @throws {RouteSecurityError} if the text is anything other than one value
 */
export function parseRouteSecurityValue(text: string): RouteSecurity {
  const values: RouteSecurity[] = [];
  parseField(text, 0, { ...ROUTE_SECURITY_LIMITS, values: 1 }, values);
  return values[0] as RouteSecurity;
}

/** The value as we write it: brackets for both families, then the level, then other parameters. */
export function formatRouteSecurity(
  value: {
    readonly address: string;
    readonly level?: SecurityLevel | undefined;
    readonly parameters?: readonly Parameter[];
  },
): string {
  const host = isIpv6(value.address) ? formatHost(value.address) : `[${value.address}]`;
  let text = value.level === undefined ? host : `${host};level=${value.level}`;
  for (const { name, value: of } of value.parameters ?? []) {
    text += of === undefined ? `;${name}` : `;${name}=${of}`;
  }
  return text;
}

/** Makes a value without other parameters. */
export function routeSecurity(address: string, level?: SecurityLevel): RouteSecurity {
  const raw = formatRouteSecurity({ address, level });
  return level === undefined
    ? { address, parameters: [], raw }
    : { address, level, parameters: [], raw };
}

/**
 * Whether two values say the same: same address in canonical form, same level, same other parameters
 * in the same order. White space, brackets and the case of names are not part of what is said.
 */
export function sameRouteSecurity(a: RouteSecurity, b: RouteSecurity): boolean {
  if (a.raw === b.raw) return true;
  if (a.address !== b.address || a.level !== b.level) return false;
  // Two different wrong levels are two different values, although neither means anything.
  if (a.level === "invalid" || a.parameters.length !== b.parameters.length) return false;
  return a.parameters.every((parameter, index) => {
    const other = b.parameters[index];
    return other !== undefined && other.value === parameter.value &&
      other.name.toLowerCase() === parameter.name.toLowerCase();
  });
}

function tooMany(limits: RouteSecurityLimits, field: number, offset: number): RouteSecurityError {
  return new RouteSecurityError(
    `more than ${limits.values} values, the limit for one message`,
    field,
    offset,
  );
}

/** Reads the comma-separated values of one field and adds them to `values`. */
function parseField(
  text: string,
  field: number,
  limits: RouteSecurityLimits,
  values: RouteSecurity[],
): void {
  const cursor = new Cursor(text);
  try {
    do {
      cursor.space();
      if (values.length >= limits.values) throw tooMany(limits, field, cursor.at);
      values.push(readValue(cursor, limits));
    } while (cursor.separator(COMMA));
    cursor.end(CLAUSE);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw new RouteSecurityError(error.what, field, error.offset);
  }
  const only = values[values.length - 1];
  if (only?.raw === text && text.length <= KNOWN_LENGTH) {
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(text, only);
  }
}

/** Reads one value at the cursor, up to the comma behind it or the end. */
function readValue(cursor: Cursor, limits: RouteSecurityLimits): RouteSecurity {
  const { at: start } = cursor;
  const address = readAddress(cursor);
  let level: SecurityLevel | "invalid" | undefined;
  const parameters: Parameter[] = [];
  const names = new Set<string>();
  let end = cursor.at;
  while (cursor.separator(SEMICOLON)) {
    const { at } = cursor;
    if (names.size >= limits.parameters) {
      throw cursor.fail(`more than ${limits.parameters} parameters, the limit for a value`, CLAUSE);
    }
    const parameter = parseParameter(cursor, CLAUSE);
    end = cursor.at;
    const key = parameter.name.toLowerCase();
    // RFC 3261 §7.3.1: "Any given parameter-name MUST NOT appear more than once."
    if (names.has(key)) {
      throw cursor.fail(`the parameter "${parameter.name}" appears twice`, CLAUSE, at);
    }
    names.add(key);
    if (key === "level") level = levelOf(parameter.value);
    else parameters.push(parameter);
  }
  const raw = cursor.text.slice(start, end);
  return level === undefined ? { address, parameters, raw } : { address, level, parameters, raw };
}

/** The address: IPv4 with or without brackets, IPv6 in brackets. */
function readAddress(cursor: Cursor): string {
  const { text, at: start } = cursor;
  const bracketed = cursor.code === BRACKET;
  const end = bracketed ? text.indexOf("]", start) + 1 : skip(text, start, TOKEN);
  const written = bracketed ? text.slice(start + 1, end - 1) : text.slice(start, end);
  const address = end === 0 || written.startsWith("[") ? undefined : parseIp(written);
  if (address === undefined) {
    throw cursor.fail("expected an IP address, as in [2001:db8::1] or [192.0.2.1]", CLAUSE, start);
  }
  cursor.at = end;
  return address;
}

function levelOf(value: string | undefined): SecurityLevel | "invalid" {
  return value === "0" ? 0 : value === "1" ? 1 : value === "2" ? 2 : value === "3" ? 3 : "invalid";
}

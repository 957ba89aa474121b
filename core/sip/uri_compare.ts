/**
 * When two URIs are the same (RFC 3261 §19.1.4), and the canonical name of one (§10.3 step 5).
 *
 * @module
 */
import { skip, USER } from "./chars.ts";
import { escapeUser, formatUri, type SipUri, type Uri } from "./uri.ts";
import { formatHostPort } from "./host.ts";
import type { Parameters } from "./parameters.ts";

/** Reserved characters (RFC 3261 §25.1): escaped and plain they are not the same. */
const RESERVED = ";/?:@&=+$,";
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Parameters that must be in both URIs or in neither. §19.1.4's list names user, ttl, method and
 * maddr; its examples add transport.
 */
const NEVER_ALONE = ["user", "ttl", "method", "maddr", "transport"];

/** Whether two URIs are equivalent. */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.kind !== "sip" || b.kind !== "sip") return formatUri(a) === formatUri(b);
  return a.scheme === b.scheme &&
    canonicalEscapes(a.user) === canonicalEscapes(b.user) &&
    canonicalEscapes(a.password) === canonicalEscapes(b.password) &&
    a.host === b.host && a.port === b.port &&
    sameParameters(a.parameters, b.parameters) && sameHeaders(a, b);
}

function sameParameters(a: Parameters, b: Parameters): boolean {
  for (const name of NEVER_ALONE) if (a.has(name) !== b.has(name)) return false;
  for (const { name } of a) {
    if (b.has(name) && !sameText(a.get(name), b.get(name))) return false;
  }
  return true;
}

function sameText(a: string | undefined, b: string | undefined): boolean {
  return canonicalEscapes(a)?.toLowerCase() === canonicalEscapes(b)?.toLowerCase();
}

/** Headers are never ignored; their order does not matter. */
function sameHeaders(a: SipUri, b: SipUri): boolean {
  const list = (uri: SipUri) =>
    uri.headers.map(({ name, value }) =>
      `${canonicalEscapes(name)?.toLowerCase()}=${canonicalEscapes(value)}`
    ).sort();
  const [left, right] = [list(a), list(b)];
  return left.length === right.length && left.every((header, index) => header === right[index]);
}

/** Undoes the escapes that change nothing and writes the others in upper case. */
function canonicalEscapes(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes("%")) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (escape, digits: string) => {
    const code = parseInt(digits, 16);
    const character = String.fromCharCode(code);
    const plain = code < 128 && !RESERVED.includes(character) && skip(character, 0, USER) === 1;
    return plain ? character : escape.toUpperCase();
  });
}

/** The user part with all escapes undone; octets that are no UTF-8 show as U+FFFD. */
export function unescapeUser(user: string): string {
  if (!user.includes("%")) return user;
  const octets: number[] = [];
  const encoded = new TextEncoder().encode(user);
  for (let at = 0; at < encoded.length; at++) {
    const digits = encoded[at] === 37 ? parseInt(user.slice(at + 1, at + 3), 16) : NaN;
    if (Number.isNaN(digits)) octets.push(encoded[at]!);
    else {
      octets.push(digits);
      at += 2;
    }
  }
  return lenient.decode(Uint8Array.from(octets));
}

/**
 * The canonical name: `sip:user@host[:port]` with the host in lower case and the user unescaped as far
 * as a URI allows, without password, parameters and headers. `sips:` counts as `sip:`. Other URIs
 * stand for themselves.
 */
export function addressOfRecord(uri: Uri): string {
  if (uri.kind !== "sip") return formatUri(uri);
  const user = uri.user === undefined ? "" : `${canonicalUser(uri.user)}@`;
  return `sip:${user}${formatHostPort(uri.host, uri.port)}`;
}

/** RFC 3261 §10.3 step 5: escapes undone. What cannot stand in a user part stays escaped. */
function canonicalUser(user: string): string {
  if (!user.includes("%")) return user;
  return user.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    let plain = "";
    for (let at = 0; at < run.length; at += 3) {
      const code = parseInt(run.slice(at + 1, at + 3), 16);
      const character = String.fromCharCode(code);
      plain += code < 128 && escapeUser(character) === character
        ? character
        : run.slice(at, at + 3).toUpperCase();
    }
    return plain;
  });
}

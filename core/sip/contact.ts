/**
 * Contact (RFC 3261 §20.10): a list of names with addresses, or `*`.
 *
 * @module
 */
import { Cursor } from "./cursor.ts";
import type { Headers } from "./headers.ts";
import { type NameAddr, parseNameAddrList } from "./name_addr.ts";
import { valueError } from "./errors.ts";

/** One Contact value; `expires` and `q` are read from its parameters. */
export type Contact = NameAddr;

const CLAUSE = "RFC 3261 §20.10";
/** Largest delta-seconds (§20.19). */
const LARGEST = 2 ** 32 - 1;

/** Reads the values of one field. Throws SipParseError with the offset in `value`. */
export function parseContactList(value: string): Contact[] | "*" {
  if (value.trim() === "*") return "*";
  const list = parseNameAddrList(value);
  for (const { parameters } of list) {
    const { q, expires } = { q: parameters.raw("q"), expires: parameters.raw("expires") };
    if (q !== undefined && !isQuality(q)) {
      throw valueError(
        "q is a number from 0 to 1 with up to three decimals",
        value.indexOf(q),
        CLAUSE,
      );
    }
    if (expires !== undefined && deltaSeconds(expires) === undefined) {
      throw valueError(
        `expires is a number of seconds up to ${LARGEST}`,
        value.indexOf(expires),
        CLAUSE,
      );
    }
  }
  return list;
}

/** All Contact values of a message, or `*`. */
export function contacts(headers: Headers): Contact[] | "*" {
  const all: Contact[] = [];
  for (const value of headers.getAll("contact")) {
    const list = parseContactList(value);
    if (list === "*") return "*";
    all.push(...list);
  }
  return all;
}

/** Seconds of the `expires` parameter; undefined if there is none. */
export function contactExpires(contact: Contact): number | undefined {
  const value = contact.parameters.get("expires");
  return value === undefined ? undefined : deltaSeconds(value);
}

/** Preference from 0 to 1; 1 if there is none (§20.10). */
export function contactQuality(contact: Contact): number {
  return Number(contact.parameters.get("q") ?? 1);
}

/** `delta-seconds`; undefined if the text is none or beyond 2³²−1. */
export function deltaSeconds(text: string): number | undefined {
  const cursor = new Cursor(text);
  try {
    const seconds = cursor.number(LARGEST, "the number of seconds", CLAUSE);
    return cursor.done ? seconds : undefined;
  } catch {
    return undefined;
  }
}

/** `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`. */
export function isQuality(text: string): boolean {
  return /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(text);
}

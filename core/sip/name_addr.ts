/**
 * Names with addresses: From, To, Contact, Route, Record-Route, Reply-To (RFC 3261 §20.10, §25.1).
 *
 *     "Alice" <sip:alice@atlanta.com;transport=tcp>;tag=1928301774
 *
 * @module
 */
import { skip, SPACE, TOKEN } from "./chars.ts";
import { Cursor, quote, unquote } from "./cursor.ts";
import { SipParseError, valueError } from "./errors.ts";
import { type Parameters, parseParameters } from "./parameters.ts";
import { formatUri, parseUri, type Uri } from "./uri.ts";

/** A display name, a URI, and the header's own parameters. */
export interface NameAddr {
  /** Without quotes; undefined if there is none. */
  readonly display?: string;
  readonly uri: Uri;
  /** Parameters of the header, after the `>`, such as `tag`; those of the URI are in `uri`. */
  readonly parameters: Parameters;
}

const CLAUSE = "RFC 3261 §20.10";
const QUOTE = 34;
const LEFT = 60;

/** Reads one value. Throws SipParseError with the offset in `value`. */
export function parseNameAddr(value: string): NameAddr {
  const cursor = new Cursor(value);
  const parsed = readNameAddr(cursor);
  cursor.end(CLAUSE);
  return parsed;
}

/** Reads one value at the cursor: as long as it goes, up to a comma or the end. */
export function readNameAddr(cursor: Cursor, options: { angle?: boolean } = {}): NameAddr {
  cursor.space();
  const { text } = cursor;
  const start = cursor.at;
  let display: string | undefined;
  const first = cursor.code;
  if (first === QUOTE) {
    display = unquote(cursor.quoted(CLAUSE));
    cursor.space();
    if (cursor.code !== LEFT) throw cursor.unexpected('"<" after the display name', CLAUSE);
  } else if (first !== LEFT) {
    // display-name = *(token LWS); if no "<" follows, the tokens begin an addr-spec.
    let at = start;
    for (let next = skip(text, at, TOKEN); next > at; next = skip(text, at, TOKEN)) {
      at = skip(text, next, SPACE);
    }
    if (text.charCodeAt(at) === LEFT) {
      display = text.slice(start, at).trimEnd();
      cursor.at = at;
    } else if (options.angle) {
      throw cursor.unexpected('"<"', CLAUSE);
    } else {
      return addrSpec(cursor);
    }
  }
  const open = cursor.at;
  const close = text.indexOf(">", open);
  if (close < 0) throw valueError('"<" has no ">"', open, CLAUSE);
  const uri = uriAt(text, open + 1, close);
  cursor.at = close + 1;
  return { display, uri, parameters: parseParameters(cursor, CLAUSE) };
}

/**
 * A URI without `<>`. It ends at the first `;`, `,` or space, and may hold no `?`: what follows a `;`
 * belongs to the header (§20.10).
 */
function addrSpec(cursor: Cursor): NameAddr {
  const { text, at: start } = cursor;
  let end = start;
  for (; end < text.length; end++) {
    const character = text[end];
    if (character === "?") throw valueError("a URI with ? has to stand in < and >", end, CLAUSE);
    if (character === ";" || character === "," || character === " " || character === "\t") break;
  }
  const uri = uriAt(text, start, end);
  cursor.at = end;
  return { uri, parameters: parseParameters(cursor, CLAUSE) };
}

function uriAt(text: string, from: number, to: number): Uri {
  try {
    return parseUri(text.slice(from, to));
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw valueError(error.what, from + error.offset, error.clause);
  }
}

/** All values of a comma list. With `angle`, each must stand in `<>` (Route, Record-Route). */
export function parseNameAddrList(value: string, options: { angle?: boolean } = {}): NameAddr[] {
  const cursor = new Cursor(value);
  const list: NameAddr[] = [];
  do list.push(readNameAddr(cursor, options)); while (cursor.separator(44));
  cursor.end(CLAUSE);
  return list;
}

/** The text of a value: always with `<>`, the display name quoted. */
export function formatNameAddr(value: NameAddr): string {
  const display = value.display === undefined ? "" : `${quote(value.display)} `;
  return `${display}<${formatUri(value.uri)}>${value.parameters}`;
}

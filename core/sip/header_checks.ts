/**
 * The syntax of each header value RFC 3261 and its common extensions define, as functions that throw
 * SipParseError with the offset in the value. Headers that are not here may hold any text.
 *
 * @module
 */
import { parseAuthParameters, parseAuthValue } from "./auth_params.ts";
import { ALPHA, DIGIT, is, TOKEN, WORD } from "./chars.ts";
import { parseContactList } from "./contact.ts";
import { parseCSeq } from "./cseq.ts";
import { Cursor } from "./cursor.ts";
import { parseDate } from "./date.ts";
import { SipParseError, valueError } from "./errors.ts";
import { parseNameAddr, parseNameAddrList } from "./name_addr.ts";
import { parseParameters } from "./parameters.ts";
import { parseUri } from "./uri.ts";
import { parseViaList } from "./via.ts";
import { hostAt, portAt } from "./host.ts";

/** Throws SipParseError if the value is not what the header allows. */
export type HeaderCheck = (value: string) => unknown;

const LARGEST_32 = 2 ** 32 - 1;
const COMMA = 44;
const SLASH = 47;
const AT = 64;
const DOT = 46;
const LEFT = 60;
const QUOTE = 34;

/** A whole value read by one step. */
function whole(clause: string, step: (cursor: Cursor, clause: string) => unknown): HeaderCheck {
  return (value) => {
    const cursor = new Cursor(value).space();
    step(cursor, clause);
    cursor.end(clause);
  };
}

/** A comma list of what one step reads; empty only with `orEmpty`. */
function list(
  clause: string,
  step: (cursor: Cursor, clause: string) => unknown,
  orEmpty = false,
): HeaderCheck {
  return whole(clause, (cursor) => {
    if (orEmpty && cursor.done) return;
    do step(cursor, clause); while (cursor.separator(COMMA));
  });
}

function number(clause: string, most: number): HeaderCheck {
  return whole(clause, (cursor) => cursor.number(most, "the number", clause));
}

const token = (cursor: Cursor, clause: string) => cursor.run(TOKEN, "a token", clause);

function tokenWithParameters(cursor: Cursor, clause: string): void {
  token(cursor, clause);
  parseParameters(cursor, clause);
}

/** `m-type SLASH m-subtype *(SEMI m-parameter)`. */
function mediaType(cursor: Cursor, clause: string): void {
  cursor.run(TOKEN, "the media type", clause);
  if (!cursor.separator(SLASH)) throw cursor.unexpected('"/" and the subtype', clause);
  cursor.run(TOKEN, "the media subtype", clause);
  parseParameters(cursor, clause);
}

/** `callid = word [ "@" word ]`. */
function callId(cursor: Cursor, clause: string): void {
  cursor.run(WORD, "a Call-ID", clause);
  if (cursor.code !== AT) return;
  cursor.at++;
  cursor.run(WORD, "the rest of the Call-ID", clause);
}

/** `LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`. */
function angleUri(cursor: Cursor, clause: string): void {
  if (cursor.code !== LEFT) throw cursor.unexpected('"<" and a URI', clause);
  const end = cursor.text.indexOf(">", cursor.at);
  if (end < 0) throw cursor.fail('"<" has no ">"', clause);
  try {
    parseUri(cursor.text.slice(cursor.at + 1, end));
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw valueError(error.what, cursor.at + 1 + error.offset, error.clause);
  }
  cursor.at = end + 1;
  parseParameters(cursor, clause);
}

/** `1*DIGIT [ "." *(DIGIT) ]`. */
function decimal(cursor: Cursor, clause: string): void {
  cursor.run(DIGIT, "a number", clause);
  if (cursor.code !== DOT) return;
  cursor.at++;
  while (is(cursor.code, DIGIT)) cursor.at++;
}

/** `delta-seconds [ comment ] *( SEMI retry-param )`; comments nest. */
function retryAfter(cursor: Cursor, clause: string): void {
  cursor.number(LARGEST_32, "the number of seconds", clause);
  cursor.space();
  const start = cursor.at;
  for (let depth = 0; cursor.code === 40 || depth > 0; cursor.at++) {
    if (cursor.done) throw cursor.fail("the comment has no end", clause, start);
    if (cursor.code === 92) cursor.at++;
    else if (cursor.code === 40) depth++;
    else if (cursor.code === 41 && --depth === 0) {
      cursor.at++;
      break;
    }
  }
  parseParameters(cursor, clause);
}

/** `warn-code SP warn-agent SP warn-text`. */
function warning(cursor: Cursor, clause: string): void {
  const start = cursor.at;
  cursor.run(DIGIT, "the warning code", clause);
  if (cursor.at - start !== 3) throw cursor.fail("a warning code has three digits", clause, start);
  if (cursor.space().at === start + 3) throw cursor.unexpected("a space", clause);
  agent(cursor, clause);
  cursor.space();
  if (cursor.code !== QUOTE) throw cursor.unexpected("the quoted text of the warning", clause);
  cursor.quoted(clause);
}

/** `warn-agent = hostport / pseudonym`: whatever is no token must be a host. */
function agent(cursor: Cursor, clause: string): void {
  const start = cursor.at;
  if (is(cursor.code, TOKEN)) {
    token(cursor, clause);
    if (cursor.code === 32) return;
  }
  const { end } = hostAt(cursor.text, start, clause);
  cursor.at = portAt(cursor.text, end, clause).end;
}

function languageRange(cursor: Cursor, clause: string): void {
  if (!is(cursor.code, ALPHA) && cursor.code !== 42) throw cursor.unexpected("a language", clause);
  tokenWithParameters(cursor, clause);
}

const section = (number: string) => `RFC 3261 §20.${number}`;
const tokens = (clause: string, orEmpty = false) => list(clause, token, orEmpty);
const routes: HeaderCheck = (value) => parseNameAddrList(value, { angle: true });

/** Syntax by header key. */
const CHECKS: readonly (readonly [key: string, check: HeaderCheck])[] = [
  ["via", parseViaList],
  ["from", parseNameAddr],
  ["to", parseNameAddr],
  ["call-id", whole(section("8"), callId)],
  ["cseq", parseCSeq],
  ["max-forwards", number(section("22"), 255)],
  ["contact", parseContactList],
  ["content-length", number(section("14"), Number.MAX_SAFE_INTEGER)],
  ["route", routes],
  ["record-route", routes],
  ["path", routes],
  ["service-route", routes],
  ["accept", list(section("1"), mediaType, true)],
  ["accept-encoding", list(section("2"), tokenWithParameters, true)],
  ["accept-language", list(section("3"), languageRange, true)],
  ["alert-info", list(section("4"), angleUri)],
  ["allow", tokens(section("5"), true)],
  ["authentication-info", parseAuthParameters],
  ["authorization", parseAuthValue],
  ["call-info", list(section("9"), angleUri)],
  ["content-disposition", whole(section("11"), tokenWithParameters)],
  ["content-encoding", tokens(section("12"))],
  ["content-language", tokens(section("13"))],
  ["content-type", whole(section("15"), mediaType)],
  ["date", parseDate],
  ["error-info", list(section("18"), angleUri)],
  ["expires", number(section("19"), LARGEST_32)],
  ["in-reply-to", list(section("21"), callId)],
  ["min-expires", number(section("23"), LARGEST_32)],
  ["mime-version", whole(section("24"), decimal)],
  ["priority", whole(section("26"), token)],
  ["proxy-authenticate", parseAuthValue],
  ["proxy-authorization", parseAuthValue],
  ["proxy-require", tokens(section("29"))],
  ["reply-to", parseNameAddr],
  ["require", tokens(section("32"))],
  ["retry-after", whole(section("33"), retryAfter)],
  ["supported", tokens(section("37"), true)],
  [
    "timestamp",
    whole(section("38"), (cursor, clause) => {
      decimal(cursor, clause);
      if (!cursor.space().done) decimal(cursor, clause);
    }),
  ],
  ["unsupported", tokens(section("40"))],
  ["warning", list(section("43"), warning)],
  ["www-authenticate", parseAuthValue],
  ["event", whole("RFC 6665 §8.2.1", tokenWithParameters)],
  ["allow-events", tokens("RFC 6665 §8.2.2")],
  ["subscription-state", whole("RFC 6665 §8.2.3", tokenWithParameters)],
  ["refer-to", parseNameAddr],
  ["p-asserted-identity", (value) => parseNameAddrList(value)],
  ["reason", list("RFC 3326 §2", tokenWithParameters)],
  ["security-client", list("RFC 3329 §2.2", tokenWithParameters)],
  ["security-server", list("RFC 3329 §2.2", tokenWithParameters)],
  ["security-verify", list("RFC 3329 §2.2", tokenWithParameters)],
  ["sip-etag", whole("RFC 3903 §11.3.1", token)],
  ["sip-if-match", whole("RFC 3903 §11.3.2", token)],
  [
    "session-expires",
    whole("RFC 4028 §4", (cursor, clause) => {
      cursor.number(LARGEST_32, "the number of seconds", clause);
      parseParameters(cursor, clause);
    }),
  ],
];

/** Headers that may stand once in a message (RFC 3261 §7.3.1, table 2). */
const SINGLE = [
  "from",
  "to",
  "call-id",
  "cseq",
  "max-forwards",
  "content-length",
  "content-type",
  "content-disposition",
  "date",
  "expires",
  "min-expires",
  "mime-version",
  "organization",
  "priority",
  "reply-to",
  "retry-after",
  "server",
  "subject",
  "timestamp",
  "user-agent",
  "event",
  "subscription-state",
  "session-expires",
  "min-se",
  "refer-to",
  "sip-etag",
  "sip-if-match",
];

/** What is asked of the fields of one name. */
export interface HeaderRule {
  /** Syntax of the value; any text if undefined. */
  readonly check: HeaderCheck | undefined;
  /** Bit of this name in the set of names that were seen; 0 if nobody asks. */
  readonly bit: number;
  /** Whether it may stand once only. */
  readonly once: boolean;
}

/** Names whose presence matters: those that may stand once, and Via. */
const NOTED = ["via", ...SINGLE];

/** Bit of a name in the set of names that were seen. */
export function headerBit(key: string): number {
  const place = NOTED.indexOf(key);
  return place < 0 ? 0 : 1 << place;
}

/** Rules by header key; a name that is not here may stand as often as it likes, with any text. */
export const HEADER_RULES: ReadonlyMap<string, HeaderRule> = new Map(
  [...new Set([...CHECKS.map(([key]) => key), ...SINGLE])].map((key) => [
    key,
    {
      check: CHECKS.find(([name]) => name === key)?.[1],
      bit: headerBit(key),
      once: SINGLE.includes(key),
    },
  ]),
);

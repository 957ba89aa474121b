/**
 * Character classes of the SIP grammar (RFC 3261 §25.1) as one look-up table.
 *
 * @module
 */

/** `token`: alphanumeric and ``-.!%*_+`'~``. */
export const TOKEN = 1;
/** `word` of a Call-ID: token and `()<>:\"/[]?{}`. */
export const WORD = 2;
export const DIGIT = 4;
export const HEX = 8;
/** SP or HTAB. */
export const SPACE = 16;
/** Letters, digits, `-` and `.` of a host name. */
export const HOST = 32;
/** `user` of a SIP URI without escapes. */
export const USER = 64;
/** `password` of a SIP URI without escapes. */
export const PASSWORD = 128;
/** `paramchar` of a SIP URI without escapes. */
export const PARAMETER = 256;
/** `hname` and `hvalue` of a SIP URI without escapes. */
export const URI_HEADER = 512;
/** `scheme` after its first letter. */
export const SCHEME = 1024;
export const ALPHA = 2048;
/** What an absolute URI of a scheme we do not know may hold (RFC 3986 §2), without escapes. */
export const ANY_URI = 4096;
/** Of a host name, without capitals. */
export const LOWER = 8192;

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
const UNRESERVED = LETTERS + DIGITS + "-_.!~*'()";
const TOKENS = LETTERS + DIGITS + "-.!%*_+`'~";

const TABLE = new Uint16Array(128);
for (
  const [bit, characters] of [
    [TOKEN, TOKENS],
    [WORD, TOKENS + '()<>:\\"/[]?{}'],
    [DIGIT, DIGITS],
    [HEX, DIGITS + "abcdefABCDEF"],
    [SPACE, " \t"],
    [HOST, LETTERS + DIGITS + "-."],
    [USER, UNRESERVED + "&=+$,;?/"],
    [PASSWORD, UNRESERVED + "&=+$,"],
    [PARAMETER, UNRESERVED + "[]/:&+$"],
    [URI_HEADER, UNRESERVED + "[]/?:+$"],
    [SCHEME, LETTERS + DIGITS + "+-."],
    [ALPHA, LETTERS],
    [LOWER, "abcdefghijklmnopqrstuvwxyz" + DIGITS + "-."],
    [ANY_URI, UNRESERVED + ":/?#[]@$&+,;="],
  ] as const
) {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    TABLE[code] = (TABLE[code] ?? 0) | bit;
  }
}

/** Whether the UTF-16 code (NaN past the end) belongs to one of the classes in `mask`. */
export function is(code: number, mask: number): boolean {
  return code < 128 && (TABLE[code]! & mask) !== 0;
}

/** First position at or after `from` that is not in the classes of `mask`. */
export function skip(text: string, from: number, mask: number, end = text.length): number {
  let at = from;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code >= 128 || (TABLE[code]! & mask) === 0) break;
    at++;
  }
  return at;
}

/**
 * As {@link skip}, and takes `%` with two hex digits too. A `%` without them ends the run, so the
 * caller sees it as a character that does not belong there.
 */
export function skipEscaped(text: string, from: number, mask: number, end = text.length): number {
  let at = from;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code < 128 && (TABLE[code]! & mask) !== 0) at++;
    else if (
      code === 37 && at + 2 < end && is(text.charCodeAt(at + 1), HEX) &&
      is(text.charCodeAt(at + 2), HEX)
    ) at += 3;
    else break;
  }
  return at;
}

/** Whether the whole text is a token and not empty. */
export function isToken(text: string): boolean {
  return text.length > 0 && skip(text, 0, TOKEN) === text.length;
}

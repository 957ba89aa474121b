/**
 * A position in a header value, and the grammar's smallest steps from it. Errors carry the position in
 * the value; `parse.ts` turns it into the place in the message.
 *
 * @module
 */
import { is, isToken, skip, SPACE, TOKEN } from "./chars.ts";
import { type SipParseError, valueError } from "./errors.ts";

const QUOTE = 34;
const BACKSLASH = 92;

/** Reads a value from left to right. */
export class Cursor {
  /** Next position to read. */
  at: number;

  constructor(readonly text: string, at = 0) {
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** Code of the next character, NaN at the end. */
  get code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** Skips SP and HTAB. */
  space(): this {
    this.at = skip(this.text, this.at, SPACE);
    return this;
  }

  /** Takes the character, with white space around it; false if another one stands there. */
  separator(code: number): boolean {
    const at = skip(this.text, this.at, SPACE);
    if (this.text.charCodeAt(at) !== code) return false;
    this.at = skip(this.text, at + 1, SPACE);
    return true;
  }

  /** A run of the characters in `mask`, at least one. */
  run(mask: number, what: string, clause: string): string {
    const end = skip(this.text, this.at, mask);
    if (end === this.at) throw this.unexpected(what, clause);
    const text = this.text.slice(this.at, end);
    this.at = end;
    return text;
  }

  token(what: string, clause: string): string {
    return this.run(TOKEN, what, clause);
  }

  /** A quoted string with its quotes (RFC 3261 §25.1), as written. */
  quoted(clause: string): string {
    const { text } = this;
    const start = this.at;
    for (let at = start + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === BACKSLASH) {
        at++;
        // quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F)
        if (text.charCodeAt(at) > 127) {
          throw this.fail("only ASCII can be escaped by \\", clause, at);
        }
      } else if (code === QUOTE) {
        this.at = at + 1;
        return text.slice(start, at + 1);
      } else if ((code < 32 && code !== 9) || code === 127) {
        throw this.fail("control character in a quoted string, escape it by \\", clause, at);
      }
    }
    throw this.fail("the quoted string has no closing quote", clause, start);
  }

  /** A number of decimal digits up to `most`; leading zeros are allowed. */
  number(most: number, what: string, clause: string): number {
    const start = this.at;
    let value = 0;
    for (; this.at < this.text.length; this.at++) {
      const digit = this.text.charCodeAt(this.at) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      if (value > most) throw this.fail(`${what} is larger than ${most}`, clause, start);
    }
    if (this.at === start) throw this.unexpected(what, clause);
    return value;
  }

  /** Fails unless only white space is left. */
  end(clause: string): void {
    this.space();
    if (!this.done) throw this.unexpected("the end of the value", clause);
  }

  fail(what: string, clause: string, at: number = this.at): SipParseError {
    return valueError(what, at, clause);
  }

  /** The error for a character that cannot stand here. */
  unexpected(wanted: string, clause: string): SipParseError {
    const found = this.done ? "the value ends" : `${show(this.code)} stands`;
    return this.fail(`${found} where ${wanted} should be`, clause);
  }
}

/** A character for an error text: printable ones in quotes, others by their number. */
export function show(code: number): string {
  return code > 32 && code < 127
    ? `"${String.fromCharCode(code)}"`
    : code === 32
    ? "a space"
    : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The text of a quoted string: quotes off, escapes undone. Other text comes back as it is. */
export function unquote(text: string): string {
  if (text.charCodeAt(0) !== QUOTE || text.length < 2) return text;
  const inner = text.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner;
}

/** A quoted string for the text. Line ends have no place in a header and throw a RangeError. */
export function quote(text: string): string {
  if (/[\r\n]/.test(text)) throw new RangeError("A quoted string cannot hold a line end");
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** The text as it is if it is a token, quoted otherwise. */
export function tokenOrQuoted(text: string): string {
  return isToken(text) ? text : quote(text);
}

/** Whether the code is a control character other than HTAB. */
export function isControl(code: number): boolean {
  return (code < 32 && !is(code, SPACE)) || code === 127;
}

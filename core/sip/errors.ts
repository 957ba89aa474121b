/**
 * What is wrong with a message, and where.
 *
 * @module
 */

/** A place in a message. */
export interface Place {
  /** Octets from the start of the message (of the value, where a value alone was parsed). */
  readonly offset: number;
  /** Line, from 1. */
  readonly line: number;
  /** Character within the line, from 1. */
  readonly column: number;
}

/** Something the grammar does not allow, and that tolerant parsing lived with. */
export interface Deviation extends Place {
  /** What is wrong, without the place. */
  readonly what: string;
  /** The clause it offends against, for example `RFC 3261 §20.16`. */
  readonly clause: string;
}

/** Status a server answers an unreadable request with. */
export type ParseStatus = 400 | 413 | 414 | 501 | 505 | 513;

/** A message, header value or URI that cannot be read. */
export class SipParseError extends Error implements Deviation {
  override readonly name = "SipParseError";
  readonly offset: number;
  readonly line: number;
  readonly column: number;

  constructor(
    readonly what: string,
    place: Place,
    readonly clause: string,
    readonly status: ParseStatus = 400,
  ) {
    super(
      `${what} at line ${place.line}, column ${place.column} (octet ${place.offset}; ${clause})`,
    );
    this.offset = place.offset;
    this.line = place.line;
    this.column = place.column;
  }
}

/** The error for a position in a value that stands alone: one line. */
export function valueError(what: string, at: number, clause: string): SipParseError {
  return new SipParseError(what, { offset: at, line: 1, column: at + 1 }, clause);
}

const LF = 10;
const lenient = new TextDecoder("utf-8");

/** Line and column of an octet offset. */
export function placeIn(bytes: Uint8Array, offset: number): Place {
  const end = Math.min(offset, bytes.length);
  let line = 1;
  let start = 0;
  for (let at = 0; at < end; at++) {
    if (bytes[at] === LF) {
      line++;
      start = at + 1;
    }
  }
  return { offset, line, column: lenient.decode(bytes.subarray(start, end)).length + 1 };
}

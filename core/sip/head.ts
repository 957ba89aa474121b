/**
 * The head of a message, from the first octet to the empty line before the body (RFC 3261 §7): one pass
 * over the octets finds the lines, a second one over the lines makes the fields.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { isToken } from "./chars.ts";
import type { ParseStatus } from "./errors.ts";
import { canonicalKey, knownForm } from "./header_names.ts";
import type { HeaderField } from "./headers.ts";
import type { ParseLimits } from "./limits.ts";
import { unfold } from "./folding.ts";
import { decodeUtf8, reportControl } from "./octets.ts";

/** Something wrong at an octet of the message. */
export interface Problem {
  readonly what: string;
  readonly offset: number;
  readonly clause: string;
  /** 400 if it is missing. */
  readonly status?: ParseStatus;
  /** True if no reader could go on from here. */
  readonly fatal?: boolean;
}

/** Takes problems. Throws to end the parse; returns to live with what it was told. */
export type Report = (problem: Problem) => void;

/** The head taken apart. */
export interface Head {
  /** Empty lines before the start line. */
  readonly before: string;
  /** The start line without its line end. */
  readonly startLine: string;
  readonly startLineEnd: string;
  /** Octet the start line begins at. */
  readonly startAt: number;
  /** The start line's octets, where they are no valid UTF-8. */
  readonly startOctets?: Uint8Array;
  readonly fields: HeaderField[];
  readonly blank: string;
  /** Octet the body begins at. */
  readonly bodyAt: number;
}

const CR = 13;
const LF = 10;
const COLON = 4;
const CONTROL = 1;
const HIGH = 2;
const LINE_END = 8;
const FOLDED = 16;

/** What an octet means to the line scanner; nearly all mean nothing. */
const KINDS = new Uint8Array(256);
KINDS.fill(CONTROL, 0, 32).fill(HIGH, 128);
KINDS[9] = 0;
KINDS[127] = CONTROL;
KINDS[58] = COLON;
KINDS[CR] = KINDS[LF] = LINE_END;

const CLAUSE = "RFC 3261 §7";
const FIELD_CLAUSE = "RFC 3261 §7.3.1";

/** Numbers kept for each line: start, first colon (or −1), end, start of the next line, flags. */
const PER_LINE = 5;

/** Takes a head apart. What `report` throws passes through. */
export function scanHead(bytes: Uint8Array, limits: ParseLimits, report: Report): Head {
  const start = skipEmptyLines(bytes);
  const lines: number[] = [];
  let at = start;
  let bodyAt = -1;
  let blankAt = -1;
  while (bodyAt < 0) {
    const first = lines.length === 0;
    const lineAt = at;
    if (at === bytes.length && !first) {
      report({ what: "no empty line ends the head", offset: at, clause: CLAUSE });
      lines.push(at, -1, at, at, 0);
      blankAt = bodyAt = at;
      break;
    }
    scanLine(bytes, at, !first, lines, report);
    const next = lines[lines.length - 2]!;
    checkLimits(first, lineAt, next, start, lines.length / PER_LINE - 2, limits, report);
    if (lines[lines.length - 3] === lineAt && !first) {
      blankAt = lineAt;
      bodyAt = next;
    }
    at = next;
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bodyAt).toString("latin1");
  const flags = lines[4]!;
  let startLine = text.slice(start, lines[2]);
  let startOctets: Uint8Array | undefined;
  if (flags & HIGH) {
    const decoded = decodeUtf8(bytes, start, lines[2]!, report);
    if (decoded === undefined) startOctets = bytes.slice(start, lines[3]);
    else startLine = decoded;
  }
  if (flags & CONTROL) reportControl(bytes, start, lines[2]!, report);
  const fields: HeaderField[] = [];
  for (let line = PER_LINE; line < lines.length - PER_LINE; line += PER_LINE) {
    fields.push(fieldOf(bytes, text, lines, line, report));
  }
  return {
    before: text.slice(0, start),
    startLine,
    startLineEnd: text.slice(lines[2], lines[3]),
    startAt: start,
    startOctets,
    fields,
    blank: text.slice(blankAt, bodyAt),
    bodyAt,
  };
}

/** §7.5: empty lines before the start line are ignored. */
function skipEmptyLines(bytes: Uint8Array): number {
  let at = 0;
  for (;;) {
    if (bytes[at] === CR && bytes[at + 1] === LF) at += 2;
    else if (bytes[at] === LF) at++;
    else return at;
  }
}

/** Finds the end of one line, with its continuation lines if `folds`, and notes it in `lines`. */
function scanLine(
  bytes: Uint8Array,
  start: number,
  folds: boolean,
  lines: number[],
  report: Report,
): void {
  let colon = -1;
  let flags = 0;
  for (let at = start;;) {
    for (; at < bytes.length; at++) {
      const kind = KINDS[bytes[at]!]!;
      if (kind === 0) continue;
      if (kind === COLON) colon = colon < 0 ? at : colon;
      else if (kind === LINE_END) break;
      else flags |= kind;
    }
    let next = at + 1;
    if (bytes[at] === CR) {
      if (bytes[next] !== LF && next < bytes.length) {
        report({ what: "CR without LF", offset: at, clause: CLAUSE });
        flags |= CONTROL;
        at++;
        continue;
      }
      next++;
    }
    if (next > bytes.length) {
      report({
        what: "the message ends before the empty line that ends its head",
        offset: bytes.length,
        clause: CLAUSE,
        fatal: true,
      });
    }
    if (bytes[at] === LF) {
      report({ what: "a line ends with LF alone, not with CR LF", offset: at, clause: CLAUSE });
    }
    if (folds && at > start && (bytes[next] === 32 || bytes[next] === 9)) {
      flags |= FOLDED;
      at = next;
      continue;
    }
    lines.push(start, colon, at, next, flags);
    return;
  }
}

function checkLimits(
  first: boolean,
  lineAt: number,
  next: number,
  start: number,
  fields: number,
  limits: ParseLimits,
  report: Report,
): void {
  const longest = first ? limits.startLineOctets : limits.fieldOctets;
  if (
    next - lineAt <= longest && next - start <= limits.headOctets && fields <= limits.fields
  ) return;
  const [what, status]: [string, ParseStatus] = next - lineAt > longest
    ? first
      ? [`the start line is longer than ${longest} octets`, 414]
      : [`the header field is longer than ${longest} octets`, 513]
    : fields > limits.fields
    ? [`more than ${limits.fields} header fields`, 513]
    : [`the head is longer than ${limits.headOctets} octets`, 513];
  report({ what, offset: lineAt, clause: "limit", status, fatal: true });
}

/** One field of the line whose numbers begin at `line`. */
function fieldOf(
  bytes: Uint8Array,
  text: string,
  lines: readonly number[],
  line: number,
  report: Report,
): HeaderField {
  const start = lines[line]!;
  const colon = lines[line + 1]!;
  const end = lines[line + 2]!;
  const next = lines[line + 3]!;
  const flags = lines[line + 4]!;
  let raw = text.slice(start, next);
  let octets: Uint8Array | undefined;
  if (flags & HIGH) {
    const decoded = decodeUtf8(bytes, start, next, report);
    if (decoded === undefined) octets = bytes.slice(start, next);
    else raw = decoded;
  }
  if (flags & CONTROL) reportControl(bytes, colon < 0 ? start : colon, end, report);
  if (colon < 0) {
    report({ what: "a header field has no colon", offset: start, clause: FIELD_CLAUSE });
    return { key: "", name: "", value: raw.trim(), raw, octets };
  }
  let nameEnd = colon;
  while (nameEnd > start && isSpace(text.charCodeAt(nameEnd - 1))) nameEnd--;
  const written = text.slice(start, nameEnd);
  const known = knownForm(written);
  // The table's string, not the slice: its hash is known, and the message is not kept for it.
  const name = known?.form ?? written;
  if (known === undefined && !isToken(name)) {
    report({
      what: name === "" ? "a header field has no name" : "the name of a header field is no token",
      offset: start,
      clause: FIELD_CLAUSE,
    });
  }
  const key = known?.key ?? canonicalKey(name);
  let value: string;
  if (flags & (FOLDED | HIGH)) {
    value = unfold(raw, raw.indexOf(":") + 1);
  } else {
    let from = colon + 1;
    let to = end;
    while (from < to && isSpace(text.charCodeAt(from))) from++;
    while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
    value = text.slice(from, to);
  }
  return octets === undefined ? { key, name, value, raw } : { key, name, value, raw, octets };
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

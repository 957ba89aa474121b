/**
 * Octets to messages. Strict by default; tolerant mode lives with what it can and lists it.
 *
 * @module
 */
import { type Deviation, type Place, placeIn, SipParseError } from "./errors.ts";
import { rawIndex } from "./folding.ts";
import { type Head, type Problem, type Report, scanHead } from "./head.ts";
import { type HeaderField, Headers } from "./headers.ts";
import { defaultParseLimits, type ParseLimits, partialLimits } from "./limits.ts";
import type { SipMessage, Written } from "./message.ts";
import { serializeMessage } from "./serialize.ts";
import { parseStartLine } from "./start_line.ts";
import { contentLength, type FieldProblem, validateFields } from "./validate.ts";

export { type Deviation, type ParseStatus, type Place, SipParseError } from "./errors.ts";
export { defaultParseLimits, type ParseLimits } from "./limits.ts";

/** How to read. */
export interface ParseOptions {
  /**
   * `strict` (default) refuses whatever RFC 3261 does not allow. `tolerant` reads on where it can and
   * lists each deviation; header values it cannot make sense of are kept as text.
   */
  readonly mode?: "strict" | "tolerant";
  /** The message came over a stream, so it needs a Content-Length (RFC 3261 §18.3). */
  readonly stream?: boolean;
  readonly limits?: Partial<ParseLimits>;
}

/** What came of it. */
export type Parsed =
  | {
    readonly ok: true;
    readonly message: SipMessage;
    /** Tolerant mode: what the grammar does not allow, in order. Strict mode: empty. */
    readonly deviations: readonly Deviation[];
    /** Octets of the message. What follows in a datagram is ignored (RFC 3261 §18.3). */
    readonly consumed: number;
  }
  | {
    readonly ok: false;
    readonly error: SipParseError;
    /** As much as could be read, to answer 400 with; undefined if not even that. */
    readonly partial?: SipMessage;
  };

/** A head that was read; its body is still to come. */
export interface ParsedHead {
  readonly message: SipMessage;
  readonly bodyAt: number;
  /** Octets of the body; undefined if the head does not say. */
  readonly bodyOctets: number | undefined;
  readonly deviations: Deviation[];
}

const NOTHING = new Uint8Array(0);

/** Reads one message. The body is a view of `bytes`, not a copy. Never throws for any octets. */
export function parseMessage(bytes: Uint8Array, options: ParseOptions = {}): Parsed {
  try {
    return parseWhole(bytes, options);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return { ok: false, error, partial: partialOf(bytes, options) };
  }
}

function parseWhole(bytes: Uint8Array, options: ParseOptions): Parsed {
  const { message, bodyAt, bodyOctets, deviations } = parseHead(bytes, options);
  const left = bytes.length - bodyAt;
  let length = bodyOctets ?? left;
  if (length > left) {
    reporter(bytes, options, deviations)({
      what: `Content-Length is ${length}, but only ${left} octets follow`,
      offset: offsetOf(message, contentLengthIndex(message), 0),
      clause: "RFC 3261 §18.3",
    });
    length = left;
  }
  const limits = limitsOf(options);
  if (length > limits.bodyOctets) {
    throw tooLarge(bytes, message, limits);
  }
  // Not an empty view, which would keep all the octets of the head.
  message.body = length === 0 ? NOTHING : bytes.subarray(bodyAt, bodyAt + length);
  // The head was read before its fields were: put what was found in the order of the octets.
  if (deviations.length > 1) deviations.sort((a, b) => a.offset - b.offset);
  return { ok: true, message, deviations, consumed: bodyAt + length };
}

/** Reads the head of a message. Throws SipParseError. */
export function parseHead(bytes: Uint8Array, options: ParseOptions = {}): ParsedHead {
  const deviations: Deviation[] = [];
  const report = reporter(bytes, options, deviations);
  const limits = limitsOf(options);
  const head = scanHead(bytes, limits, report);
  const message = messageOf(head, report);
  validateFields(message, (problem) => report(inMessage(message, problem)));
  const bodyOctets = contentLength(message);
  if (bodyOctets === undefined && options.stream) {
    report({
      what: "no Content-Length, which a message on a stream needs",
      offset: head.bodyAt,
      clause: "RFC 3261 §18.3",
      fatal: true,
    });
  }
  if (bodyOctets !== undefined && bodyOctets > limits.bodyOctets) {
    throw tooLarge(bytes, message, limits);
  }
  return { message, bodyAt: head.bodyAt, bodyOctets, deviations };
}

function messageOf(head: Head, report: Report): SipMessage {
  const start = parseStartLine(head.startLine, head.startAt, report);
  const headers = Headers.adopt(head.fields);
  const written: Written = {
    before: head.before,
    startLine: head.startLine + head.startLineEnd,
    octets: head.startOctets,
    first: start.kind === "request" ? start.method : start.status,
    second: start.kind === "request" ? start.uri : start.reason,
    blank: head.blank,
  };
  return start.kind === "request"
    ? { kind: "request", method: start.method, uri: start.uri, headers, body: NOTHING, written }
    : {
      kind: "response",
      status: start.status,
      reason: start.reason,
      headers,
      body: NOTHING,
      written,
    };
}

/**
 * Everything that a strict reader would refuse in a message, in order; empty if nothing. The body is
 * not looked into.
 */
export function validateMessage(message: SipMessage): Deviation[] {
  const parsed = parseMessage(serializeMessage(message), { mode: "tolerant" });
  return parsed.ok ? [...parsed.deviations] : [parsed.error];
}

function limitsOf(options: ParseOptions): ParseLimits {
  return options.limits ? { ...defaultParseLimits, ...options.limits } : defaultParseLimits;
}

function reporter(bytes: Uint8Array, options: ParseOptions, deviations: Deviation[]): Report {
  const tolerant = options.mode === "tolerant";
  return ({ what, offset, clause, status, fatal }) => {
    const place = placeIn(bytes, offset);
    if (!tolerant || fatal) throw new SipParseError(what, place, clause, status);
    deviations.push({ what, ...place, clause });
  };
}

/** A problem of a field's value as one of the message. */
function inMessage(message: SipMessage, problem: FieldProblem): Problem {
  const { what, clause, status } = problem;
  return { what, clause, status, offset: offsetOf(message, problem.index, problem.at) };
}

const encoder = new TextEncoder();

/** Octet of the character at `at` of a field's value; of the empty line if there is no such field. */
export function offsetOf(message: SipMessage, index: number, at: number): number {
  const { fields } = message.headers;
  const { written } = message;
  let offset = (written?.before.length ?? 0) +
    (written?.octets?.length ?? encoder.encode(written?.startLine).length);
  for (const field of fields.slice(0, index)) offset += octetsOf(field);
  const field = fields[index];
  if (!field) return offset;
  const raw = field.raw ?? "";
  const prefix = raw.slice(0, rawIndex(raw, at));
  return offset + (field.octets ? prefix.length : encoder.encode(prefix).length);
}

/** Octets of a field as written. */
export function octetsOf(field: HeaderField): number {
  return field.octets?.length ?? encoder.encode(field.raw).length;
}

function contentLengthIndex(message: SipMessage): number {
  return message.headers.fields.findIndex((field) => field.key === "content-length");
}

function tooLarge(bytes: Uint8Array, message: SipMessage, limits: ParseLimits): SipParseError {
  const index = contentLengthIndex(message);
  const place: Place = placeIn(bytes, offsetOf(message, index < 0 ? Infinity : index, 0));
  return new SipParseError(
    `the body is longer than ${limits.bodyOctets} octets`,
    place,
    "limit",
    413,
  );
}

/** What tolerant reading makes of octets that strict reading refused. */
function partialOf(bytes: Uint8Array, options: ParseOptions): SipMessage | undefined {
  if (options.mode === "tolerant") return undefined;
  try {
    const limits = partialLimits(options.limits);
    return parseHead(bytes, { ...options, mode: "tolerant", stream: false, limits }).message;
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return undefined;
  }
}

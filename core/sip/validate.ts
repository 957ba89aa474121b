/**
 * What a message must have, and how its header values must look (RFC 3261 §8.1.1, §20, §25.1).
 *
 * @module
 */
import { DIGIT, is, skip, SPACE } from "./chars.ts";
import { type ParseStatus, SipParseError } from "./errors.ts";
import { HEADER_RULES, headerBit } from "./header_checks.ts";
import type { SipMessage } from "./message.ts";

/** Something wrong with a field. */
export interface FieldProblem {
  readonly what: string;
  /** Index of the field; number of fields for one that is missing. */
  readonly index: number;
  /** Character of the value. */
  readonly at: number;
  readonly clause: string;
  readonly status?: ParseStatus;
}

const MANDATORY = ["Via", "From", "To", "Call-ID", "CSeq"] as const;
const MANDATORY_BITS = MANDATORY.reduce((bits, name) => bits | headerBit(name.toLowerCase()), 0);

/** Methods of RFC 3261 and the extensions every SIP element has heard of. */
const METHODS = new Set([
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "OPTIONS",
  "REGISTER",
  "MESSAGE",
  "SUBSCRIBE",
  "NOTIFY",
  "PUBLISH",
  "REFER",
  "INFO",
  "PRACK",
  "UPDATE",
]);

/**
 * Checks that the mandatory fields are there, that fields which may stand once do, and the syntax of
 * every value this program knows. Max-Forwards may be missing: RFC 2543 did not have it (RFC 4475
 * §3.4.1, RFC 3261 §16.6 step 3).
 */
export function validateFields(message: SipMessage, report: (problem: FieldProblem) => void): void {
  const { fields } = message.headers;
  let seen = 0;
  let cseq = -1;
  for (let index = 0; index < fields.length; index++) {
    const { key, value } = fields[index]!;
    const rule = HEADER_RULES.get(key);
    if (rule === undefined) continue;
    if (rule.once && (seen & rule.bit) !== 0) {
      report({ what: `a second ${key} field`, index, at: 0, clause: "RFC 3261 §7.3.1" });
    }
    seen |= rule.bit;
    if (cseq < 0 && key === "cseq") cseq = index;
    if (rule.check === undefined) continue;
    try {
      rule.check(value);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      report({
        what: `${fields[index]!.name}: ${error.what}`,
        index,
        at: error.offset,
        clause: error.clause,
      });
    }
  }
  if ((seen & MANDATORY_BITS) !== MANDATORY_BITS) {
    for (const name of MANDATORY) {
      if ((seen & headerBit(name.toLowerCase())) !== 0) continue;
      report({ what: `no ${name} field`, index: fields.length, at: 0, clause: "RFC 3261 §8.1.1" });
    }
  }
  if (message.kind === "request" && cseq >= 0) {
    checkMethod(message.method, fields[cseq]!.value, cseq, report);
  }
}

/** RFC 3261 §8.1.1.5: the method of CSeq is the request's. */
function checkMethod(
  method: string,
  value: string,
  index: number,
  report: (problem: FieldProblem) => void,
): void {
  const before = value.charCodeAt(value.length - method.length - 1);
  if (value.endsWith(method) && is(before, SPACE)) return;
  report({
    what: `the method of CSeq is not ${method}`,
    index,
    at: Math.max(value.search(/[^\s0-9]/), 0),
    clause: "RFC 3261 §8.1.1.5",
    // RFC 4475 §3.1.2.18: for a method that is not known, 501 keeps better with the future.
    status: METHODS.has(method) ? 400 : 501,
  });
}

/** The value of Content-Length; undefined if there is none that can be read. */
export function contentLength(message: SipMessage): number | undefined {
  const value = message.headers.get("content-length");
  if (value === undefined || value.length > 15 || !isNumber(value)) return undefined;
  return Number(value);
}

function isNumber(text: string): boolean {
  return text !== "" && skip(text, 0, DIGIT) === text.length;
}

/**
 * Request-Line and Status-Line (RFC 3261 §7.1, §7.2).
 *
 * @module
 */
import { DIGIT, isToken, skip } from "./chars.ts";
import { SipParseError } from "./errors.ts";
import type { Report } from "./head.ts";
import { parseUri, type Uri } from "./uri.ts";

/** What a start line says. */
export type StartLine =
  | { kind: "request"; method: string; uri: string }
  | { kind: "response"; status: number; reason: string };

const VERSION = "SIP/2.0";
const REQUEST = "RFC 3261 §7.1";
const RESPONSE = "RFC 3261 §7.2";

/** Reads a start line that begins at octet `at` of the message. */
export function parseStartLine(line: string, at: number, report: Report): StartLine {
  const prefix = line.slice(0, 4);
  return prefix === "SIP/" || prefix.toUpperCase() === "SIP/"
    ? statusLine(line, at, report)
    : requestLine(line, at, report);
}

/** `Request-Line = Method SP Request-URI SP SIP-Version CRLF` */
function requestLine(written: string, at: number, report: Report): StartLine {
  const problem = (what: string, index: number) =>
    report({ what, offset: at + octets(written, index), clause: REQUEST });
  let line = written;
  if (line.endsWith(" ")) {
    line = line.trimEnd();
    problem("white space after the SIP version", line.length);
  }
  const first = line.indexOf(" ");
  const last = line.lastIndexOf(" ");
  if (first <= 0) {
    report({
      what:
        "the start line is neither Method SP Request-URI SP SIP/2.0 nor SIP/2.0 SP Status SP Reason",
      offset: at,
      clause: REQUEST,
      fatal: true,
    });
  }
  const method = line.slice(0, first);
  if (!isToken(method)) problem("the method is no token", 0);
  let uri: string;
  if (line.slice(last + 1, last + 5).toUpperCase() !== "SIP/" || last === first) {
    problem("the SIP version is missing", line.length);
    uri = line.slice(first + 1).trim();
  } else {
    const version = line.slice(last + 1);
    if (version !== VERSION) checkVersion(version, at + octets(line, last + 1), REQUEST, report);
    uri = line.slice(first + 1, last);
  }
  checkRequestUri(uri, first + 1, problem, report, at);
  return { kind: "request", method, uri: uri.trim() };
}

function checkRequestUri(
  uri: string,
  index: number,
  problem: (what: string, index: number) => void,
  report: Report,
  at: number,
): void {
  const space = uri.indexOf(" ");
  if (space >= 0) {
    const outside = uri.trim().indexOf(" ") < 0;
    problem(
      outside
        ? "more than one space between the parts of the start line"
        : "white space in the Request-URI",
      index + space,
    );
  } else if (uri.startsWith("<")) {
    problem("the Request-URI stands in < and >", index);
  } else {
    const parsed = readUri(uri, at + index, report);
    // §19.1.1, table 1: headers are not allowed in a Request-URI.
    if (parsed?.kind === "sip" && parsed.headers.length > 0) {
      problem("the Request-URI has headers after ?", index + uri.indexOf("?"));
    }
  }
}

function readUri(uri: string, offset: number, report: Report): Uri | undefined {
  try {
    return parseUri(uri);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    const what = `Request-URI: ${error.what}`;
    report({ what, offset: offset + error.offset, clause: error.clause });
    return undefined;
  }
}

/** `Status-Line = SIP-Version SP Status-Code SP Reason-Phrase CRLF` */
function statusLine(line: string, at: number, report: Report): StartLine {
  const space = line.indexOf(" ");
  const end = space < 0 ? line.length : space;
  const version = line.slice(0, end);
  if (version !== VERSION) checkVersion(version, at, RESPONSE, report);
  const code = line.slice(end + 1, end + 4);
  const after = line.charCodeAt(end + 4);
  const status = Number(code);
  if (!isThreeDigits(code) || status < 100 || status > 699 || (after >= 48 && after <= 57)) {
    report({
      what: "the status is no number from 100 to 699",
      offset: at + end + 1,
      clause: RESPONSE,
      fatal: true,
    });
  }
  if (after !== 32) {
    report({
      what: "no space after the status, which an empty reason needs too",
      offset: at + end + 4,
      clause: RESPONSE,
    });
  }
  return { kind: "response", status, reason: line.slice(end + (after === 32 ? 5 : 4)) };
}

function isThreeDigits(text: string): boolean {
  return text.length === 3 && skip(text, 0, DIGIT) === 3;
}

/** SIP/2.0, in any case (§7.1); another version is 505, anything else 400. */
function checkVersion(text: string, offset: number, clause: string, report: Report): void {
  if (text.toUpperCase() === VERSION) return;
  const other = /^SIP\/[0-9]{1,9}\.[0-9]{1,9}$/i.test(text);
  const what = other ? `version ${text} is not SIP/2.0` : "the SIP version is not SIP/2.0";
  report({ what, offset, clause, status: other ? 505 : 400 });
}

const encoder = new TextEncoder();

/** Octets of the first `index` characters. */
function octets(text: string, index: number): number {
  return encoder.encode(text.slice(0, index)).length;
}

/**
 * The Reason header (RFC 3326 §2): why a request was refused, or a session given up.
 *
 *     Reason: SM;cause=403;text="spoof check: From is not a name of this channel"
 *
 * @module
 */
import { Cursor, quote } from "./cursor.ts";
import { SipParseError } from "./errors.ts";
import type { Headers } from "./headers.ts";
import { type Parameters, parseParameters } from "./parameters.ts";

/** Protocol name of the reasons a session manager or its terminals give. */
export const REASON_PROTOCOL = "SM";

/** One Reason value. */
export interface Reason {
  /** `SIP`, `Q.850`, or {@link REASON_PROTOCOL}. */
  readonly protocol: string;
  /** With `SIP` and `SM` a SIP status. */
  readonly cause?: number;
  readonly text?: string;
}

/** The checks a reason of protocol `SM` names, before the colon of its text. */
export type CheckName = "spoof check" | "route security" | "route security on the way back";

const CLAUSE = "RFC 3326 §2";
const COMMA = 44;
const LARGEST = 999;

/** The value `SM;cause=403;text="check: cause"`. */
export function checkReason(check: CheckName, status: number, cause: string): string {
  return formatReason({ protocol: REASON_PROTOCOL, cause: status, text: `${check}: ${cause}` });
}

/** The text of a value. */
export function formatReason(reason: Reason): string {
  const cause = reason.cause === undefined ? "" : `;cause=${reason.cause}`;
  const text = reason.text === undefined ? "" : `;text=${quote(reason.text)}`;
  return `${reason.protocol}${cause}${text}`;
}

/**
 * Reads all Reason values of a message; an unreadable field is left out, as a reason is information
 * only (RFC 3326 §2).
 */
export function parseReasons(headers: Headers): Reason[] {
  return headers.getAll("Reason").flatMap((value) => {
    try {
      return parseReasonList(value);
    } catch (error) {
      if (error instanceof SipParseError) return [];
      throw error;
    }
  });
}

/** Reads the values of one field. Throws SipParseError with the offset in `value`. */
export function parseReasonList(value: string): Reason[] {
  const cursor = new Cursor(value);
  const reasons: Reason[] = [];
  do {
    cursor.space();
    const protocol = cursor.token("the protocol of the reason", CLAUSE);
    reasons.push(reasonOf(protocol, parseParameters(cursor, CLAUSE), cursor));
  } while (cursor.separator(COMMA));
  cursor.end(CLAUSE);
  return reasons;
}

function reasonOf(protocol: string, parameters: Parameters, cursor: Cursor): Reason {
  const digits = parameters.get("cause");
  if (digits !== undefined && (!/^[0-9]+$/.test(digits) || Number(digits) > LARGEST)) {
    throw cursor.fail(`the cause of a reason is a number up to ${LARGEST}`, CLAUSE);
  }
  const text = parameters.get("text");
  return {
    protocol,
    ...(digits === undefined ? {} : { cause: Number(digits) }),
    ...(text === undefined ? {} : { text }),
  };
}

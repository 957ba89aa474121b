/**
 * CSeq (RFC 3261 §20.16): `4711 INVITE`.
 *
 * @module
 */
import { Cursor } from "./cursor.ts";

/** A sequence number and the method it counts. */
export interface CSeq {
  /** Less than 2³¹ (§8.1.1.5). */
  readonly number: number;
  readonly method: string;
}

const CLAUSE = "RFC 3261 §20.16";
const LARGEST = 2 ** 31 - 1;

/** Reads the value. Throws SipParseError with the offset in `value`. */
export function parseCSeq(value: string): CSeq {
  const cursor = new Cursor(value).space();
  const number = cursor.number(LARGEST, "the sequence number", CLAUSE);
  const end = cursor.at;
  if (cursor.space().at === end) throw cursor.unexpected("a space and the method", CLAUSE);
  const method = cursor.token("the method", CLAUSE);
  cursor.end(CLAUSE);
  return { number, method };
}

/** The text of the value. */
export function formatCSeq(cseq: CSeq): string {
  return `${cseq.number} ${cseq.method}`;
}

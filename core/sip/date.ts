/**
 * Date (RFC 3261 §20.17): `Sat, 13 Nov 2010 23:29:00 GMT`.
 *
 * @module
 */
import { valueError } from "./errors.ts";

const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const FORM =
  /^([A-Z][a-z]{2}), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (\S+)$/;
const CLAUSE = "RFC 3261 §20.17";

/** Milliseconds since the Unix epoch. Throws SipParseError with the offset in `value`. */
export function parseDate(value: string): number {
  const match = FORM.exec(value);
  if (!match) throw valueError('a date looks like "Sat, 13 Nov 2010 23:29:00 GMT"', 0, CLAUSE);
  const [, day = "", date, month = "", year, hour, minute, second, zone = ""] = match;
  if (zone !== "GMT") {
    throw valueError("the time zone of a date is GMT", value.length - zone.length, CLAUSE);
  }
  const time = Date.UTC(
    Number(year),
    MONTHS.indexOf(month),
    Number(date),
    Number(hour),
    Number(minute),
    // A leap second counts as the last one of its minute.
    Math.min(Number(second), 59),
  );
  const read = new Date(time);
  const same = read.getUTCDate() === Number(date) && read.getUTCHours() === Number(hour) &&
    read.getUTCMinutes() === Number(minute) && Number(second) <= 60;
  if (!same || !MONTHS.includes(month) || !DAYS.includes(day)) {
    throw valueError("no such date or time", 0, CLAUSE);
  }
  return time;
}

/** The value for a time in milliseconds since the Unix epoch. */
export function formatDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/**
 * What octets of a head may be: UTF-8 text without control characters (RFC 3261 §25.1).
 *
 * @module
 */
import { isControl } from "./cursor.ts";
import type { Report } from "./head.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The octets as UTF-8 text; undefined, after a report of the first wrong one, if they are none. */
export function decodeUtf8(
  bytes: Uint8Array,
  from: number,
  to: number,
  report: Report,
): string | undefined {
  try {
    return strict.decode(bytes.subarray(from, to));
  } catch {
    const offset = from + validPrefix(bytes.subarray(from, to));
    report({ what: "octets that are no valid UTF-8", offset, clause: "RFC 3261 §25.1" });
    return undefined;
  }
}

/** Length of the longest prefix that is valid UTF-8 (RFC 3629 §4). */
function validPrefix(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at]!;
    const more = following(first);
    if (more < 0) return at;
    // The second octet rules out overlong forms, surrogates and what is beyond U+10FFFF.
    const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    for (let index = 1; index <= more; index++) {
      const octet = bytes[at + index] ?? 0;
      if (octet < (index === 1 ? least : 0x80) || octet > (index === 1 ? most : 0xbf)) return at;
    }
    at += more + 1;
  }
  return at;
}

/** Octets that follow the first one of a sequence; −1 if none begins so. */
function following(first: number): number {
  if (first < 0x80) return 0;
  if (first < 0xc2) return -1;
  if (first < 0xe0) return 1;
  if (first < 0xf0) return 2;
  return first < 0xf5 ? 3 : -1;
}

/** Reports the first control character that no backslash in a quoted string escapes. */
export function reportControl(bytes: Uint8Array, from: number, to: number, report: Report): void {
  let quoted = false;
  for (let at = from; at < to; at++) {
    const octet = bytes[at]!;
    if (quoted && octet === 92) {
      at++;
    } else if (octet === 34) {
      quoted = !quoted;
    } else if (
      octet !== 10 && octet !== 13 && isControl(octet) || (octet === 13 && bytes[at + 1] !== 10)
    ) {
      report({ what: `control character ${octet}`, offset: at, clause: "RFC 3261 §25.1" });
      return;
    }
  }
}

/**
 * Comma lists: several values in one header field (RFC 3261 §7.3.1).
 *
 * @module
 */

const QUOTE = 34;
const BACKSLASH = 92;
const LEFT = 60;
const RIGHT = 62;
const COMMA = 44;

/**
 * End of the first element: the position of the comma after it, or the length of the text. Commas in
 * quoted strings and between `<` and `>` do not count.
 */
export function elementEnd(text: string, from = 0): number {
  let angle = false;
  for (let at = from; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        if (angle) break;
        for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) {
          if (text.charCodeAt(at) === BACKSLASH) at++;
        }
        break;
      case LEFT:
        angle = true;
        break;
      case RIGHT:
        angle = false;
        break;
      case COMMA:
        if (!angle) return at;
    }
  }
  return text.length;
}

/** The elements of a list, trimmed; empty ones are left out. */
export function splitList(text: string): string[] {
  if (!text.includes(",")) {
    const only = text.trim();
    return only === "" ? [] : [only];
  }
  const elements: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = elementEnd(text, at);
    const element = text.slice(at, end).trim();
    if (element !== "") elements.push(element);
    at = end + 1;
  }
  return elements;
}

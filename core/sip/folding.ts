/**
 * Folded header fields (RFC 3261 §7.3.1): a line end followed by white space counts as one space.
 *
 * @module
 */

/** Position and length of a stretch of `raw` that stands unbroken in the value. */
type Piece = readonly [start: number, end: number];

/** The value's lines, trimmed; white space alone on a line is left out. */
function pieces(raw: string, from: number): Piece[] {
  const found: Piece[] = [];
  for (let at = from; at < raw.length;) {
    const lf = raw.indexOf("\n", at);
    const next = lf < 0 ? raw.length : lf + 1;
    let end = lf < 0 ? raw.length : lf;
    if (raw.charCodeAt(end - 1) === 13 && end > at) end--;
    let start = at;
    while (start < end && isSpace(raw.charCodeAt(start))) start++;
    while (end > start && isSpace(raw.charCodeAt(end - 1))) end--;
    if (end > start) found.push([start, end]);
    at = next;
  }
  return found;
}

/** The value of a raw field whose value begins at `from`: one line, trimmed. */
export function unfold(raw: string, from: number): string {
  return pieces(raw, from).map(([start, end]) => raw.slice(start, end)).join(" ");
}

/** Position in `raw` of the character at `index` of the unfolded value. */
export function rawIndex(raw: string, index: number): number {
  let left = index;
  const all = pieces(raw, raw.indexOf(":") + 1);
  for (const [start, end] of all) {
    if (left <= end - start) return start + left;
    left -= end - start + 1;
  }
  return all.at(-1)?.[1] ?? raw.indexOf(":") + 1;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

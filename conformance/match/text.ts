/**
 * Small parts of header values, taken apart without the protocol code: the judge does not share the
 * parser's mistakes.
 *
 * @module
 */

/** The elements of a comma list; commas in quotes and between angle brackets do not count. */
export function listElements(value: string): string[] {
  const elements: string[] = [];
  let current = "";
  let quoted = false;
  let angle = false;
  for (let at = 0; at < value.length; at++) {
    const char = value[at]!;
    if (quoted && char === "\\") {
      current += char + (value[++at] ?? "");
      continue;
    }
    if (char === '"' && !angle) quoted = !quoted;
    else if (!quoted && char === "<") angle = true;
    else if (!quoted && char === ">") angle = false;
    if (char === "," && !quoted && !angle) {
      elements.push(current.trim());
      current = "";
    } else current += char;
  }
  elements.push(current.trim());
  return elements.filter((element) => element !== "");
}

function outside(value: string, wanted: string, from = 0): number {
  let quoted = false;
  for (let at = from; at < value.length; at++) {
    const char = value[at]!;
    if (quoted && char === "\\") at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === wanted) return at;
  }
  return -1;
}

/** The URI of a From, To, Contact, Route value. */
export function uriOf(value: string): string {
  const open = outside(value, "<");
  if (open < 0) return value.split(";")[0]!.trim();
  const close = value.indexOf(">", open);
  return value.slice(open + 1, close < 0 ? undefined : close).trim();
}

/** The parameters of a header value (after `>`, where there is one), names in lower case. */
export function parametersOf(value: string): Map<string, string> {
  const open = outside(value, "<");
  const rest = open < 0 ? value : value.slice(Math.max(value.indexOf(">", open), open));
  const parameters = new Map<string, string>();
  for (let at = outside(rest, ";"); at >= 0;) {
    const next = outside(rest, ";", at + 1);
    const text = rest.slice(at + 1, next < 0 ? undefined : next).trim();
    const equals = outside(text, "=");
    const name = (equals < 0 ? text : text.slice(0, equals)).trim().toLowerCase();
    if (name && !parameters.has(name)) {
      parameters.set(name, equals < 0 ? "" : text.slice(equals + 1).trim());
    }
    at = next;
  }
  return parameters;
}

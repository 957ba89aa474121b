/**
 * Messages as vectors write them, made whole: what every SIP message needs is filled in unless the
 * vector sets or removes it.
 *
 * @module
 */
import { canonicalKey } from "../../core/sip/header_names.ts";
import type { HeaderValue } from "../format/message.ts";
import { isHeaderKey } from "../format/message.ts";
import { tagOf } from "./dialog.ts";

/** A header line to write: name and value as they stand. */
export type Line = readonly [name: string, value: string];

/** What a vector gives for a message: any mapping; headers are picked out of it. */
export type Given = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();

/** The headers a vector gives, by canonical key, with the name as written. */
export function givenHeaders(given: Given): Map<string, { name: string; value: HeaderValue }> {
  const headers = new Map<string, { name: string; value: HeaderValue }>();
  const add = (name: string, value: unknown) =>
    headers.set(canonicalKey(name), { name, value: value as HeaderValue });
  for (const [name, value] of Object.entries(given)) if (isHeaderKey(name)) add(name, value);
  for (const [name, value] of Object.entries((given["headers"] ?? {}) as Given)) add(name, value);
  return headers;
}

/**
 * Default lines with the vector's in their places; the vector's own ones at the end, before
 * Content-Length. `tag` is the tag for a From given as text without one.
 */
export function mergeLines(defaults: readonly Line[], given: Given, tag: string): Line[] {
  const headers = givenHeaders(given);
  const lines: Line[] = [];
  const placed = new Set<string>();
  for (const [name, value] of defaults) {
    const key = canonicalKey(name);
    const own = headers.get(key);
    if (!own) lines.push([name, value]);
    else if (!placed.has(key)) lines.push(...linesOf(key, own, tag));
    if (own) placed.add(key);
  }
  const rest = [...headers].filter(([key]) => !placed.has(key))
    .flatMap(([key, own]) => linesOf(key, own, tag));
  const last = lines.at(-1);
  if (last && canonicalKey(last[0]) === "content-length" && rest.length > 0) {
    return [...lines.slice(0, -1), ...rest, last];
  }
  return [...lines, ...rest];
}

function linesOf(key: string, own: { name: string; value: HeaderValue }, tag: string): Line[] {
  const { name, value } = own;
  if (value === null) return [];
  if (Array.isArray(value)) return value.map((item) => [name, String(item)]);
  const text = String(value);
  return [[name, key === "from" && tagOf(text) === "" ? `${text};tag=${tag}` : text]];
}

/** The octets of a message. Line breaks in values are written as folds. */
export function messageBytes(
  startLine: string,
  lines: readonly Line[],
  body: Uint8Array,
): Uint8Array {
  const head = [startLine, ...lines.map(([name, value]) => `${name}: ${foldsOf(value)}`), "", ""];
  const bytes = encoder.encode(head.join("\r\n"));
  if (body.length === 0) return bytes;
  const all = new Uint8Array(bytes.length + body.length);
  all.set(bytes);
  all.set(body, bytes.length);
  return all;
}

function foldsOf(value: string): string {
  return value.replace(/\r?\n/g, "\r\n").replace(/(\r\n)+$/, "");
}

/** Text with line feeds as CRLF. */
export function crlf(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}

/** What a body is, when the vector does not say. */
export function contentTypeOf(body: string): string {
  return body.startsWith("v=0") ? "application/sdp" : "text/plain";
}

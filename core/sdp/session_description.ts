/**
 * SDP (RFC 8866) as lines in order, lossless: what is parsed and not changed formats back to the same
 * text. Values are kept as written; the few that signalling needs have readers of their own.
 *
 * @module
 */

/** One `type=value` line. */
export interface SdpLine {
  /** One letter, for example `a`. */
  readonly type: string;
  readonly value: string;
  /** Line end as written; CR LF for a line that was made here, "" for a last line without one. */
  readonly end?: string;
}

/** A media section: its `m=` line and what follows it. */
export interface SdpMedia {
  readonly lines: SdpLine[];
}

/** A whole description. */
export interface SessionDescription {
  /** From `v=` to the first `m=`. */
  readonly lines: SdpLine[];
  readonly media: SdpMedia[];
}

/** What `m=` says (§5.14). */
export interface MediaLine {
  readonly kind: string;
  readonly port: number;
  /** Number of ports, after a slash; 1 if there is none. */
  readonly ports: number;
  readonly protocol: string;
  readonly formats: readonly string[];
}

/** What `c=` says (§5.7). */
export interface Connection {
  readonly network: string;
  readonly addressType: string;
  /** As written, with `/ttl` and `/count` if there are any. */
  readonly address: string;
}

/** Limits of the parser; both are for one description. */
export const SDP_LIMITS = { octets: 65_536, lines: 1_024 } as const;

/** Text that is no SDP. */
export class SdpError extends Error {
  override readonly name = "SdpError";
  constructor(readonly what: string, readonly line: number) {
    super(`SDP line ${line}: ${what}`);
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads a description. Throws SdpError, which names the line, for text that is none. */
export function parseSdp(
  source: string | Uint8Array,
  limits: { readonly octets: number; readonly lines: number } = SDP_LIMITS,
): SessionDescription {
  if (source.length > limits.octets) {
    throw new SdpError(`longer than ${limits.octets} octets, the limit`, 1);
  }
  const text = typeof source === "string" ? source : decode(source);
  const description: SessionDescription = { lines: [], media: [] };
  let section = description.lines;
  let number = 0;
  for (let at = 0; at < text.length;) {
    if (++number > limits.lines) throw new SdpError(`more than ${limits.lines} lines`, number);
    const lf = text.indexOf("\n", at);
    const next = lf < 0 ? text.length : lf + 1;
    let stop = lf < 0 ? text.length : lf;
    if (lf > at && text.charCodeAt(lf - 1) === 13) stop--;
    const line = readLine(text.slice(at, stop), text.slice(stop, next), number);
    if (number === 1 && (line.type !== "v" || line.value !== "0")) {
      throw new SdpError("a description begins with v=0", 1);
    }
    if (line.type === "m") description.media.push({ lines: section = [] });
    section.push(line);
    at = next;
  }
  if (number === 0) throw new SdpError("the description is empty", 1);
  return description;
}

function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw new SdpError("the description is no valid UTF-8", 1);
  }
}

function readLine(text: string, end: string, number: number): SdpLine {
  const type = text.charAt(0);
  if (!/^[a-z]$/.test(type) || text.charAt(1) !== "=") {
    throw new SdpError("a line is a small letter, = and a value, without spaces between", number);
  }
  const value = text.slice(2);
  if (/[\0\r]/.test(value)) throw new SdpError("NUL or CR in a value", number);
  return { type, value, end };
}

/** The text of a description. */
export function formatSdp(description: SessionDescription): string {
  const lines = [...description.lines, ...description.media.flatMap(({ lines }) => lines)];
  return lines.map(({ type, value, end }) => `${type}=${value}${end ?? "\r\n"}`).join("");
}

/** Value of the first line of a type in a section. */
export function sdpValue(lines: readonly SdpLine[], type: string): string | undefined {
  return lines.find((line) => line.type === type)?.value;
}

/** Values of all `a=name:value` lines of a section; "" for `a=name`. */
export function attributes(lines: readonly SdpLine[], name: string): string[] {
  const values: string[] = [];
  for (const { type, value } of lines) {
    if (type !== "a") continue;
    if (value === name) values.push("");
    else if (value.startsWith(`${name}:`)) values.push(value.slice(name.length + 1));
  }
  return values;
}

/** Adds an `a=name:value` line at the end of a section; `a=name` without a value. */
export function addAttribute(lines: SdpLine[], name: string, value?: string): void {
  const text = value === undefined ? name : `${name}:${value}`;
  if (/[\r\n\0]/.test(text)) throw new RangeError(`The value of a=${name} holds a line end or NUL`);
  lines.push({ type: "a", value: text });
}

/** Reads the `m=` line of a section; undefined if it has none that can be read. */
export function mediaLine({ lines }: SdpMedia): MediaLine | undefined {
  const [kind, port, protocol, ...formats] = (sdpValue(lines, "m") ?? "").split(" ");
  const match = /^([0-9]{1,5})(?:\/([0-9]{1,5}))?$/.exec(port ?? "");
  if (!kind || !match || !protocol || Number(match[1]) > 65_535) return undefined;
  return { kind, port: Number(match[1]), ports: Number(match[2] ?? 1), protocol, formats };
}

/** The connection of a media section: its own `c=`, or the session's; undefined if neither is there. */
export function connection(
  description: SessionDescription,
  media?: SdpMedia,
): Connection | undefined {
  const value = (media && sdpValue(media.lines, "c")) ?? sdpValue(description.lines, "c");
  const [network, addressType, address, ...more] = value?.split(" ") ?? [];
  if (!network || !addressType || !address || more.length > 0) return undefined;
  return { network, addressType, address };
}

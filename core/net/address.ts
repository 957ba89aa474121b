/**
 * IP addresses in one canonical text form, so that equality is `===`.
 *
 * Canonical is the dotted quad for IPv4 and RFC 5952 for IPv6, without brackets. An IPv4-mapped IPv6
 * address (`::ffff:192.0.2.1`) stays what it is and never equals the IPv4 address.
 *
 * @module
 */

/** An IP address and a port. */
export interface Address {
  /** Canonical text: dotted quad, or RFC 5952 without brackets and zone. */
  readonly host: string;
  readonly port: number;
}

/** Longest text that can be an address: eight groups with a dotted quad at the end, and brackets. */
const LONGEST = 47;

const DOT = 46;
const ZERO = 48;
const NINE = 57;

/**
 * Reads an IP address and gives its canonical text; undefined if it is none. Brackets are allowed
 * around IPv6 only. Leading zeros in a dotted quad and zone identifiers are not addresses here.
 */
export function parseIp(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  if (text.startsWith("[")) {
    if (!text.endsWith("]")) return undefined;
    const inner = text.slice(1, -1);
    return inner.includes(":") ? parseIpv6(inner) : undefined;
  }
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): string | undefined {
  return isIpv4(text) ? text : undefined;
}

/**
 * Whether the text between the positions is a dotted quad. Character by character, without strings of its
 * own: every message has several.
 */
export function isIpv4(text: string, from = 0, end = text.length): boolean {
  let value = -1;
  let dots = 0;
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (value < 0) return false;
      dots++;
      value = -1;
    } else {
      // 0 may stand alone, but not lead.
      if (code < ZERO || code > NINE || value === 0) return false;
      value = value < 0 ? code - ZERO : value * 10 + code - ZERO;
      if (value > 255) return false;
    }
  }
  return dots === 3 && value >= 0;
}

function octetsOf(text: string): number[] | undefined {
  return isIpv4(text) ? text.split(".").map(Number) : undefined;
}

function parseIpv6(text: string): string | undefined {
  const groups = ipv6Groups(text);
  return groups && formatGroups(groups);
}

/** The eight 16-bit groups (RFC 4291 §2.2); undefined if the text is no IPv6 address. */
function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupList(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groupList(halves[1] ?? "", true) : [];
  if (!head || !tail) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  // RFC 4291 §2.2: "::" stands for one or more groups of zeros.
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** Groups between colons; a dotted quad may end the list where `last` says the text ends here. */
function groupList(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes(".")) {
      const octets = octetsOf(part);
      if (!octets) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = octets;
      groups.push(a * 256 + b, c * 256 + d);
    } else {
      if (!/^[0-9A-Fa-f]{1,4}$/.test(part)) return undefined;
      groups.push(parseInt(part, 16));
    }
  }
  return groups.length > 8 ? undefined : groups;
}

/** RFC 5952 §4 and §5: lower case, no leading zeros, the longest run of two or more zeros as "::". */
function formatGroups(groups: readonly number[]): string {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  let start = -1;
  let length = 1; // a single group of zeros is not shortened (§4.2.2)
  for (let at = 0; at < 8;) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) [start, length] = [at, end - at];
    at = end + 1;
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (start < 0) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** Whether a canonical host is IPv6. */
export function isIpv6(host: string): boolean {
  return host.includes(":");
}

/** Whether a canonical host is an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2). */
export function isMapped(host: string): boolean {
  return host.startsWith("::ffff:") && host.includes(".");
}

/** The host as it stands in a URI or Via: IPv6 in brackets. */
export function formatHost(host: string): string {
  return isIpv6(host) ? `[${host}]` : host;
}

/** `host:port`, IPv6 in brackets. */
export function formatAddress(address: Address): string {
  return `${formatHost(address.host)}:${address.port}`;
}

/**
 * Reads `192.0.2.1:5060` or `[2001:db8::1]:5060`; undefined if the text is not an IP address and a
 * port from 0 to 65535. Brackets are needed around IPv6.
 */
export function parseAddress(text: string): Address | undefined {
  const match = /^(\[[^\]]+\]|[^:[\]]+):([0-9]{1,5})$/.exec(text);
  if (!match) return undefined;
  const host = parseIp(match[1] ?? "");
  const port = Number(match[2]);
  return host === undefined || port > 65535 ? undefined : { host, port };
}

/** Whether two texts are the same IP address, however written; false if either is none. */
export function sameHost(a: string, b: string): boolean {
  const left = parseIp(a);
  return left !== undefined && left === parseIp(b);
}

/**
 * IP addresses as the octets of a packet: 4 for IPv4, 16 for IPv6.
 *
 * @module
 */
import { isIpv6, parseIp } from "./address.ts";

/** The octets of an address in canonical text, in network order. */
export function ipOctets(host: string): Uint8Array {
  if (!isIpv6(host)) return Uint8Array.from(host.split("."), Number);
  const [head = "", tail = ""] = host.split("::");
  const before = groupOctets(head);
  const after = groupOctets(tail);
  const octets = new Uint8Array(16);
  octets.set(before, 0);
  octets.set(after, 16 - after.length);
  return octets;
}

function groupOctets(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (group.includes(".")) return group.split(".").map(Number);
    const value = parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** The canonical text of 4 or 16 octets; undefined for any other number of them. */
export function ipText(octets: Uint8Array): string | undefined {
  if (octets.length === 4) return octets.join(".");
  if (octets.length !== 16) return undefined;
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) {
    groups.push((octets[at]! * 256 + octets[at + 1]!).toString(16));
  }
  return parseIp(groups.join(":"));
}

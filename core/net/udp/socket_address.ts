/**
 * `struct sockaddr_in` and `sockaddr_in6` as Linux lays them out.
 *
 *     sockaddr_in:  family u16 (host order) | port u16 (network order) | address 4 | padding 8
 *     sockaddr_in6: family u16 | port u16 | flow information u32 | address 16 | scope id u32
 *
 * @module
 */
import { type Address, isIpv6, parseIp } from "../address.ts";

/** Address families of Linux. */
export const AF_INET = 2;
export const AF_INET6 = 10;
/** Octets of the longer of the two. */
export const SOCKET_ADDRESS_OCTETS = 28;

/** Writes an address at `at` and gives its length in octets. */
export function writeSocketAddress(memory: Uint8Array, at: number, address: Address): number {
  const ipv6 = isIpv6(address.host);
  memory[at] = ipv6 ? AF_INET6 : AF_INET;
  memory[at + 1] = 0;
  memory[at + 2] = address.port >> 8;
  memory[at + 3] = address.port & 255;
  if (!ipv6) {
    writeIpv4(memory, at + 4, address.host);
    memory.fill(0, at + 8, at + 16);
    return 16;
  }
  memory.fill(0, at + 4, at + SOCKET_ADDRESS_OCTETS);
  writeIpv6(memory, at + 8, address.host);
  return SOCKET_ADDRESS_OCTETS;
}

function writeIpv4(memory: Uint8Array, at: number, host: string): void {
  let octet = 0;
  for (let index = 0; index < host.length; index++) {
    const code = host.charCodeAt(index);
    if (code === 46) {
      memory[at++] = octet;
      octet = 0;
    } else {
      octet = octet * 10 + code - 48;
    }
  }
  memory[at] = octet;
}

/** `host` is canonical, so at most one `::`, and a dotted quad only after `::ffff:`. */
function writeIpv6(memory: Uint8Array, at: number, host: string): void {
  const [head = "", tail] = host.split("::");
  let to = at;
  for (const group of head === "" ? [] : head.split(":")) to = writeGroup(memory, to, group);
  if (tail === undefined || tail === "") return;
  const groups = tail.split(":");
  const octets = groups.reduce((sum, group) => sum + (group.includes(".") ? 4 : 2), 0);
  to = at + 16 - octets;
  for (const group of groups) to = writeGroup(memory, to, group);
}

function writeGroup(memory: Uint8Array, at: number, group: string): number {
  if (group.includes(".")) {
    writeIpv4(memory, at, group);
    return at + 4;
  }
  const value = parseInt(group, 16);
  memory[at] = value >> 8;
  memory[at + 1] = value & 255;
  return at + 2;
}

/** Reads the address at `at`; undefined if it is of neither family. */
export function readSocketAddress(memory: Uint8Array, at: number): Address | undefined {
  const family = memory[at];
  const port = (memory[at + 2] ?? 0) * 256 + (memory[at + 3] ?? 0);
  if (family === AF_INET) {
    return {
      host: `${memory[at + 4]}.${memory[at + 5]}.${memory[at + 6]}.${memory[at + 7]}`,
      port,
    };
  }
  if (family !== AF_INET6) return undefined;
  let text = "";
  for (let octet = at + 8; octet < at + 24; octet += 2) {
    if (text !== "") text += ":";
    text += ((memory[octet] ?? 0) * 256 + (memory[octet + 1] ?? 0)).toString(16);
  }
  const host = parseIp(text);
  return host === undefined ? undefined : { host, port };
}

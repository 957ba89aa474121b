/**
 * UDP sockets by the calls of the C library.
 *
 * @module
 */
import { type Address, isIpv6 } from "../address.ts";
import { listenError } from "../live_errors.ts";
import { fixedMemory, lastError, type Libc } from "./libc.ts";
import {
  AF_INET,
  AF_INET6,
  readSocketAddress,
  SOCKET_ADDRESS_OCTETS,
  writeSocketAddress,
} from "./socket_address.ts";

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** Asked for; the system gives at most its own limit. A burst must fit while we do other work. */
const SOCKET_BUFFER_OCTETS = 4 * 1024 * 1024;

/**
 * Opens a UDP socket at `local`, non-blocking; port 0 takes a free one. `sharePort` lets other sockets of
 * this user have the same address (SO_REUSEPORT): the system deals the senders out among them. Throws a
 * `NetworkError`.
 */
export function openSocket(
  lib: Libc,
  local: Address,
  options: { sharePort?: boolean } = {},
): number {
  const ipv6 = isIpv6(local.host);
  const kind = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = lib.socket(ipv6 ? AF_INET6 : AF_INET, kind, 0);
  if (fd < 0) throw failure(lib, local);
  const name = fixedMemory(SOCKET_ADDRESS_OCTETS);
  const length = writeSocketAddress(name, 0, local);
  // The portable back end keeps the families apart as well.
  const ready = (!ipv6 || setOption(lib, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
    (!options.sharePort || setOption(lib, fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
    lib.bind(fd, name, length) === 0;
  if (!ready) {
    const error = failure(lib, local);
    lib.close(fd);
    throw error;
  }
  setOption(lib, fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER_OCTETS);
  setOption(lib, fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER_OCTETS);
  return fd;
}

function setOption(lib: Libc, fd: number, level: number, name: number, value: number): boolean {
  const memory = fixedMemory(4);
  new DataView(memory.buffer).setInt32(0, value, true);
  return lib.setsockopt(fd, level, name, memory, 4) === 0;
}

/** Where a socket is bound. */
export function boundAddress(lib: Libc, fd: number): Address | undefined {
  const name = fixedMemory(SOCKET_ADDRESS_OCTETS);
  const length = fixedMemory(4);
  length[0] = SOCKET_ADDRESS_OCTETS;
  return lib.getsockname(fd, name, length) === 0 ? readSocketAddress(name, 0) : undefined;
}

function failure(lib: Libc, local: Address): Error {
  const code = lastError(lib);
  return listenError("udp", local, Object.assign(new Error(`bind: ${code}`), { code }));
}

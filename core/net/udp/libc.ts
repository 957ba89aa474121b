/**
 * The calls of Linux that the fast UDP back end makes through FFI, on x86_64 and aarch64 (glibc).
 *
 * Memory handed to a call that does not block the caller must not move or be freed under it: such
 * calls take pointers into buffers that their owner keeps for good.
 *
 * @module
 */

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  /** The same, on another thread. */
  epoll_wait_away: {
    name: "epoll_wait",
    parameters: ["i32", "pointer", "i32", "i32"],
    result: "i32",
    nonblocking: true,
  },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  calloc: { parameters: ["usize", "usize"], result: "pointer" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The C library's functions. */
export type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Error numbers by name (asm-generic/errno.h, the same on both architectures). */
const ERRNO: Readonly<Record<number, string>> = {
  1: "EPERM",
  11: "EAGAIN",
  13: "EACCES",
  22: "EINVAL",
  90: "EMSGSIZE",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  101: "ENETUNREACH",
  105: "ENOBUFS",
};

let opened: Libc | undefined;

/** Whether this platform is one whose structures we know. */
export function isKnownPlatform(): boolean {
  const { os, arch } = Deno.build;
  return os === "linux" && (arch === "x86_64" || arch === "aarch64");
}

/** Opens the library, once for the process. Throws if it is not there or FFI is not permitted. */
export function libc(): Libc {
  opened ??= Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  return opened;
}

/** Name of the error of the call just made on this thread, for example `EADDRINUSE`. */
export function lastError(lib: Libc): string {
  const place = lib.__errno_location();
  const number = place === null ? 0 : new Deno.UnsafePointerView(place).getInt32();
  return ERRNO[number] ?? `errno ${number}`;
}

/** Memory outside V8's moving heap. Small typed arrays would be inside it, hence the buffer. */
export function fixedMemory(octets: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(octets));
}

/**
 * Memory that is never freed, for a call that may outlive the isolate that made it. Once for a
 * process, or a worker.
 */
export function lastingMemory(
  lib: Libc,
  octets: number,
): { bytes: Uint8Array<ArrayBuffer>; pointer: Deno.PointerObject } {
  const pointer = lib.calloc(1n, BigInt(octets));
  if (pointer === null) throw new Error(`no memory for ${octets} octets`);
  return { bytes: new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, octets)), pointer };
}

/** Where fixed memory lies, as a number: user space ends far below 2^53. */
export function addressOf(memory: Uint8Array<ArrayBuffer>): number {
  return Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory)));
}

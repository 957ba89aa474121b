/**
 * How many connections the system lets this process have open.
 *
 * A listener of `node:net` under Deno stops accepting for good when `accept` fails for want of file
 * descriptors, and says nothing, so it must never come to that.
 *
 * @module
 */
import { isKnownPlatform } from "./udp/libc.ts";

const RLIMIT_NOFILE = 7;
/**
 * Descriptors kept for everything else, and for a burst: many more connections are accepted before those
 * that were closed are gone. Half of all where that is less.
 */
const RESERVED = 1024;

/** The soft limit of open files; undefined where it cannot be asked for. */
export function openFilesLimit(): number | undefined {
  if (!isKnownPlatform()) return undefined;
  try {
    const library = Deno.dlopen("libc.so.6", {
      getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    });
    const limits = new BigUint64Array(2);
    const result = library.symbols.getrlimit(RLIMIT_NOFILE, new Uint8Array(limits.buffer));
    library.close();
    return result === 0 ? Number(limits[0]) : undefined;
  } catch {
    return undefined; // FFI is not permitted
  }
}

/** Counts accepted connections of all listeners against what the system allows. */
export class Descriptors {
  /** Connections that fit. */
  readonly connections: number;
  #open = 0;

  constructor(limit: number | undefined = openFilesLimit()) {
    this.connections = limit === undefined
      ? Infinity
      : Math.max(1, limit - Math.min(RESERVED, Math.ceil(limit / 2)));
  }

  /** Whether one more fits. */
  get room(): boolean {
    return this.#open < this.connections;
  }

  take(): void {
    this.#open++;
  }

  give(): void {
    this.#open--;
  }
}

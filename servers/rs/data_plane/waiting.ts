/**
 * How a worker waits for datagrams and for messages.
 *
 * @module
 */
import { fixedMemory, type Libc } from "../../../core/net/udp/libc.ts";

const POLLIN = 1;
/** Octets of a `struct pollfd`: fd i32, events i16, revents i16. */
const POLL_OCTETS = 8;
/** Milliseconds; only a net below the eventfd. */
const LONGEST_WAIT = 1000;

/** Waits at sockets and at an eventfd, in a call that blocks the thread. */
export class Waiting {
  readonly #lib: Libc;
  readonly #wake: number;
  readonly #polled: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #count: number;
  readonly #pollCount: bigint;
  readonly #counter = fixedMemory(8);

  constructor(lib: Libc, sockets: readonly number[], wake: number) {
    this.#lib = lib;
    this.#wake = wake;
    this.#count = sockets.length + 1;
    this.#pollCount = BigInt(this.#count);
    this.#polled = fixedMemory(this.#count * POLL_OCTETS);
    this.#view = new DataView(this.#polled.buffer);
    [...sockets, wake].forEach((fd, index) => {
      this.#view.setInt32(index * POLL_OCTETS, fd, true);
      this.#view.setInt16(index * POLL_OCTETS + 4, POLLIN, true);
    });
  }

  /** Returns when a datagram waits at a socket or the eventfd was written to, which it resets. */
  wait(): void {
    this.#lib.poll(this.#polled, this.#pollCount, LONGEST_WAIT);
    const woken = this.#view.getInt16((this.#count - 1) * POLL_OCTETS + 6, true);
    if (woken !== 0) this.#lib.read(this.#wake, this.#counter, 8n);
  }

  /** Lets datagrams gather for so many microseconds. */
  pause(microseconds: number): void {
    this.#lib.usleep(microseconds);
  }
}

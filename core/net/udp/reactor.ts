/**
 * Waits for datagrams at all sockets of the process with one `epoll_wait` on another thread.
 *
 * To be woken costs far more than to take a datagram (100 µs and more in a virtual machine), so while
 * datagrams come fast the thread sleeps on: a timer looks at the sockets once a millisecond or so, and
 * each look takes all that has come (as network cards moderate their interrupts).
 *
 * @module
 */
import { fixedMemory, lastError, lastingMemory, type Libc } from "./libc.ts";

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const CLOEXEC = 0o2000000;
const NONBLOCK = 0o4000;
const MAX_EVENTS = 64;
/** `struct epoll_event` is packed on x86_64 only. */
const EVENT = Deno.build.arch === "x86_64" ? 12 : 16;
const EVENT_DATA = EVENT - 8;

/** Milliseconds over which datagrams are counted. */
const WINDOW = 20;
/** Datagrams in a window from which on the timer takes over: 500 a second. */
const BUSY = 10;
/** Milliseconds between two looks of the timer. */
const PAUSE = 1;
/** Datagrams a look must find on average; for fewer the timer only delays, as when two play ping-pong. */
const WORTH = 1.5;
/** Milliseconds after which the timer may try again. */
const RETRY = 500;

/** Takes what waits at a socket; gives how many datagrams, and whether more may be waiting. */
export type Drain = () => { count: number; more: boolean };

/** The sockets of this process and the loop that serves them. */
export class Reactor {
  readonly #lib: Libc;
  readonly #epoll: number;
  /** An eventfd by which `epoll_wait` is ended when nothing is left to wait for. */
  readonly #wake: number;
  readonly #events: Uint8Array<ArrayBuffer>;
  readonly #eventsView: DataView;
  readonly #eventsPointer: Deno.PointerObject;
  readonly #drains = new Map<number, Drain>();
  readonly #counter = fixedMemory(8);
  #running: Promise<void> = Promise.resolve();
  #stopped = true;
  #windowStart = 0;
  #windowCount = 0;
  #windowLooks = 0;
  #busy = false;
  #notBefore = 0;

  constructor(lib: Libc) {
    this.#lib = lib;
    const { bytes, pointer } = lastingMemory(lib, MAX_EVENTS * EVENT);
    this.#events = bytes;
    this.#eventsView = new DataView(bytes.buffer);
    this.#eventsPointer = pointer;
    this.#epoll = lib.epoll_create1(CLOEXEC);
    this.#wake = lib.eventfd(0, CLOEXEC | NONBLOCK);
    if (this.#epoll < 0 || this.#wake < 0) {
      throw new Error(`epoll cannot be set up: ${lastError(lib)}`);
    }
    this.#control(EPOLL_CTL_ADD, this.#wake);
  }

  /** Calls `drain` whenever datagrams wait at the socket. */
  add(fd: number, drain: Drain): void {
    this.#drains.set(fd, drain);
    this.#control(EPOLL_CTL_ADD, fd);
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#running = this.#running.then(() => this.#run());
  }

  /** Forgets a socket; resolves, for the last one, when the waiting thread has come home. */
  async remove(fd: number): Promise<void> {
    if (!this.#drains.delete(fd)) return;
    this.#control(EPOLL_CTL_DEL, fd);
    if (this.#drains.size > 0) return;
    this.#stopped = true;
    this.#counter[0] = 1;
    this.#lib.write(this.#wake, this.#counter, 8n);
    await this.#running;
  }

  #control(operation: number, fd: number): void {
    const event = fixedMemory(EVENT);
    const view = new DataView(event.buffer);
    view.setUint32(0, EPOLLIN, true);
    view.setInt32(EVENT_DATA, fd, true);
    if (this.#lib.epoll_ctl(this.#epoll, operation, fd, event) < 0) {
      throw new Error(`epoll does not take the socket: ${lastError(this.#lib)}`);
    }
  }

  async #run(): Promise<void> {
    let more = false;
    while (!this.#stopped) {
      let ready: number;
      if (more || this.#busy) {
        await (more ? nextTurn() : pause());
        ready = this.#lib.epoll_wait(this.#epoll, this.#events, MAX_EVENTS, 0);
      } else {
        ready = await this.#lib.epoll_wait_away(this.#epoll, this.#eventsPointer, MAX_EVENTS, -1);
      }
      more = this.#serve(ready);
    }
    // Ready for the next run.
    this.#lib.read(this.#wake, this.#counter, 8n);
  }

  /** Drains the sockets that are ready; whether one has more than its turn allowed. */
  #serve(ready: number): boolean {
    let count = 0;
    let more = ready === MAX_EVENTS;
    const sockets: number[] = [];
    for (let index = 0; index < ready; index++) {
      sockets.push(this.#eventsView.getInt32(index * EVENT + EVENT_DATA, true));
    }
    for (const fd of sockets) {
      const drained = this.#drains.get(fd)?.();
      if (!drained) continue;
      count += drained.count;
      more ||= drained.more;
    }
    this.#measure(count);
    return more;
  }

  /** Decides who wakes us for the next window: the sockets or the timer. */
  #measure(count: number): void {
    this.#windowCount += count;
    this.#windowLooks++;
    const now = performance.now();
    const passed = now - this.#windowStart;
    if (passed < WINDOW) return;
    if (!this.#busy) {
      this.#busy = now >= this.#notBefore && this.#windowCount * WINDOW >= BUSY * passed;
    } else if (this.#windowCount < WORTH * this.#windowLooks) {
      this.#busy = false;
      this.#notBefore = now + RETRY;
    }
    this.#windowStart = now;
    this.#windowCount = this.#windowLooks = 0;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

/**
 * Many timers behind one of the system's. SIP sets some ten timers a call and cancels most of them;
 * `setTimeout` with `unref` costs 7 µs each here, a place in a heap a fraction of one.
 *
 * @module
 */
import type { Timer } from "./runtime.ts";

/** Sets and clears the one system timer; it must not keep the process alive. */
export interface Alarm {
  /** Monotonic milliseconds. */
  now(): number;
  /** Rings once; gives the way to stop it. */
  set(milliseconds: number, ring: () => void): () => void;
}

/** Longest delay that `setTimeout` takes; longer ones ring early and are set again. */
const LONGEST = 0x7fffffff;
/**
 * Delays of at least LONG milliseconds ring on full multiples of GRAIN, that is up to GRAIN late and never
 * early: a busy server has thousands of transactions to forget each second, and the system's timer
 * would ring for each millisecond.
 */
const LONG = 1000;
const GRAIN = 20;
/** Cancelled timers are swept out when there are more than this and than live ones. */
const SWEEP = 256;

class QueuedTimer implements Timer {
  constructor(
    readonly at: number,
    readonly order: number,
    public fire: (() => void) | undefined,
    readonly cancelled: () => void,
  ) {}

  cancel(): void {
    if (this.fire === undefined) return;
    this.fire = undefined;
    this.cancelled();
  }
}

function before(a: QueuedTimer, b: QueuedTimer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A binary heap of timers, the next one on top; cancelled ones stay until met or swept. */
export class TimerQueue {
  readonly #alarm: Alarm;
  #heap: QueuedTimer[] = [];
  #dead = 0;
  #order = 0;
  #armed?: { stop: () => void; at: number };
  readonly #cancelled = () => this.#countDead();
  readonly #ring = () => this.#rung();

  constructor(alarm: Alarm) {
    this.#alarm = alarm;
  }

  /** Timers that wait, cancelled ones that are not swept yet included. */
  get size(): number {
    return this.#heap.length;
  }

  after(milliseconds: number, fire: () => void): Timer {
    const exact = this.#alarm.now() + Math.max(0, milliseconds);
    const at = milliseconds < LONG ? exact : Math.ceil(exact / GRAIN) * GRAIN;
    const timer = new QueuedTimer(at, this.#order++, fire, this.#cancelled);
    this.#push(timer);
    if (this.#armed === undefined || at < this.#armed.at) this.#arm();
    return timer;
  }

  #countDead(): void {
    this.#dead++;
    if (this.#dead < SWEEP || this.#dead * 2 < this.#heap.length) return;
    const live = this.#heap.filter((timer) => timer.fire !== undefined);
    this.#heap = [];
    this.#dead = 0;
    for (const timer of live) this.#push(timer);
  }

  #arm(): void {
    this.#armed?.stop();
    this.#armed = undefined;
    const next = this.#heap[0];
    if (!next) return;
    const wait = Math.min(LONGEST, Math.max(0, Math.ceil(next.at - this.#alarm.now())));
    this.#armed = { stop: this.#alarm.set(wait, this.#ring), at: next.at };
  }

  #rung(): void {
    this.#armed = undefined;
    const now = this.#alarm.now();
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (top.fire !== undefined && top.at > now) break;
      this.#pop();
      const fire = top.fire;
      if (fire === undefined) {
        this.#dead--;
        continue;
      }
      top.fire = undefined;
      try {
        fire();
      } catch (error) {
        reportError(error); // as an error in a system timer would be; the other timers go on
      }
    }
    this.#arm();
  }

  #push(timer: QueuedTimer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !before(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      const right = heap[child + 1];
      let below = heap[child];
      if (below && right && before(right, below)) {
        below = right;
        child++;
      }
      if (!below || !before(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

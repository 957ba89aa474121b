/**
 * What is going to happen in the simulator, in order: by time, and at one time in the order in which
 * it was planned. A binary heap.
 *
 * @module
 */
import type { Timer } from "./runtime.ts";

interface Event {
  readonly at: number;
  readonly sequence: number;
  /** Undefined once cancelled; the entry stays until its time comes or the queue is swept. */
  fire: (() => void) | undefined;
}

/** Entries that must have been cancelled before the queue is swept. */
const SWEEP_AFTER = 1024;

/** A priority queue of callbacks. Times are milliseconds. */
export class EventQueue {
  #heap: Event[] = [];
  #sequence = 0;
  #cancelled = 0;

  /** Callbacks still to come. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** Plans `fire` for the time `at`. */
  add(at: number, fire: () => void): Timer {
    const event: Event = { at, sequence: this.#sequence++, fire };
    this.#heap.push(event);
    this.#up(this.#heap.length - 1);
    return {
      cancel: () => {
        if (!event.fire) return;
        event.fire = undefined;
        this.#cancelled++;
        this.#sweep();
      },
    };
  }

  /** Time of the next callback; undefined when there is none. */
  nextAt(): number | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (!first || first.fire) return first?.at;
      this.#pop();
      this.#cancelled--;
    }
  }

  /** Takes the next callback out; undefined when there is none. */
  take(): { at: number; fire: () => void } | undefined {
    if (this.nextAt() === undefined) return undefined;
    const { at, fire } = this.#heap[0]!;
    this.#heap[0]!.fire = undefined; // so that a late cancel finds nothing to count
    this.#pop();
    return { at, fire: fire! };
  }

  /** SIP sets many timers that never fire; without this a day of calls would keep them all. */
  #sweep(): void {
    if (this.#cancelled < SWEEP_AFTER || this.#cancelled * 2 < this.#heap.length) return;
    this.#heap = this.#heap.filter((event) => event.fire);
    this.#cancelled = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#down(i);
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (this.#heap.length === 0 || !last) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #before(a: Event, b: Event): boolean {
    return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
  }

  #up(index: number): void {
    const heap = this.#heap;
    const event = heap[index]!;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #down(index: number): void {
    const heap = this.#heap;
    const event = heap[index]!;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, event)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = event;
  }
}

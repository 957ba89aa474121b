import assert from "node:assert/strict";
import fc from "fast-check";
import type { Timer } from "./runtime.ts";
import { EventQueue } from "./simulated_queue.ts";

Deno.test("EventQueue: by time, at one time in the order planned, without what was cancelled", () => {
  const plan = fc.record({ at: fc.integer({ min: 0, max: 20 }), cancel: fc.boolean() });
  fc.assert(fc.property(fc.array(plan, { maxLength: 200 }), (plans) => {
    const queue = new EventQueue();
    const happened: number[] = [];
    const timers = plans.map(({ at }, index) => queue.add(at, () => happened.push(index)));
    for (const [index, { cancel }] of plans.entries()) if (cancel) timers[index]?.cancel();
    const left = plans.map(({ at, cancel }, index) => ({ at, cancel, index }))
      .filter(({ cancel }) => !cancel).toSorted((a, b) => a.at - b.at || a.index - b.index);
    assert.equal(queue.size, left.length);
    for (let next = queue.take(); next; next = queue.take()) next.fire();
    assert.deepEqual(happened, left.map(({ index }) => index));
    assert.equal(queue.size, 0);
  }));
});

Deno.test("EventQueue: cancelling twice, or after it happened, counts for nothing", () => {
  const queue = new EventQueue();
  const first = queue.add(1, () => {});
  const second = queue.add(2, () => {});
  queue.take()?.fire();
  first.cancel();
  assert.equal(queue.size, 1);
  second.cancel();
  second.cancel();
  assert.equal(queue.size, 0);
  assert.equal(queue.nextAt(), undefined);
});

Deno.test("EventQueue keeps its order when cancelled timers are swept out", () => {
  const queue = new EventQueue();
  const timers: Timer[] = [];
  const happened: number[] = [];
  for (let i = 0; i < 5000; i++) timers.push(queue.add((i * 7919) % 5000, () => happened.push(i)));
  for (const [index, timer] of timers.entries()) if (index % 5 !== 0) timer.cancel();
  assert.equal(queue.size, 1000);
  for (let next = queue.take(); next; next = queue.take()) next.fire();
  const expected = Array.from({ length: 1000 }, (_, index) => index * 5)
    .toSorted((a, b) => (a * 7919) % 5000 - (b * 7919) % 5000);
  assert.deepEqual(happened, expected);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Alarm, TimerQueue } from "./timer_queue.ts";

/** An alarm whose time passes when told. */
class HandAlarm implements Alarm {
  time = 0;
  sets = 0;
  #next: { at: number; ring: () => void } | undefined;
  now = () => this.time;
  set(milliseconds: number, ring: () => void) {
    this.sets++;
    const next = { at: this.time + milliseconds, ring };
    assert.equal(this.#next, undefined, "one alarm at a time");
    this.#next = next;
    return () => {
      if (this.#next === next) this.#next = undefined;
    };
  }
  get armed(): boolean {
    return this.#next !== undefined;
  }
  /** Moves to `time`, ringing on the way. */
  advanceTo(time: number) {
    while (this.#next && this.#next.at <= time) {
      const { at, ring } = this.#next;
      this.#next = undefined;
      this.time = Math.max(this.time, at);
      ring();
    }
    this.time = time;
  }
}

Deno.test("TimerQueue fires what was not cancelled, in order of time, then of setting", () => {
  const step = fc.record({
    delay: fc.integer({ min: 0, max: 50 }),
    cancel: fc.option(fc.nat(30), { nil: undefined }),
    pass: fc.integer({ min: 0, max: 20 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const alarm = new HandAlarm();
    const queue = new TimerQueue(alarm);
    const timers: { cancel(): void }[] = [];
    const due: { at: number; index: number; cancelled: boolean; fired: boolean }[] = [];
    const fired: number[] = [];
    for (const [index, { delay, cancel, pass }] of steps.entries()) {
      const entry = { at: alarm.time + delay, index, cancelled: false, fired: false };
      due.push(entry);
      timers.push(queue.after(delay, () => {
        assert.equal(alarm.time, entry.at);
        entry.fired = true;
        fired.push(index);
      }));
      if (cancel !== undefined) {
        timers[cancel]?.cancel();
        const victim = due[cancel];
        if (victim && !victim.fired) victim.cancelled = true;
      }
      alarm.advanceTo(alarm.time + pass);
    }
    alarm.advanceTo(alarm.time + 1000);
    const expected = due.filter(({ cancelled }) => !cancelled)
      .sort((a, b) => a.at - b.at || a.index - b.index)
      .map(({ index }) => index);
    assert.deepEqual(fired, expected);
    assert.equal(alarm.armed, false);
  }));
});

Deno.test("TimerQueue sets the system's timer anew only for an earlier one", () => {
  const alarm = new HandAlarm();
  const queue = new TimerQueue(alarm);
  for (let count = 0; count < 100; count++) queue.after(500 + count, () => {});
  assert.equal(alarm.sets, 1);
  queue.after(10, () => {});
  assert.equal(alarm.sets, 2);
});

Deno.test("TimerQueue lets long delays ring together: never early, at most 20 ms late", () => {
  const alarm = new HandAlarm();
  const queue = new TimerQueue(alarm);
  for (let count = 0; count < 1000; count++) {
    alarm.advanceTo(count);
    queue.after(32_000, () => {
      const late = alarm.time - (count + 32_000);
      assert(late >= 0 && late <= 20, String(late));
    });
  }
  const before = alarm.sets;
  alarm.advanceTo(40_000);
  assert.equal(queue.size, 0);
  assert(alarm.sets - before <= 51, `the alarm was set ${alarm.sets - before} times`);
});

Deno.test("TimerQueue does not keep cancelled timers", () => {
  const queue = new TimerQueue(new HandAlarm());
  for (let count = 0; count < 100_000; count++) queue.after(32_000, () => {}).cancel();
  assert(queue.size < 1000, String(queue.size));
});

Deno.test("TimerQueue takes delays beyond the system's longest timer", () => {
  const alarm = new HandAlarm();
  const queue = new TimerQueue(alarm);
  const days = 90 * 86_400_000;
  let fired = false;
  queue.after(days, () => fired = true);
  alarm.advanceTo(days - 1);
  assert(!fired);
  alarm.advanceTo(days);
  assert(fired);
});

Deno.test("TimerQueue lets a timer set and cancel others while it fires", () => {
  const alarm = new HandAlarm();
  const queue = new TimerQueue(alarm);
  const fired: string[] = [];
  queue.after(5, () => {
    fired.push("first");
    second.cancel();
    queue.after(0, () => fired.push("at once"));
  });
  const second = queue.after(5, () => fired.push("second"));
  alarm.advanceTo(5);
  assert.deepEqual(fired, ["first", "at once"]);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { Backoff } from "./backoff.ts";

const dice = (octet: number) => ({ bytes: (length: number) => new Uint8Array(length).fill(octet) });

Deno.test("Backoff: waits double from the first to the longest and start over after reset", () => {
  const backoff = new Backoff(1000, 6000, dice(255));
  assert.deepEqual([1, 2, 3, 4, 5].map(() => backoff.next()), [1000, 2000, 4000, 6000, 6000]);
  backoff.reset();
  assert.equal(backoff.next(), 1000);
});

Deno.test("Backoff: each wait is between half and the whole of its value", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 255 }), fc.nat(60), (octet, failures) => {
    const backoff = new Backoff(1000, 60_000, dice(octet));
    let wait = 0;
    for (let i = 0; i <= failures; i++) wait = backoff.next();
    const whole = Math.min(1000 * 2 ** failures, 60_000);
    assert.ok(wait >= whole / 2 && wait <= whole, `${wait} of ${whole}`);
  }));
});

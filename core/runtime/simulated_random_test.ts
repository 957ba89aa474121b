import assert from "node:assert/strict";
import { SeededRandom } from "./simulated_random.ts";

Deno.test("SeededRandom: same seed and stream, same octets; another of either, others", () => {
  const draw = (seed: string | number, stream: string) =>
    new SeededRandom(seed, stream).bytes(32).toHex();
  assert.equal(draw(1, "a"), draw(1, "a"));
  assert.equal(draw(1, "a"), draw("1", "a"));
  assert.notEqual(draw(1, "a"), draw(2, "a"));
  assert.notEqual(draw(1, "a"), draw(1, "b"));
});

Deno.test("SeededRandom.bytes gives as many as asked for, and all values about as often", () => {
  const random = new SeededRandom("seed", "stream");
  for (const length of [0, 1, 3, 4, 5, 17]) assert.equal(random.bytes(length).length, length);
  const counts = new Array<number>(256).fill(0);
  for (const octet of random.bytes(256_000)) counts[octet]!++;
  // 1000 expected each, standard deviation 32: six of them.
  for (const [octet, count] of counts.entries()) assert(Math.abs(count - 1000) < 190, `${octet}`);
});

Deno.test("SeededRandom.fraction lies in [0, 1) with mean one half", () => {
  const random = new SeededRandom("seed", "fraction");
  let sum = 0;
  for (let i = 0; i < 10_000; i++) {
    const value = random.fraction();
    assert(value >= 0 && value < 1);
    sum += value;
  }
  assert(Math.abs(sum / 10_000 - 0.5) < 0.02);
});

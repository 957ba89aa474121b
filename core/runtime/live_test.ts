import assert from "node:assert/strict";
import { liveClock, liveRandom, liveRuntime } from "./live.ts";

Deno.test("liveClock.now is the wall clock, and after fires no earlier than asked", async () => {
  const clock = liveClock();
  assert(Math.abs(clock.now() - Date.now()) < 1000);
  const start = performance.now();
  const keepAlive = setTimeout(() => {}, 10_000);
  await new Promise<void>((resolve) => void clock.after(20, resolve));
  clearTimeout(keepAlive);
  assert(performance.now() - start >= 20);
});

Deno.test("liveClock.after does not keep the process alive", async () => {
  const url = new URL("./live.ts", import.meta.url).href;
  const code = `import { liveClock } from "${url}"; liveClock().after(60_000, () => {});`;
  const { code: status } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(30_000),
  }).output();
  assert.equal(status, 0);
});

Deno.test("liveRandom gives octets of the length asked for, and never the same ones twice", () => {
  const random = liveRandom();
  const seen = new Set<string>();
  for (let count = 0; count < 2000; count++) {
    const bytes = random.bytes(16);
    assert.equal(bytes.length, 16);
    seen.add(bytes.toHex());
  }
  assert.equal(seen.size, 2000);
  for (const length of [0, 1, 255, 256, 257, 4096, 10_000]) {
    assert.equal(random.bytes(length).length, length);
  }
});

Deno.test("liveRandom: arrays are the caller's own, and octets look evenly spread", () => {
  const random = liveRandom();
  const [one, two] = [random.bytes(16), random.bytes(16)];
  assert.notEqual(one.buffer, two.buffer);
  let ones = 0;
  for (let count = 0; count < 1000; count++) {
    for (const octet of random.bytes(16)) {
      for (let bit = octet; bit > 0; bit >>= 1) ones += bit & 1;
    }
  }
  assert(Math.abs(ones - 64_000) < 1500, String(ones)); // more than 8 standard deviations
});

Deno.test("liveRuntime hands its log to nobody who did not ask, and is silent without one", () => {
  const runtime = liveRuntime();
  runtime.log.write("info", "nothing happens");
  const log = { write() {} };
  assert.equal(liveRuntime({ log }).log, log);
});

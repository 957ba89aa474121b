import assert from "node:assert/strict";
import type { LogFacts } from "./log.ts";
import { SeldomLog } from "./seldom.ts";

Deno.test("SeldomLog writes once a second and says how many it left out", () => {
  let now = 10_000;
  const written: (LogFacts | undefined)[] = [];
  const log = { write: (_level: string, _event: string, facts?: LogFacts) => written.push(facts) };
  const clock = { now: () => now, after: () => ({ cancel() {} }) };
  const seldom = new SeldomLog({ log, clock }, "warning", "flood");
  const all = Array.from({ length: 500 }, (_, index) => index);
  for (const index of all) {
    seldom.write(() => ({ index }));
    now += 5;
  }
  assert.deepEqual(written, [
    { index: 0, leftOut: 0 },
    { index: 200, leftOut: 199 },
    { index: 400, leftOut: 199 },
  ]);
  now = 0; // a clock that was set back does not silence it
  seldom.write(() => ({ index: -1 }));
  assert.deepEqual(written.at(-1), { index: -1, leftOut: 99 });
});

import assert from "node:assert/strict";
import { limitedLog } from "./limited_log.ts";
import type { LogFacts, LogLevel } from "./log.ts";

function limited(perSecond: number) {
  const written: string[] = [];
  const clock = { now: 1000 };
  const log = limitedLog(
    {
      write(level: LogLevel, event: string, facts: LogFacts = {}) {
        written.push(`${level} ${event} ${facts.leftOut ?? 0}`);
      },
    },
    () => clock.now,
    perSecond,
  );
  return { log, clock, written };
}

Deno.test("limitedLog: a flood of one event is cut, and counted in the next second", () => {
  const { log, clock, written } = limited(2);
  for (let count = 0; count < 1000; count++) log.write("info", "request refused", { count });
  assert.deepEqual(written, ["info request refused 0", "info request refused 0"]);
  clock.now += 1000;
  log.write("info", "request refused");
  log.write("info", "request refused");
  assert.deepEqual(written.slice(2), ["info request refused 998", "info request refused 0"]);
});

Deno.test("limitedLog: other events, and debug, are not cut with it", () => {
  const { log, written } = limited(1);
  log.write("info", "request refused");
  log.write("info", "request refused");
  log.write("error", "store not readable");
  log.write("debug", "channel closed");
  log.write("debug", "channel closed");
  assert.equal(written.length, 4);
  assert.equal(written[1], "error store not readable 0");
});

Deno.test("limitedLog: a clock that is set back silences nothing", () => {
  const { log, clock, written } = limited(1);
  log.write("info", "listening");
  clock.now = 0;
  log.write("info", "listening");
  assert.equal(written.length, 2);
});

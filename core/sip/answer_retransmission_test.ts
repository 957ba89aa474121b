import assert from "node:assert/strict";
import { AnswerRetransmission } from "./answer_retransmission.ts";
import { HandClock } from "./testing.ts";

function answered() {
  const clock = new HandClock();
  const start = clock.now();
  const events: string[] = [];
  const answer = new AnswerRetransmission({
    clock,
    send: () => events.push(String(clock.now() - start)),
    gaveUp: () => events.push(`gave up ${clock.now() - start}`),
  });
  return { clock, events, answer };
}

Deno.test("AnswerRetransmission, §13.3.1.4: doubles from T1 to T2, gives up after 64*T1", () => {
  const { clock, events } = answered();
  clock.advance(100_000);
  assert.deepEqual(events, [
    ...["500", "1500", "3500", "7500", "11500", "15500", "19500", "23500", "27500", "31500"],
    "gave up 32000",
  ]);
  assert.equal(clock.pending, 0);
});

Deno.test("AnswerRetransmission.stop ends it at any time", () => {
  for (const after of [0, 499, 500, 20_000]) {
    const { clock, events, answer } = answered();
    clock.advance(after);
    const count = events.length;
    answer.stop();
    clock.advance(100_000);
    assert.equal(events.length, count);
    assert.equal(clock.pending, 0);
  }
});

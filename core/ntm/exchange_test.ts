import assert from "node:assert/strict";
import { Simulation } from "../runtime/simulated.ts";
import { Answers, NoAnswerError, Requests } from "./exchange.ts";

function world(options: { limit?: number } = {}) {
  const simulation = new Simulation({ seed: "exchange" });
  const { clock } = simulation;
  const random = simulation.random("exchange");
  const start = clock.now();
  const requests = new Requests<string>({ clock, random, ...options });
  return { simulation, clock, requests, elapsed: () => clock.now() - start };
}

Deno.test("Requests: sent at 0, 0.5, 1.5, 3.5 and 7.5 s, given up at 15.5 s", async () => {
  const { simulation, requests, elapsed } = world();
  const sendings: number[] = [];
  const numbers = new Set<number>();
  const { answer } = requests.request((transaction) => {
    sendings.push(elapsed());
    numbers.add(transaction);
  });
  const ended = assert.rejects(answer, NoAnswerError).then(elapsed);
  assert.equal(await simulation.settle(ended, { limitMilliseconds: 60_000 }), 15_500);
  assert.deepEqual(sendings, [0, 500, 1500, 3500, 7500]);
  assert.equal(numbers.size, 1);
  assert.equal(requests.size, 0);
});

Deno.test("Requests: an answer ends it, and only the first one counts", async () => {
  const { simulation, requests, elapsed } = world();
  let sendings = 0;
  const { transaction, answer } = requests.request(() => sendings++);
  await simulation.advance(600);
  assert.equal(requests.answered(transaction + 1, "other"), false);
  assert.equal(requests.answered(transaction, "yes"), true);
  assert.equal(requests.answered(transaction, "no"), false);
  assert.equal(await answer, "yes");
  await simulation.advance(60_000);
  assert.equal(sendings, 2);
  assert.equal(elapsed(), 60_600);
});

Deno.test("Requests: what sending throws ends the request; cancel and stop do, too", async () => {
  const { requests } = world();
  const broken = requests.request(() => {
    throw new Error("no route");
  });
  await assert.rejects(broken.answer, /no route/);
  const cancelled = requests.request(() => {});
  cancelled.cancel(new Error("not needed"));
  await assert.rejects(cancelled.answer, /not needed/);
  const stopped = [requests.request(() => {}), requests.request(() => {})];
  requests.stop(new Error("stopping"));
  for (const { answer } of stopped) await assert.rejects(answer, /stopping/);
  assert.equal(requests.size, 0);
});

Deno.test("Requests: transactions differ, and no more are under way than allowed", async () => {
  const { requests } = world({ limit: 2 });
  const one = requests.request(() => {});
  const two = requests.request(() => {});
  assert.notEqual(one.transaction, two.transaction);
  assert.throws(() => requests.request(() => {}), /2 are under way/);
  const gone = Promise.allSettled([one.answer, two.answer]);
  requests.stop(new Error("end"));
  await gone;
});

Deno.test("Answers: a request is acted on once, and the same one gets the same answer", () => {
  const { clock } = world();
  const answers = new Answers<string>({ clock });
  assert.deepEqual(answers.admit(0x20, 5), { is: "new" });
  assert.deepEqual(answers.admit(0x20, 5), { is: "in work" });
  assert.deepEqual(answers.admit(0x22, 5), { is: "new" });
  answers.answered(0x20, 5, "yes");
  assert.deepEqual(answers.admit(0x20, 5), { is: "answered", answer: "yes" });
  assert.deepEqual(answers.admit(0x22, 5), { is: "in work" });
});

Deno.test("Answers: forgotten after 32 s, and the oldest first when there are too many", async () => {
  const { simulation, clock } = world();
  const answers = new Answers<string>({ clock, limit: 2 });
  answers.admit(0x20, 1);
  answers.answered(0x20, 1, "one");
  await simulation.advance(31_999);
  assert.equal(answers.admit(0x20, 1).is, "answered");
  await simulation.advance(1);
  assert.equal(answers.admit(0x20, 1).is, "new");
  answers.admit(0x20, 2);
  answers.admit(0x20, 3);
  assert.ok(answers.size <= 2);
  assert.equal(answers.admit(0x20, 3).is, "in work");
});

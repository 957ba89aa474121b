import assert from "node:assert/strict";
import { leaving, tcp, TransactionBench, udp } from "./transactions_testing.ts";

function asking(channel = udp, ...statuses: number[]) {
  const bench = new TransactionBench();
  const client = bench.request(leaving("OPTIONS"), channel);
  const sent = client.request; // kept here: the transaction lets go of it
  const answer = (status: number) => bench.answer(sent, status, channel);
  statuses.forEach(answer);
  return { bench, client, answer };
}

Deno.test("ClientNonInvite, Trying over UDP: E doubles from T1 to T2 and F ends it", () => {
  const { bench, client } = asking();
  bench.clock.advance(31_999);
  assert.deepEqual(
    bench.take(),
    [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
      .map((at) => `${at} OPTIONS`),
  );
  bench.clock.advance(1);
  assert.equal(client.state, "terminated");
  assert.deepEqual(bench.told, ["timeout"]);
  assert.equal(bench.clock.pending, 0);
});

Deno.test("ClientNonInvite, Trying over TCP: sent once, F ends it", () => {
  const { bench, client } = asking(tcp);
  bench.clock.advance(32_000);
  assert.deepEqual(bench.take(), ["0 OPTIONS"]);
  assert.equal(client.state, "terminated");
  assert.deepEqual(bench.told, ["timeout"]);
});

Deno.test("ClientNonInvite, Proceeding over UDP: E fires every T2, F still ends it", () => {
  const { bench, client, answer } = asking();
  bench.clock.advance(100);
  answer(100);
  answer(180);
  assert.equal(client.state, "proceeding");
  bench.clock.advance(31_899);
  assert.deepEqual(
    bench.take(),
    [0, 500, 4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500].map((at) => `${at} OPTIONS`),
  );
  bench.clock.advance(1);
  assert.equal(client.state, "terminated");
  assert.deepEqual(bench.told, ["response 100", "response 180", "timeout"]);
});

Deno.test("ClientNonInvite, Completed over UDP: retransmitted responses are absorbed until K", () => {
  for (const before of [[], [100]]) {
    const { bench, client, answer } = asking(udp, ...before, 404);
    assert.equal(client.state, "completed");
    answer(404);
    answer(200);
    assert.equal(bench.told.at(-1), "response 404");
    assert.equal(bench.told.filter((told) => told !== "response 100").length, 1);
    bench.clock.advance(4999);
    assert.equal(client.state, "completed");
    bench.clock.advance(1);
    assert.equal(client.state, "terminated");
    assert.deepEqual(bench.take(), ["0 OPTIONS"]);
    assert.equal(bench.clock.pending, 0);
  }
});

Deno.test("ClientNonInvite, Completed over TCP: K is zero, and a late response is stray", () => {
  const { bench, client, answer } = asking(tcp, 200);
  assert.equal(client.state, "terminated");
  answer(200);
  assert.deepEqual(bench.told, ["response 200", "stray 200"]);
});

Deno.test("ClientNonInvite.cancel does nothing (§9.1)", () => {
  const { bench, client } = asking(udp, 100);
  client.cancel();
  assert.deepEqual(bench.take(), ["0 OPTIONS"]);
  assert.equal(client.state, "proceeding");
});

Deno.test("ClientNonInvite: a transport that fails at once or later is told once", async () => {
  const bench = new TransactionBench();
  bench.broken = new Error("unreachable");
  bench.request(leaving("OPTIONS"), tcp);
  assert.deepEqual(bench.told, []);
  await Promise.resolve();
  assert.deepEqual(bench.told, ["failed: unreachable"]);
  bench.broken = undefined;
  bench.request(leaving("OPTIONS"), udp);
  bench.broken = new Error("closed");
  bench.clock.advance(500);
  assert.deepEqual(bench.told, ["failed: unreachable", "failed: closed"]);
  assert.equal(bench.clock.pending, 0);
});

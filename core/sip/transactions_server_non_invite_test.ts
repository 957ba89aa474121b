import assert from "node:assert/strict";
import { arriving, sameHop, tcp, TransactionBench, udp } from "./transactions_testing.ts";

function requested(channel = udp, method = "MESSAGE", ...statuses: number[]) {
  const bench = new TransactionBench();
  const request = arriving(method);
  bench.layer.receive(request, channel);
  for (const status of statuses) bench.respond(status);
  bench.take();
  return { bench, again: () => bench.layer.receive(sameHop(request), channel) };
}

Deno.test("ServerNonInvite, Trying: told once, retransmissions are dropped, no 100 of its own", () => {
  const { bench, again } = requested();
  again();
  bench.clock.advance(60_000);
  assert.deepEqual(bench.told, ["request MESSAGE"]);
  assert.deepEqual(bench.take(), []);
  assert.equal(bench.server.state, "trying");
});

Deno.test("ServerNonInvite, Proceeding: a retransmission gets the newest provisional response", () => {
  const { bench, again } = requested(udp, "MESSAGE", 100, 182);
  assert.equal(bench.server.state, "proceeding");
  again();
  assert.deepEqual(bench.take(), ["0 182"]);
});

Deno.test("ServerNonInvite, Completed over UDP: retransmissions get the response until J", () => {
  for (const first of [[], [100]]) {
    const { bench, again } = requested(udp, "BYE", ...first, 200);
    assert.equal(bench.server.state, "completed");
    again();
    assert.deepEqual(bench.take(), ["0 200"]);
    bench.respond(500);
    assert.deepEqual(bench.take(), []);
    bench.clock.advance(31_999);
    again();
    assert.deepEqual(bench.take(), ["31999 200"]);
    bench.clock.advance(1);
    assert.equal(bench.server.state, "terminated");
    assert.equal(bench.layer.counts.server, 0);
    assert.equal(bench.clock.pending, 0);
    assert.deepEqual(bench.told, ["request BYE"]);
  }
});

Deno.test("ServerNonInvite, Completed over TCP: J is zero", () => {
  const { bench } = requested(tcp, "BYE", 200);
  assert.equal(bench.server.state, "terminated");
  assert.equal(bench.layer.counts.server, 0);
  bench.respond(200);
  assert.deepEqual(bench.take(), []);
});

Deno.test("ServerNonInvite: a response that cannot be sent ends it and is told", () => {
  for (const channel of [udp, tcp]) {
    for (const status of [100, 200]) {
      const { bench } = requested(channel);
      bench.broken = new Error("gone");
      bench.respond(status);
      assert.equal(bench.server.state, "terminated");
      assert.deepEqual(bench.told, ["request MESSAGE", "abandoned: gone"]);
      assert.equal(bench.clock.pending, 0);
    }
  }
});

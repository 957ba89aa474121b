import assert from "node:assert/strict";
import { arriving, sameHop, tcp, TransactionBench, udp } from "./transactions_testing.ts";

/** An INVITE that came in, and has been answered with these. */
function invited(channel = udp, ...statuses: number[]) {
  const bench = new TransactionBench();
  const invite = arriving("INVITE");
  bench.layer.receive(invite, channel);
  for (const status of statuses) bench.respond(status);
  bench.take();
  return {
    bench,
    invite,
    again: () => bench.layer.receive(sameHop(invite), channel),
    ack: () => bench.layer.receive(sameHop(invite, "ACK"), channel),
  };
}

Deno.test("ServerInvite, figure 7: a new INVITE is told once and is in Proceeding", () => {
  const { bench, again } = invited();
  again();
  again();
  assert.deepEqual(bench.told, ["request INVITE"]);
  assert.equal(bench.server.state, "proceeding");
  assert.deepEqual(bench.take(), []);
});

Deno.test("ServerInvite, §17.2.1: sends 100 after 200 ms unless its user was faster", () => {
  const slow = invited();
  slow.bench.clock.advance(199);
  assert.deepEqual(slow.bench.take(), []);
  slow.bench.clock.advance(10_000);
  assert.deepEqual(slow.bench.take(), ["200 100"]);
  assert(!/tag/.test(slow.bench.last.headers.get("To") ?? ""));
  const fast = invited(udp, 180);
  fast.bench.clock.advance(60_000);
  assert.deepEqual(fast.bench.take(), []);
});

Deno.test("ServerInvite, Proceeding: a retransmission gets the newest provisional response", () => {
  const { bench, again } = invited(udp, 180, 183);
  again();
  assert.deepEqual(bench.take(), ["0 183"]);
  assert.equal(bench.server.status, 183);
});

Deno.test("ServerInvite, Proceeding: an ACK means nothing yet", () => {
  const { bench, ack } = invited(udp, 180);
  ack();
  assert.equal(bench.server.state, "proceeding");
  assert.deepEqual(bench.told, ["request INVITE"]);
});

Deno.test("ServerInvite, Completed over UDP: G doubles from T1 to T2 and H ends it", () => {
  const { bench } = invited(udp, 486);
  assert.equal(bench.server.state, "completed");
  bench.clock.advance(31_999);
  assert.deepEqual(
    bench.take(),
    [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map((at) =>
      `${at} 486`
    ),
  );
  assert.equal(bench.server.state, "completed");
  bench.clock.advance(1);
  assert.equal(bench.server.state, "terminated");
  assert.deepEqual(bench.told, ["request INVITE", "abandoned: no ACK within 64*T1 (timer H)"]);
  assert.equal(bench.layer.counts.server, 0);
  assert.equal(bench.clock.pending, 0);
});

Deno.test("ServerInvite, Completed over TCP: no retransmission, H still runs", () => {
  const { bench } = invited(tcp, 486);
  bench.clock.advance(31_999);
  assert.deepEqual(bench.take(), []);
  assert.equal(bench.server.state, "completed");
  bench.clock.advance(1);
  assert.equal(bench.server.state, "terminated");
});

Deno.test("ServerInvite, Completed: a retransmission gets the response, further responses nothing", () => {
  const { bench, again } = invited(udp, 486);
  again();
  assert.deepEqual(bench.take(), ["0 486"]);
  for (const status of [100, 200, 404]) bench.respond(status);
  assert.deepEqual(bench.take(), []);
  assert.equal(bench.server.status, 486);
});

Deno.test("ServerInvite, Confirmed over UDP: the ACK stops G, I absorbs further ACKs for T4", () => {
  const { bench, ack, again } = invited(udp, 404);
  ack();
  assert.equal(bench.server.state, "confirmed");
  ack();
  again();
  bench.clock.advance(4999);
  assert.deepEqual(bench.take(), []);
  assert.equal(bench.server.state, "confirmed");
  bench.clock.advance(1);
  assert.equal(bench.server.state, "terminated");
  assert.deepEqual(bench.told, ["request INVITE"]);
  assert.equal(bench.clock.pending, 0);
});

Deno.test("ServerInvite, Confirmed over TCP: I is zero", () => {
  const { bench, ack } = invited(tcp, 404);
  ack();
  assert.equal(bench.server.state, "terminated");
  assert.equal(bench.layer.counts.server, 0);
  assert.deepEqual(bench.told, ["request INVITE"]);
});

Deno.test("ServerInvite, RFC 6026: Accepted absorbs INVITEs, passes ACK up and 2xx down, until L", () => {
  for (const channel of [udp, tcp]) {
    const { bench, again, ack } = invited(channel, 180, 200);
    assert.equal(bench.server.state, "accepted");
    again();
    assert.deepEqual(bench.take(), []);
    bench.respond(200); // the user's own retransmission
    assert.deepEqual(bench.take(), ["0 200"]);
    for (const status of [180, 486]) bench.respond(status);
    assert.deepEqual(bench.take(), []);
    ack();
    assert.deepEqual(bench.told, ["request INVITE", "ack"]);
    bench.clock.advance(31_999);
    assert.equal(bench.server.state, "accepted");
    bench.clock.advance(1);
    assert.equal(bench.server.state, "terminated");
    bench.respond(200);
    assert.deepEqual(bench.take(), []);
    assert.equal(bench.clock.pending, 0);
  }
});

Deno.test("ServerInvite: a response that cannot be sent ends it and is told", () => {
  for (const status of [180, 200, 486]) {
    const { bench } = invited();
    bench.broken = new Error("datagram too long");
    bench.respond(status);
    assert.equal(bench.server.state, "terminated");
    assert.deepEqual(bench.told, ["request INVITE", "abandoned: datagram too long"]);
    assert.equal(bench.layer.counts.server, 0);
    assert.equal(bench.clock.pending, 0, `after ${status}`);
  }
});

Deno.test("ServerInvite: the values of its timers are configurable", () => {
  const bench = new TransactionBench({ timers: { t1: 10, t2: 20, trying: 5 } });
  bench.layer.receive(arriving("INVITE"), udp);
  bench.clock.advance(5);
  bench.respond(500);
  bench.clock.advance(700);
  assert.equal(bench.take()[2], "15 500");
  assert.equal(bench.server.state, "terminated");
});

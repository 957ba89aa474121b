import assert from "node:assert/strict";
import { branchOf, leaving, tcp, TransactionBench, udp } from "./transactions_testing.ts";

function calling(channel = udp, ...statuses: number[]) {
  const bench = new TransactionBench();
  const client = bench.request(leaving("INVITE", "Route: <sip:next.test;lr>"), channel);
  const sent = client.request; // kept here: the transaction lets go of it
  const answer = (status: number) => bench.answer(sent, status, channel);
  statuses.forEach(answer);
  return { bench, client, sent, answer };
}

Deno.test("ClientInvite, Calling over UDP: A doubles without bound and B ends it", () => {
  const { bench, client } = calling();
  bench.clock.advance(31_999);
  assert.deepEqual(
    bench.take(),
    [0, 500, 1500, 3500, 7500, 15_500, 31_500].map((at) => `${at} INVITE`),
  );
  assert.equal(client.state, "calling");
  bench.clock.advance(1);
  assert.equal(client.state, "terminated");
  assert.deepEqual(bench.told, ["timeout"]);
  assert.equal(bench.layer.counts.client, 0);
  assert.equal(bench.clock.pending, 0);
});

Deno.test("ClientInvite, Calling over TCP: sent once, B ends it", () => {
  const { bench, client } = calling(tcp);
  bench.clock.advance(32_000);
  assert.deepEqual(bench.take(), ["0 INVITE"]);
  assert.equal(client.state, "terminated");
  assert.deepEqual(bench.told, ["timeout"]);
});

Deno.test("ClientInvite, Proceeding: a provisional response stops A and B, each is passed up", () => {
  const { bench, client, answer } = calling(udp, 100, 180);
  answer(180);
  bench.clock.advance(3_600_000);
  assert.equal(client.state, "proceeding");
  assert.deepEqual(bench.take(), ["0 INVITE"]);
  assert.deepEqual(bench.told, ["response 100", "response 180", "response 180"]);
});

Deno.test("ClientInvite, Completed over UDP: ACK for each retransmission, passed up once, until D", () => {
  for (const before of [[], [180]]) {
    const { bench, client, answer } = calling(udp, ...before, 486);
    assert.equal(client.state, "completed");
    answer(486);
    answer(486);
    answer(180);
    answer(200);
    assert.deepEqual(bench.take(), ["0 INVITE", "0 ACK", "0 ACK", "0 ACK"]);
    assert.deepEqual(bench.told.filter((told) => told !== "response 180"), ["response 486"]);
    bench.clock.advance(31_999);
    assert.equal(client.state, "completed");
    bench.clock.advance(1);
    assert.equal(client.state, "terminated");
    assert.equal(bench.clock.pending, 0);
  }
});

Deno.test("ClientInvite, Completed over TCP: ACK, and D is zero", () => {
  const { bench, client } = calling(tcp, 404);
  assert.deepEqual(bench.take(), ["0 INVITE", "0 ACK"]);
  assert.equal(client.state, "terminated");
  assert.deepEqual(bench.told, ["response 404"]);
  assert.equal(bench.layer.counts.client, 0);
});

Deno.test("ClientInvite, §17.1.1.3: the ACK of a failure is of the INVITE's hop, To of the response", () => {
  const { bench, sent } = calling(udp, 603);
  const ack = bench.last;
  assert(ack.kind === "request" && ack.method === "ACK");
  assert.equal(ack.uri, sent.uri);
  assert.equal(ack.headers.list("Via").length, 1);
  assert.equal(branchOf(ack), branchOf(sent));
  assert.equal(ack.headers.get("To"), "<sip:user-b@abc.test>;tag=them");
  assert.equal(ack.headers.get("CSeq"), "1 ACK");
  assert.equal(ack.headers.get("Route"), "<sip:next.test;lr>");
});

Deno.test("ClientInvite, RFC 6026: Accepted passes each 2xx up and sends no ACK, until M", () => {
  for (const channel of [udp, tcp]) {
    const { bench, client, answer } = calling(channel, 200);
    assert.equal(client.state, "accepted");
    answer(200);
    answer(180);
    answer(486);
    assert.deepEqual(bench.told, ["response 200", "response 200"]);
    bench.clock.advance(31_999);
    assert.equal(client.state, "accepted");
    bench.clock.advance(1);
    assert.equal(client.state, "terminated");
    assert.deepEqual(bench.take(), ["0 INVITE"]);
    answer(200);
    assert.equal(bench.told[2], "stray 200");
    assert.equal(bench.clock.pending, 0);
  }
});

Deno.test("ClientInvite.cancel, §9.1: waits for a provisional response, goes once, with its headers", () => {
  const { bench, client, answer } = calling();
  client.cancel([["Reason", "SIP;cause=487"]]);
  client.cancel();
  assert.deepEqual(bench.take(), ["0 INVITE"]);
  answer(180);
  assert.deepEqual(bench.take(), ["0 CANCEL"]);
  const cancel = bench.last;
  assert(cancel.kind === "request");
  assert.equal(branchOf(cancel), branchOf(client.request));
  assert.equal(cancel.headers.get("CSeq"), "1 CANCEL");
  assert.equal(cancel.headers.get("Reason"), "SIP;cause=487");
  bench.answer(cancel, 200, udp);
  answer(487);
  assert.deepEqual(bench.take(), ["0 ACK"]);
  assert.deepEqual(bench.told, ["response 180", "response 487"]);
});

Deno.test("ClientInvite.cancel in Proceeding goes at once; after a final response there is none", () => {
  const { bench, client } = calling(tcp, 180);
  bench.take();
  client.cancel();
  assert.deepEqual(bench.take(), ["0 CANCEL"]);
  for (const status of [200, 404]) {
    const after = calling(tcp, status);
    after.bench.take();
    after.client.cancel();
    assert.deepEqual(after.bench.take(), []);
  }
  const early = calling(tcp);
  early.client.cancel();
  early.bench.take();
  early.answer(200);
  assert.deepEqual(early.bench.take(), []);
});

Deno.test("ClientInvite.cancel: without a final response in 64*T1 the INVITE counts as cancelled", () => {
  const { bench, client, answer } = calling(tcp, 180);
  client.cancel();
  answer(180);
  bench.clock.advance(31_999);
  assert.equal(client.state, "proceeding");
  bench.clock.advance(1);
  assert.equal(client.state, "terminated");
  assert.deepEqual(bench.told, ["response 180", "response 180", "timeout"]);
});

Deno.test("ClientInvite: a transport that fails at once or later is told once, and never too early", async () => {
  const bench = new TransactionBench();
  bench.broken = new Error("unreachable");
  const first = bench.request(leaving("INVITE"), udp);
  assert.deepEqual(bench.told, []);
  await Promise.resolve();
  assert.deepEqual(bench.told, ["failed: unreachable"]);
  assert.equal(first.state, "terminated");
  bench.broken = undefined;
  const second = bench.request(leaving("INVITE"), udp);
  bench.broken = new Error("closed");
  bench.clock.advance(500);
  assert.equal(second.state, "terminated");
  assert.deepEqual(bench.told, ["failed: unreachable", "failed: closed"]);
  assert.equal(bench.clock.pending, 0);
  assert.equal(bench.layer.counts.client, 0);
});

Deno.test("ClientInvite: an ACK that cannot be sent does not undo the response", () => {
  const { bench, client } = calling();
  bench.broken = new Error("closed");
  bench.answer(client.request, 486, udp);
  assert.deepEqual(bench.told, ["response 486"]);
  assert.equal(client.state, "terminated");
  assert.equal(bench.clock.pending, 0);
});

Deno.test("ClientInvite lets go of its request once the final response has been handled", () => {
  const { client, answer } = calling(udp, 180);
  assert.ok(client.request.headers.has("Call-ID"));
  answer(200);
  assert.equal(client.state, "accepted");
  assert.deepEqual(client.request.headers.fields, []);
});

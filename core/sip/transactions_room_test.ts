import assert from "node:assert/strict";
import { messageOctets } from "./transactions_room.ts";
import { arriving, leaving, tcp, TransactionBench, udp } from "./transactions_testing.ts";
import type { SipRequest } from "./message.ts";

function large(octets: number, method = "INVITE"): SipRequest {
  return { ...arriving(method), body: new Uint8Array(octets) };
}

Deno.test("TransactionLayer at its server limit: what only waits for retransmissions makes room", () => {
  const bench = new TransactionBench({ limits: { server: 3 } });
  bench.layer.receive(arriving("INVITE"), udp);
  const ringing = bench.server;
  for (let count = 0; count < 100; count++) {
    bench.layer.receive(arriving("MESSAGE"), udp);
    bench.respond(403);
  }
  bench.layer.receive(arriving("MESSAGE"), tcp);
  assert.equal(bench.told.filter((what) => what === "request MESSAGE").length, 101);
  assert.equal(bench.layer.counts.server, 3);
  assert.equal(ringing.state, "proceeding", "what is under way stays");
  assert.ok(!bench.sent.includes("0 503"));
});

Deno.test("TransactionLayer.heldOctets: bodies go with the final response, everything with the end", () => {
  const bench = new TransactionBench();
  for (let count = 0; count < 10; count++) {
    bench.layer.receive(large(100_000), tcp);
    bench.respond(403);
  }
  assert.equal(bench.layer.counts.server, 10);
  assert.ok(bench.layer.heldOctets < 10_000, `${bench.layer.heldOctets}`);
  bench.clock.advance(32_000);
  assert.deepEqual(bench.layer.counts, { server: 0, client: 0 });
  assert.equal(bench.layer.heldOctets, 0);
});

Deno.test("TransactionLayer over its octets: refused with 503, or failed, until there is room", async () => {
  const bench = new TransactionBench({ limits: { octets: 250_000 } });
  bench.layer.receive(large(100_000), udp);
  bench.layer.receive(large(100_000), tcp);
  assert.deepEqual(bench.take(), []);
  bench.layer.receive(large(100_000), tcp);
  assert.deepEqual(bench.take(), ["0 503"]);
  bench.request({ ...leaving("MESSAGE"), body: new Uint8Array(100_000) }, udp);
  await Promise.resolve();
  assert.match(bench.told.at(-1) ?? "", /^failed: too many client transactions, or too large/);
  bench.layer.receive(arriving("MESSAGE"), tcp);
  assert.equal(bench.told.at(-1), "request MESSAGE", "a small one has room");
});

Deno.test("TransactionLayer over the octets of one channel: the others are served", () => {
  const bench = new TransactionBench({ limits: { octetsPerChannel: 150_000 } });
  bench.layer.receive(large(100_000), tcp);
  bench.layer.receive(large(100_000), tcp);
  assert.deepEqual(bench.take(), ["0 503"]);
  bench.layer.receive(large(100_000), udp);
  assert.deepEqual(bench.take(), []);
});

Deno.test("messageOctets counts fields as written, or as they would be, and the body", () => {
  const request = arriving("MESSAGE");
  const before = messageOctets(request);
  request.headers.append("Subject", "four");
  request.body = new Uint8Array(5);
  assert.equal(messageOctets(request), before + "Subject: four\r\n".length + 5);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { testChannel, testRequest } from "./testing.ts";
import { TransactionLimitError } from "./transactions.ts";
import {
  answerTo,
  arriving,
  branchOf,
  leaving,
  sameHop,
  tcp,
  tls,
  TransactionBench,
  udp,
} from "./transactions_testing.ts";

Deno.test("TransactionLayer, §17.2.3: branch, sent-by, method and channel tell requests apart", () => {
  const bench = new TransactionBench();
  const via = (by: string, branch: string) => `Via: SIP/2.0/UDP ${by};branch=${branch}`;
  const options = (line: string) => testRequest("OPTIONS sip:x@abc.test SIP/2.0", line);
  const same = via("192.0.2.10:5060", "z9hG4bKsame");
  bench.layer.receive(options(same), udp);
  bench.layer.receive(options(same), udp);
  bench.layer.receive(options("v: SIP / 2.0 / UDP 192.0.2.10:5060 ;branch=Z9hg4BKSAME"), udp);
  assert.equal(bench.told.length, 1, "retransmissions, however written");
  bench.layer.receive(options(via("192.0.2.10:5060", "z9hG4bKother")), udp);
  bench.layer.receive(options(via("192.0.2.10:5062", "z9hG4bKsame")), udp);
  bench.layer.receive(options(via("192.0.2.11:5060", "z9hG4bKsame")), udp);
  bench.layer.receive(testRequest("MESSAGE sip:x@abc.test SIP/2.0", same), udp);
  bench.layer.receive(options(same), tcp);
  assert.equal(bench.told.length, 6);
});

Deno.test("TransactionLayer, §17.2.3: RFC 2543 peers without the magic cookie", () => {
  for (const branch of ["", ";branch=1", ";branch=z9hG4bK"]) {
    const bench = new TransactionBench();
    const via = `Via: SIP/2.0/UDP 192.0.2.10:5060${branch}`;
    const invite = (...lines: string[]) =>
      testRequest("INVITE sip:user-b@abc.test SIP/2.0", via, ...lines);
    bench.layer.receive(invite(), udp);
    bench.layer.receive(invite(), udp);
    assert.equal(bench.told.length, 1);
    bench.respond(486);
    const ack = testRequest(
      ...["ACK sip:user-b@abc.test SIP/2.0", via] as const,
      "To: <sip:user-b@abc.test>;tag=us",
    );
    bench.layer.receive(ack, udp);
    assert.equal(bench.server.state, "confirmed");
    for (
      const other of [
        invite("CSeq: 2 INVITE"),
        invite("Call-ID: other"),
        invite("From: <sip:user-a@abc.test>;tag=2"),
        testRequest("INVITE sip:user-c@abc.test SIP/2.0", via),
      ]
    ) bench.layer.receive(other, udp);
    assert.equal(bench.told.length, 5);
  }
});

Deno.test("TransactionLayer: an ACK without transaction, and one of a 2xx with a branch of its own, go up", () => {
  const bench = new TransactionBench();
  bench.layer.receive(arriving("ACK"), udp);
  bench.layer.receive(arriving("INVITE"), udp);
  bench.respond(200);
  bench.layer.receive(arriving("ACK"), udp);
  assert.deepEqual(bench.told, ["ack", "request INVITE", "ack"]);
});

Deno.test("TransactionLayer, §9.2: a CANCEL gets 200 with the INVITE's To tag, then goes up once", () => {
  const bench = new TransactionBench();
  const invite = arriving("INVITE");
  bench.layer.receive(invite, udp);
  bench.respond(180);
  bench.take();
  bench.layer.receive(sameHop(invite, "CANCEL"), udp);
  assert.deepEqual(bench.take(), ["0 200"]);
  assert.equal(bench.last.headers.get("CSeq"), "1 CANCEL");
  assert.match(bench.last.headers.get("To") ?? "", /tag=us$/);
  bench.layer.receive(sameHop(invite, "CANCEL"), udp);
  assert.deepEqual(bench.take(), ["0 200"]);
  assert.deepEqual(bench.told, ["request INVITE", "cancel"]);
  assert.equal(bench.server.state, "proceeding");
});

Deno.test("TransactionLayer, §9.2: a CANCEL before any response gets a tag, after a final one no effect", () => {
  const bench = new TransactionBench();
  const invite = arriving("INVITE");
  bench.layer.receive(invite, udp);
  bench.layer.receive(sameHop(invite, "CANCEL"), udp);
  assert.match(bench.last.headers.get("To") ?? "", /;tag=[0-9a-f]{16}$/);
  for (const status of [200, 486]) {
    const late = new TransactionBench();
    const request = arriving("INVITE");
    late.layer.receive(request, udp);
    late.respond(status);
    late.layer.receive(sameHop(request, "CANCEL"), udp);
    assert.deepEqual(late.take(), [`0 ${status}`, "0 200"]);
    assert.deepEqual(late.told, ["request INVITE"]);
  }
});

Deno.test("TransactionLayer: a CANCEL that matches nothing is a request; nobody cancels on another channel", () => {
  const bench = new TransactionBench();
  const invite = arriving("INVITE");
  bench.layer.receive(invite, udp);
  bench.layer.receive(arriving("CANCEL"), udp);
  const other = testChannel({ id: "udp#2", kind: "udp", level: 0, remote: "192.0.2.66" });
  bench.layer.receive(sameHop(invite, "CANCEL"), other);
  assert.deepEqual(bench.told, ["request INVITE", "request CANCEL", "request CANCEL"]);
  assert.deepEqual(bench.take(), []);
});

Deno.test("TransactionLayer: a CANCEL that admitCancel turns down gets no answer and has no effect", () => {
  const bench = new TransactionBench();
  const invite = arriving("INVITE");
  bench.layer.receive(invite, udp);
  bench.admit = false;
  bench.layer.receive(sameHop(invite, "CANCEL"), udp);
  assert.deepEqual(bench.take(), []);
  assert.deepEqual(bench.told, ["request INVITE"]);
  assert.equal(bench.layer.counts.server, 1);
});

Deno.test("TransactionLayer, §17.1.3: a response must have branch, method and channel of the request", () => {
  const bench = new TransactionBench();
  const { request } = bench.request(leaving("OPTIONS"), udp);
  const wrongMethod = answerTo(request, 200);
  wrongMethod.headers.set("CSeq", "1 MESSAGE");
  const wrongBranch = answerTo(request, 200);
  wrongBranch.headers.set("Via", "SIP/2.0/UDP 192.0.2.1:5061;branch=z9hG4bKguess");
  bench.layer.receive(wrongMethod, udp);
  bench.layer.receive(wrongBranch, udp);
  bench.answer(request, 200, testChannel({ id: "udp#2", kind: "udp", remote: "192.0.2.66" }));
  assert.deepEqual(bench.told, ["stray 200", "stray 200", "stray 200"]);
  bench.answer(request, 200, udp);
  assert.equal(bench.told[3], "response 200");
});

Deno.test("TransactionLayer: a UDP neighbour is known by its address, a stream by its connection", () => {
  for (const [channel, same] of [[udp, true], [tcp, false]] as const) {
    const bench = new TransactionBench();
    const again = { ...channel, id: "made anew" };
    const { request } = bench.request(leaving("OPTIONS"), channel);
    bench.answer(request, 200, again);
    assert.equal(bench.told[0], same ? "response 200" : "stray 200");
    const incoming = arriving("MESSAGE");
    bench.layer.receive(incoming, channel);
    bench.layer.receive(sameHop(incoming), again);
    assert.equal(bench.servers.length, same ? 1 : 2);
  }
});

Deno.test("TransactionLayer drops what has no readable Via or CSeq", () => {
  const bench = new TransactionBench();
  bench.layer.receive(testRequest("OPTIONS sip:x SIP/2.0", "Via: none"), udp);
  bench.layer.receive(testRequest("OPTIONS sip:x SIP/2.0", "Via: SIP/2.0"), udp);
  const { request } = bench.request(leaving("OPTIONS"), udp);
  for (const [name, value] of [["CSeq", "x"], ["Via", "SIP/2.0/UDP 192.0.2.1"]] as const) {
    const response = answerTo(request, 200);
    response.headers.set(name, value);
    bench.layer.receive(response, udp);
  }
  assert.deepEqual(bench.told, []);
});

Deno.test("TransactionLayer.request puts a Via of the channel on top, each branch new", () => {
  const bench = new TransactionBench();
  const request = leaving("MESSAGE");
  request.headers.prepend("Via", "SIP/2.0/TLS 192.0.2.10;branch=z9hG4bKbefore");
  bench.request(request, udp);
  bench.request(leaving("MESSAGE"), tls);
  const [first, second] = bench.messages;
  const text = (index: number) => bench.messages[index]?.headers.get("Via") ?? "";
  assert.match(text(0), /^SIP\/2\.0\/UDP 192\.0\.2\.1:5061;branch=z9hG4bK[0-9a-f]{24};rport$/);
  assert.match(text(1), /^SIP\/2\.0\/TLS 192\.0\.2\.1:5061;branch=z9hG4bK[0-9a-f]{24}$/);
  assert.equal(first?.headers.list("Via").length, 2);
  assert(first && second && branchOf(first) !== branchOf(second));
  const six = testChannel({ id: "tcp#6", kind: "tcp", local: "2001:db8::1" });
  bench.request(leaving("MESSAGE"), six);
  assert.match(text(2), /^SIP\/2\.0\/TCP \[2001:db8::1\]:5061;/);
});

Deno.test("TransactionLayer.request refuses ACK; sendStateless sends it with a Via and forgets it", () => {
  const bench = new TransactionBench();
  assert.throws(() => bench.request(leaving("ACK"), udp), RangeError);
  bench.layer.sendStateless(leaving("ACK"), udp);
  assert.deepEqual(bench.take(), ["0 ACK"]);
  assert.match(bench.last.headers.get("Via") ?? "", /branch=z9hG4bK/);
  assert.deepEqual(bench.layer.counts, { server: 0, client: 0 });
  assert.equal(bench.clock.pending, 0);
  bench.broken = new Error("closed");
  assert.throws(() => bench.layer.sendStateless(leaving("ACK"), udp), /closed/);
});

Deno.test("TransactionLayer over its server limits answers 503 with Retry-After and keeps no state", () => {
  for (const limits of [{ server: 2 }, { serverPerChannel: 2 }]) {
    const bench = new TransactionBench({ limits: { ...limits, retryAfterSeconds: 7 } });
    for (let count = 0; count < 3; count++) bench.layer.receive(arriving("MESSAGE"), udp);
    assert.equal(bench.layer.counts.server, 2);
    assert.deepEqual(bench.take(), ["0 503"]);
    assert.equal(bench.last.headers.get("Retry-After"), "7");
    bench.layer.receive(arriving("ACK"), udp);
    assert.deepEqual(bench.take(), [], "an ACK is never answered");
    bench.layer.receive(arriving("MESSAGE"), tcp);
    const elsewhere = "serverPerChannel" in limits;
    assert.equal(bench.told.at(-1) === "request MESSAGE", elsewhere);
    assert.equal(bench.layer.counts.server, elsewhere ? 3 : 2);
    bench.servers[0]?.respond(answerTo(bench.servers[0].request, 200));
    bench.clock.advance(32_000);
    bench.take();
    bench.layer.receive(arriving("MESSAGE"), udp);
    assert.deepEqual(bench.take(), [], "room again");
  }
});

Deno.test("TransactionLayer over its client limit fails the request, after request() has returned", async () => {
  const errors: Error[] = [];
  const bench = new TransactionBench({ limits: { client: 1 } });
  bench.request(leaving("OPTIONS"), udp);
  const handler = { response() {}, timeout() {}, failed: (error: Error) => errors.push(error) };
  const second = bench.layer.request(leaving("OPTIONS"), udp, handler);
  assert.equal(errors.length, 0);
  await Promise.resolve();
  assert(errors[0] instanceof TransactionLimitError);
  assert.equal(second.state, "terminated");
  assert.deepEqual(bench.take(), ["0 OPTIONS"]);
  assert.equal(bench.layer.counts.client, 1);
});

Deno.test("TransactionLayer.channelClosed fails what is open on a stream, and nothing else", () => {
  const bench = new TransactionBench();
  bench.request(leaving("INVITE"), tls);
  bench.request(leaving("OPTIONS"), tls);
  const accepted = bench.request(leaving("INVITE"), tls);
  bench.answer(accepted.request, 200, tls);
  bench.request(leaving("OPTIONS"), tcp);
  bench.layer.receive(arriving("INVITE"), tls);
  bench.layer.receive(arriving("INVITE"), tls);
  bench.respond(200);
  bench.told.splice(0);
  bench.layer.channelClosed(tls);
  assert.deepEqual(bench.told, [
    "failed: channel tls#1 closed",
    "failed: channel tls#1 closed",
    "abandoned: channel tls#1 closed",
  ]);
  assert.deepEqual(bench.layer.counts, { server: 0, client: 1 });
  bench.layer.channelClosed(tls);
  bench.layer.channelClosed(udp);
  assert.equal(bench.told.length, 3);
});

Deno.test("TransactionLayer.stop ends everything silently and for good", () => {
  const bench = new TransactionBench();
  bench.request(leaving("INVITE"), udp);
  bench.layer.receive(arriving("INVITE"), udp);
  bench.layer.stop();
  assert.deepEqual(bench.layer.counts, { server: 0, client: 0 });
  assert.equal(bench.clock.pending, 0);
  bench.layer.receive(arriving("INVITE"), udp);
  assert.deepEqual(bench.told, ["request INVITE"]);
});

/** Whatever arrives in whatever order, with whatever pauses. */
const event = fc.oneof(
  fc.constantFrom("again", "ack", "cancel", "wait").map((kind) => ({ kind, value: 0 })),
  fc.constantFrom(100, 180, 200, 302, 486).map((value) => ({ kind: "respond", value })),
  fc.integer({ min: 1, max: 40_000 }).map((value) => ({ kind: "wait", value })),
);

Deno.test("ServerInvite, any order of events: one request told, one kind of final response, no leak", () => {
  fc.assert(fc.property(fc.array(event, { maxLength: 20 }), fc.boolean(), (events, reliable) => {
    const bench = new TransactionBench();
    const channel = reliable ? tcp : udp;
    const invite = arriving("INVITE");
    bench.layer.receive(invite, channel);
    const transaction = bench.server;
    for (const { kind, value } of events) {
      if (kind === "wait") bench.clock.advance(value);
      else if (kind === "respond") transaction.respond(answerTo(invite, value));
      else if (transaction.state !== "terminated") {
        const method = kind === "again" ? "INVITE" : kind.toUpperCase();
        bench.layer.receive(sameHop(invite, method), channel);
      }
    }
    transaction.respond(answerTo(invite, 487));
    bench.clock.advance(100_000);
    assert.equal(bench.told.filter((told) => told === "request INVITE").length, 1);
    const finals = bench.sent.map((line) => line.split(" ")[1]).filter((word) =>
      Number(word) >= 200
    );
    const ofInvite = finals.filter((_, index) => {
      const responses = bench.messages.filter((message) =>
        message.kind === "response" && message.status >= 200
      );
      return responses[index]?.headers.get("CSeq")?.endsWith("INVITE");
    });
    assert.equal(new Set(ofInvite).size, 1);
    assert.deepEqual(bench.layer.counts, { server: 0, client: 0 });
    assert.equal(bench.clock.pending, 0);
  }));
});

Deno.test("client transactions, any order of responses: one final response or failure told, no leak", () => {
  const step = fc.oneof(
    fc.constantFrom(100, 183, 200, 404, 603).map((status) => ({ status, wait: 0 })),
    fc.integer({ min: 1, max: 40_000 }).map((wait) => ({ status: 0, wait })),
    fc.constant({ status: -1, wait: 0 }),
  );
  const method = fc.constantFrom("INVITE", "MESSAGE");
  fc.assert(fc.property(fc.array(step, { maxLength: 20 }), method, (steps, name) => {
    const bench = new TransactionBench();
    const client = bench.request(leaving(name), udp);
    for (const { status, wait } of steps) {
      if (status > 0) bench.answer(client.request, status, udp);
      else if (status < 0) client.cancel();
      else bench.clock.advance(wait);
    }
    bench.answer(client.request, 500, udp);
    bench.clock.advance(200_000);
    const ends = bench.told.filter((told) => told === "timeout" || /^response [2-6]/.test(told));
    const kinds = new Set(ends);
    assert.equal(kinds.size, 1, bench.told.join());
    if (!(name === "INVITE" && kinds.has("response 200"))) assert.equal(ends.length, 1);
    assert.equal(bench.layer.counts.client, 0);
    assert.equal(bench.clock.pending, 0);
  }));
});

import assert from "node:assert/strict";
import { inWorld } from "./testing/world.ts";

Deno.test(
  "proxy: Max-Forwards counts down, is added where it is missing, and 0 is 483",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const hops = async (value: string | undefined) => {
      const message = alice.make("MESSAGE", bob.name);
      message.headers.delete("Max-Forwards");
      if (value !== undefined) message.headers.append("Max-Forwards", value);
      alice.send(message);
      const arrived = await bob.request("MESSAGE");
      bob.answer(arrived, 200);
      await alice.final(message);
      return arrived.headers.get("Max-Forwards");
    };
    assert.equal(await hops("10"), "9");
    assert.equal(await hops("1"), "0");
    assert.equal(await hops(undefined), "70");
    assert.equal((await alice.ask("MESSAGE", bob.name, { maxForwards: 0 })).status, 483);
    await bob.quiet();
  }),
);

Deno.test(
  "proxy: unknown scheme is 416, Proxy-Require 420 with Unsupported, one's own Via 482",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const tel = await alice.ask("MESSAGE", bob.name, { uri: "http://abc.test/", to: "<sip:x@y>" });
    assert.equal(tel.status, 416);
    const extension = await alice.ask("MESSAGE", bob.name, { headers: [["Proxy-Require", "foo"]] });
    assert.equal(extension.status, 420);
    assert.equal(extension.headers.get("Unsupported"), "foo");
    const loop = await alice.ask("MESSAGE", bob.name, {
      via: [
        "SIP/2.0/TLS 10.0.1.1;branch=z9hG4bKloop",
        "SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bKours",
      ],
    });
    assert.equal(loop.status, 482);
    await bob.quiet();
  }),
);

Deno.test(
  "proxy: OPTIONS to the server itself is 200, anything else to it 404",
  inWorld(async (world) => {
    await world.abc();
    const { alice } = await world.pair();
    assert.equal((await alice.ask("OPTIONS", "sip:abc.test")).status, 200);
    assert.equal((await alice.ask("OPTIONS", "sip:10.0.0.1:5061")).status, 200);
    assert.equal((await alice.ask("MESSAGE", "sip:abc.test")).status, 404);
  }),
);

Deno.test(
  "proxy: CANCEL ends the call for both; one that matches nothing is 481",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    const arrived = await bob.request("INVITE");
    bob.answer(arrived, 180);
    await alice.response(invite, (status) => status === 180);
    const cancel = (via: readonly string[]) =>
      alice.make("CANCEL", bob.name, {
        from: invite.headers.get("From") ?? "",
        to: invite.headers.get("To") ?? "",
        callId: invite.headers.get("Call-ID") ?? "",
        cseq: Number(invite.headers.get("CSeq")?.split(" ")[0]),
        via,
      });
    const nothing = cancel(["SIP/2.0/TLS 10.0.1.1;branch=z9hG4bKother"]);
    alice.send(nothing);
    assert.equal((await alice.final(nothing)).status, 481);
    const right = cancel(invite.headers.getAll("Via"));
    alice.send(right);
    assert.equal((await alice.final(right)).status, 200);
    bob.answer(await bob.request("CANCEL"), 200);
    bob.answer(arrived, 487);
    await alice.response(invite, (status) => status === 487);
    await bob.request("ACK");
  }),
);

Deno.test(
  "proxy: an INVITE that rings for ever ends with timer C, with 100 or without (RFC 3261 §16.8)",
  inWorld(async (world) => {
    await world.abc({ timers: { inviteMilliseconds: 20_000 } });
    const { alice, bob } = await world.pair();
    const silent = alice.make("INVITE", bob.name);
    alice.send(silent);
    await bob.request("INVITE");
    assert.equal((await alice.final(silent)).status, 408);
    const ringing = alice.make("INVITE", bob.name);
    alice.send(ringing);
    const arrived = await bob.request("INVITE");
    bob.answer(arrived, 180);
    const cancel = await bob.request("CANCEL");
    bob.answer(cancel, 200);
    bob.answer(arrived, 487);
    assert.equal((await alice.final(ringing)).status, 487);
  }),
);

Deno.test(
  "proxy: a callee whose channel breaks while it rings ends the call for the caller at once",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    bob.answer(await bob.request("INVITE"), 180);
    await alice.response(invite, (status) => status === 180);
    bob.transport.close(bob.channel);
    const before = world.simulation.clock.now();
    assert.equal((await alice.final(invite)).status, 480);
    assert.ok(world.simulation.clock.now() - before < 1000);
  }),
);

Deno.test(
  "proxy: a caller whose channel breaks cancels what it began",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    bob.answer(await bob.request("INVITE"), 180);
    await alice.response(invite, (status) => status === 180);
    alice.transport.close(alice.channel);
    await bob.request("CANCEL");
  }),
);

Deno.test(
  "proxy: over UDP with loss, delay and duplicates a call still goes through, once",
  inWorld(async (world) => {
    await world.abc();
    const alice = await world.registered({
      name: "sip:user-a@abc.test",
      address: "10.0.1.1",
      kind: "udp",
    });
    const bob = await world.registered({
      name: "sip:user-b@abc.test",
      address: "10.0.1.2",
      kind: "udp",
    });
    world.simulation.link("10.0.0.1", "10.0.1.2", { duplication: 1 });
    const message = alice.make("MESSAGE", bob.name);
    alice.send(message);
    alice.send(message);
    const arrived = await bob.request("MESSAGE");
    const second = await bob.request("MESSAGE");
    assert.equal(second.headers.list("Via")[0], arrived.headers.list("Via")[0]);
    bob.answer(arrived, 200);
    assert.equal((await alice.final(message)).status, 200);
  }),
);

Deno.test(
  "proxy: what is no SIP is answered 400 with a Reason that says where, and others are served on",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const text = [
      "MESSAGE sip:user-b@abc.test SIP/2.0",
      "Via: SIP/2.0/TLS 10.0.1.1;branch=z9hG4bKbad",
      "Max-Forwards: seventy",
      "From: <sip:user-a@abc.test>;tag=1",
      "To: <sip:user-b@abc.test>",
      "Call-ID: bad",
      "CSeq: 1 MESSAGE",
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n");
    alice.transport.sendOctets(new TextEncoder().encode(text), alice.channel);
    const response = await alice.take((message) => message.kind === "response");
    assert.equal(response.kind === "response" && response.status, 400);
    assert.match(response.headers.get("Reason") ?? "", /^SIP;cause=400;text=".*line 3/);
    const message = alice.make("MESSAGE", bob.name);
    alice.send(message);
    bob.answer(await bob.request("MESSAGE"), 200);
    assert.equal((await alice.final(message)).status, 200);
  }),
);

Deno.test(
  "stop: takes nothing new, waits for what is under way, and closes",
  inWorld(async (world) => {
    const server = await world.abc();
    const { alice, bob } = await world.pair();
    const message = alice.make("MESSAGE", bob.name);
    alice.send(message);
    const arrived = await bob.request("MESSAGE");
    const stopped = server.stop({ deadlineMilliseconds: 30_000 });
    assert.equal((await alice.ask("MESSAGE", bob.name)).status, 503);
    bob.answer(arrived, 200);
    assert.equal((await alice.final(message)).status, 200);
    await world.simulation.settle(stopped, { limitMilliseconds: 5_000 });
    assert.equal(alice.channel.open, false);
  }),
);

import assert from "node:assert/strict";
import fc from "fast-check";
import { serializeMessage } from "../../core/sip/serialize.ts";
import type { Phone } from "./testing/phone.ts";
import { abcHost, inWorld, type World } from "./testing/world.ts";

/** Whatever else goes on: a call between two members is set up and ended. */
async function everyoneElseIsServed(alice: Phone, bob: Phone): Promise<void> {
  const dialog = await alice.call(bob);
  const bye = dialog.forth("BYE");
  alice.send(bye);
  bob.answer(await bob.request("BYE"), 200);
  assert.equal((await alice.final(bye)).status, 200);
}

const stranger = { name: "sip:user-x@abc.test", address: "10.0.9.9" };

async function strangerAt(world: World, kind: "tcp"): Promise<Phone> {
  return await world.phone({ ...stranger, kind });
}

/** Datagrams to the server as they stand, and what it answers: not always well-formed itself. */
async function datagrams(world: World) {
  const answers: string[] = [];
  const { network } = world.host(stranger.address);
  const socket = await world.simulation.settle(
    network.datagram({ host: stranger.address, port: 5060 }, (bytes) => {
      answers.push(new TextDecoder().decode(bytes));
    }),
  );
  return {
    answers,
    send: (bytes: Uint8Array) => socket.send(bytes, { host: abcHost, port: 5060 }),
  };
}

function text(phone: Phone, text: string): void {
  phone.transport.sendOctets(new TextEncoder().encode(text), phone.channel);
}

Deno.test(
  "a flood of requests that are refused holds bounded memory, and a call gets through",
  inWorld(async (world) => {
    const limits = { transactions: 50, transactionOctets: 1_000_000 };
    const server = await world.abc({ limits });
    const { alice, bob } = await world.pair();
    const flooder = await strangerAt(world, "tcp");
    for (let round = 0; round < 20; round++) {
      for (let count = 0; count < 20; count++) {
        flooder.send(flooder.make("INVITE", bob.name, { body: "x".repeat(50_000) }));
      }
      await world.simulation.advance(100);
      assert.ok(server.transactions.counts.server <= limits.transactions);
      assert.ok(server.transactions.heldOctets <= limits.transactionOctets);
      await everyoneElseIsServed(alice, bob);
    }
    const refused = flooder.received.splice(0);
    assert.equal(refused.length, 400);
    assert.ok(refused.every((message) => message.kind === "response" && message.status === 403));
    await world.simulation.advance(200_000);
    assert.deepEqual(server.transactions.counts, { server: 0, client: 0 });
    assert.equal(server.transactions.heldOctets, 0);
  }),
);

Deno.test(
  "a valid request cut at every length over UDP: nothing of it gets through, and nothing breaks",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const cutter = await datagrams(world);
    const whole = serializeMessage(alice.make("MESSAGE", bob.name, { body: "hello" }));
    for (let length = 0; length < whole.length; length++) cutter.send(whole.subarray(0, length));
    await world.simulation.advance(1000);
    assert.ok(cutter.answers.length > 0);
    for (const answer of cutter.answers) assert.match(answer, /^SIP\/2\.0 400 Bad Request\r\n/);
    await bob.quiet();
    await everyoneElseIsServed(alice, bob);
  }),
);

Deno.test(
  "random and mutated datagrams: never a crash, never a forwarded request",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const noise = await datagrams(world);
    const valid = serializeMessage(alice.make("MESSAGE", bob.name, { body: "hello" }));
    const mutated = fc.array(
      fc.record({ at: fc.nat(valid.length - 1), octet: fc.nat(255) }),
      { minLength: 1, maxLength: 8 },
    ).map((changes) => {
      const bytes = valid.slice();
      for (const { at, octet } of changes) bytes[at] = octet;
      return bytes;
    });
    const samples = fc.sample(
      fc.oneof(mutated, fc.uint8Array({ minLength: 1, maxLength: 300 })),
      { numRuns: 2000, seed: 1 },
    );
    for (const bytes of samples) noise.send(bytes);
    await world.simulation.advance(1000);
    assert.ok(noise.answers.length > 0);
    assert.ok(noise.answers.every((answer) => /^SIP\/2\.0 [45]/.test(answer)));
    await bob.quiet();
    await everyoneElseIsServed(alice, bob);
  }),
);

Deno.test(
  "a sender of one octet a second is closed after its ten seconds, a silent one after a minute",
  inWorld(async (world) => {
    const server = await world.abc();
    const { alice, bob } = await world.pair();
    const slow = await strangerAt(world, "tcp");
    const silent = await world.phone({ ...stranger, address: "10.0.9.10", kind: "tcp" });
    for (const octet of "OPTIONS sip") {
      text(slow, octet);
      await world.simulation.advance(1000);
    }
    assert.equal(slow.channel.open, false);
    assert.equal(silent.channel.open, true);
    await world.simulation.advance(60_000);
    assert.equal(silent.channel.open, false);
    assert.equal([...server.transport.channels()].length, 2, "alice's and bob's are left");
    await everyoneElseIsServed(alice, bob);
  }),
);

Deno.test(
  "an endless head, field and start line are answered or cut off at their limits",
  inWorld(async (world) => {
    await world.abc({ limits: { headOctets: 65_536 } });
    const { alice, bob } = await world.pair();
    const start = "OPTIONS sip:abc.test SIP/2.0\r\n";
    for (
      const endless of [
        start + "X: y\r\n".repeat(20_000),
        start + "X: " + "y".repeat(100_000),
        "OPTIONS sip:" + "a".repeat(100_000),
      ]
    ) {
      const phone = await strangerAt(world, "tcp");
      text(phone, endless);
      await world.simulation.advance(1000);
      assert.equal(phone.channel.open, false, endless.slice(0, 40));
    }
    await everyoneElseIsServed(alice, bob);
  }),
);

Deno.test(
  "huge lists and deep nesting within a head are told the limit; the channel stays",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const cases: (readonly [string, string])[] = [
      ["Record-Route", "<sip:10.0.0.7;lr>, ".repeat(500) + "<sip:10.0.0.7;lr>"],
      ["Route", "<sip:10.0.0.1:5061;lr>, ".repeat(400) + "<sip:10.0.0.1;lr>"],
      ["Route-Security", "[10.0.1.1];level=3, ".repeat(500) + "[10.0.1.1];level=3"],
      ["Subject", "(".repeat(10_000)],
      ["Contact", `"${"\\\\".repeat(5000)}" <sip:a@abc.test>`],
    ];
    for (const [name, value] of cases) {
      const request = alice.make("MESSAGE", bob.name);
      request.headers.append(name, value);
      alice.send(request);
      const refused = await alice.final(request);
      assert.equal(refused.status, 513, name);
      assert.match(refused.headers.get("Reason") ?? "", /longer than 8192 octets/);
    }
    const many = alice.make("MESSAGE", bob.name);
    for (let count = 0; count < 300; count++) many.headers.append("X-Own", "v");
    alice.send(many);
    assert.equal((await alice.final(many)).status, 513);
    await bob.quiet();
    await everyoneElseIsServed(alice, bob);
  }),
);

Deno.test(
  "responses that nobody asked for go nowhere and leave nothing",
  inWorld(async (world) => {
    const server = await world.abc();
    const { alice, bob } = await world.pair();
    for (let count = 0; count < 500; count++) {
      bob.answer(bob.make("INVITE", alice.name), count % 2 === 0 ? 200 : 486);
    }
    await alice.quiet();
    await bob.quiet();
    assert.deepEqual(server.transactions.counts, { server: 0, client: 0 });
    await everyoneElseIsServed(alice, bob);
  }),
);

Deno.test(
  "contacts of one name and registrations of all have limits; who is registered stays so",
  inWorld(async (world) => {
    await world.abc({ limits: { registrations: 5 }, registration: { contacts: 3 } });
    const { alice, bob } = await world.pair();
    const contact = (count: number) =>
      Array.from({ length: count }, (_, index) => `<sip:c@10.0.1.3:${6000 + index}>`).join(", ");
    const carol = await world.phone({ name: "sip:user-c@abc.test", address: "10.0.1.3" });
    const { response: tooMany } = await carol.tryRegister({ contact: contact(4) });
    assert.equal(tooMany.status, 403);
    const { response: taken } = await carol.tryRegister({ contact: contact(3) });
    assert.equal(taken.status, 200);
    const dave = await world.phone({ name: "sip:user-d@abc.test", address: "10.0.1.4" });
    assert.equal((await dave.tryRegister()).response.status, 503);
    await everyoneElseIsServed(alice, bob);
  }),
);

Deno.test(
  "INVITEs that are never answered end by timer C, and their caller is told",
  inWorld(async (world) => {
    const server = await world.abc({ timers: { inviteMilliseconds: 60_000 } });
    const { alice, bob } = await world.pair();
    const invites = Array.from({ length: 50 }, () => alice.make("INVITE", bob.name));
    for (const invite of invites) alice.send(invite);
    await everyoneElseIsServed(bob, alice);
    for (const invite of invites) assert.equal((await alice.final(invite)).status, 408);
    await world.simulation.advance(100_000);
    assert.deepEqual(server.transactions.counts, { server: 0, client: 0 });
  }),
);

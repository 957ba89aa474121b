import assert from "node:assert/strict";
import type { Instruction } from "../../core/ntm/messages/parts.ts";
import { ScriptedNetwork } from "./testing/scripted_network.ts";

const text = (payload: Uint8Array) => new TextDecoder().decode(payload);
const bytes = (payload: string) => new TextEncoder().encode(payload);

for (const profile of ["security", "platform"] as const) {
  for (const relayed of [false, true]) {
    for (const starts of ["initiator", "responder"] as const) {
      const how = relayed ? "relayed" : `direct, ${starts} starts`;
      if (relayed && starts === "responder") continue;
      Deno.test(`startNode: ${profile}, ${how}: datagrams go both ways by virtual addresses`, async () => {
        const world = await ScriptedNetwork.start(profile);
        world.plan = { relayed, starts };
        const { alice, bob } = await world.two();
        const listener = bob.listen(7_000, (payload, from) => {
          assert.deepEqual(from, { fqdn: "alice.a.test", host: "198.18.0.1", port: 49_152 });
          listener.send(bytes(`you said ${text(payload)}`), from);
        });
        const answer = Promise.withResolvers<string>();
        const socket = await world.simulation.settle(
          alice.connect("bob.a.test", 7_000, (payload) => answer.resolve(text(payload))),
        );
        assert.deepEqual(socket.remote, { fqdn: "bob.a.test", host: "198.18.0.2", port: 7_000 });
        socket.send(bytes("hello"));
        assert.equal(await world.simulation.settle(answer.promise), "you said hello");
        assert.equal(world.seen("tunnel").length, 2);
        assert.equal(world.relay.carried.length > 0, relayed);
        await alice.stop();
        await bob.stop();
      });
    }
  }
}

Deno.test("ping: the echo port answers over both families", async () => {
  const world = await ScriptedNetwork.start("security");
  const { alice, bob } = await world.two();
  assert.equal(await world.simulation.settle(alice.ping("bob.a.test")), 10);
  assert.equal(await world.simulation.settle(bob.ping("alice.a.test", { family: 6 })), 10);
  assert.equal(world.seen("tunnel").length, 2, "the one tunnel serves both ways");
});

Deno.test("connect: tunnels stand although every third datagram is lost", async () => {
  for (const profile of ["security", "platform"] as const) {
    for (const relayed of [false, true]) {
      const world = await ScriptedNetwork.start(profile, `loss ${profile} ${relayed}`);
      world.plan = { relayed };
      const { alice } = await world.two();
      world.simulation.link("198.51.100.1", "203.0.113.2", { loss: 0.33 });
      world.simulation.link("198.51.100.1", "192.0.2.30", { loss: 0.33 });
      world.simulation.link("203.0.113.2", "192.0.2.30", { loss: 0.33 });
      await world.simulation.settle(alice.connect("bob.a.test", 7, () => {}));
      assert.equal(world.seen("tunnel", "alice").length, 1);
    }
  }
});

Deno.test("connect: a correspondent the DC does not know is unavailable", async () => {
  const world = await ScriptedNetwork.start("security");
  const { alice } = await world.two();
  await assert.rejects(
    world.simulation.settle(alice.connect("carol.a.test", 7, () => {})),
    { failure: "unavailable" },
  );
});

Deno.test("Route Direction for a session never asked builds nothing (NTM-10)", async () => {
  const world = await ScriptedNetwork.start("security");
  await world.two();
  const { initiator } = world.instructions("alice.a.test", "bob.a.test");
  world.sendRoute("alice.a.test", initiator, 12_345);
  await world.simulation.advance(1_000);
  assert.ok(world.taken.includes("Error unavailable"));
  assert.equal(world.seen("tunnel").length, 0);
});

const spoilt: Record<string, (instruction: Instruction) => Instruction> = {
  "Ktmp": (one) => ({ ...one, temporaryKey: new Uint8Array(32) }),
  "Ktun": (one) => ({ ...one, tunnelKey: new Uint8Array(32) }),
};
for (const [key, change] of Object.entries(spoilt)) {
  Deno.test(`Tunnel Request under another ${key} is not answered (NTM-12)`, async () => {
    const world = await ScriptedNetwork.start("security");
    world.plan = { change: (one) => one.side === "responder" ? change(one) : one };
    const { alice, bob } = await world.two();
    const asked = alice.connect("bob.a.test", 7, () => {});
    await assert.rejects(world.simulation.settle(asked), { failure: "unreachable" });
    assert.equal(world.seen("tunnel").length, 0);
    assert.ok([...bob.drops.values()].reduce((sum, one) => sum + one, 0) >= 1);
  });
}

import assert from "node:assert/strict";
import { KEEP_ALIVE } from "../../core/ntm/message_types.ts";
import { startNode } from "./mod.ts";
import { ScriptedNetwork } from "./testing/scripted_network.ts";

const payload = new Uint8Array([1, 2, 3]);

Deno.test("a quiet tunnel is kept open by Keep-alives, and dropped when no program uses it", async () => {
  const world = await ScriptedNetwork.start("security");
  world.plan = { relayed: true };
  const { alice } = await world.two();
  await world.simulation.settle(alice.ping("bob.a.test"));
  await world.simulation.advance(290_000);
  const kept = world.relay.carried.filter((datagram) => datagram[1] === KEEP_ALIVE);
  assert.ok(kept.length >= 20, `${kept.length} Keep-alives in 290 s`);
  assert.equal(world.seen("tunnel-closed").length, 0);
  await world.simulation.advance(20_000);
  assert.equal(world.seen("tunnel-closed").length, 2);
});

Deno.test("a tunnel in use is rebuilt under a new path id before its key ends, and nothing is lost", async () => {
  const world = await ScriptedNetwork.start("security");
  world.keySeconds = 200;
  const { alice, bob } = await world.two();
  let arrived = 0;
  bob.listen(9, () => void arrived++);
  const socket = await world.simulation.settle(alice.connect("bob.a.test", 9, () => {}));
  for (let second = 0; second < 500; second++) {
    socket.send(payload);
    await world.simulation.advance(1_000);
  }
  assert.equal(arrived, 500);
  const paths = new Set(world.seen("tunnel", "alice").map((one) => "path" in one && one.path));
  assert.ok(paths.size >= 3, `${paths.size} paths`);
});

Deno.test("a peer that is gone is noticed; what is sent to it after its restart arrives", async () => {
  const world = await ScriptedNetwork.start("security");
  const { alice, bob } = await world.two();
  const socket = await world.simulation.settle(alice.connect("bob.a.test", 9, () => {}));
  await bob.stop();
  await world.simulation.advance(100_000);
  assert.equal(world.seen("tunnel-closed", "alice").length, 1);
  const other = world.simulation.host("bob again", { addresses: ["203.0.113.4"] });
  const back = await world.simulation.settle(
    startNode(world.config("bob", "203.0.113.4"), other),
  );
  const arrived = Promise.withResolvers<Uint8Array>();
  back.listen(9, (octets) => arrived.resolve(octets));
  socket.send(payload);
  assert.deepEqual([...await world.simulation.settle(arrived.promise)], [...payload]);
});

Deno.test("listen: a port is taken once, a packet to another one is dropped and counted", async () => {
  const world = await ScriptedNetwork.start("security");
  const { alice, bob } = await world.two();
  const listener = bob.listen(9, () => {});
  assert.throws(() => bob.listen(9, () => {}), { failure: "wrong-use" });
  listener.close();
  bob.listen(9, () => {}).close();
  const socket = await world.simulation.settle(alice.connect("bob.a.test", 9, () => {}));
  socket.send(payload);
  await world.simulation.advance(100);
  assert.equal(bob.drops.get("closed port"), 1);
});

Deno.test("a datagram of nobody's, or cut at any length, is dropped and counted (NTM-5)", async () => {
  const world = await ScriptedNetwork.start("security");
  world.plan = { relayed: true };
  const { alice, bob } = await world.two();
  await world.simulation.settle(alice.ping("bob.a.test"));
  const stranger = world.simulation.host("stranger", { addresses: ["192.0.2.99"] });
  const socket = await stranger.network.datagram({ host: "192.0.2.99", port: 1 }, () => {});
  const whole = world.relay.carried.at(-2)!;
  const before = [...bob.drops.values()].reduce((sum, one) => sum + one, 0);
  for (let length = 0; length <= whole.length; length++) {
    socket.send(whole.slice(0, length), { host: "203.0.113.2", port: 4_000 });
  }
  await world.simulation.advance(100);
  const after = [...bob.drops.values()].reduce((sum, one) => sum + one, 0);
  assert.equal(after - before, whole.length + 1);
  assert.equal(bob.drops.get("malformed"), 32, "what has no room for header and tag");
  // The window is asked before the tag: all others are replays, the whole one as well.
  assert.equal(bob.drops.get("replayed"), whole.length - 31);
});

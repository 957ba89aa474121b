import assert from "node:assert/strict";
import { startNode } from "./mod.ts";
import { ScriptedNetwork } from "./testing/scripted_network.ts";

const ALICE = "198.51.100.1";

Deno.test("startNode: a wrong password is not accepted, in both profiles (NTM-20, NTM-30)", async () => {
  for (const profile of ["security", "platform"] as const) {
    const world = await ScriptedNetwork.start(profile);
    const refused = world.node("alice", ALICE, { password: "wrong" });
    await assert.rejects(refused, { name: "NodeError", failure: "not-accepted" });
  }
});

Deno.test("startNode: a server of another authority, or another name, is not proven", async () => {
  const world = await ScriptedNetwork.start("security");
  const foreign = world.node("alice", ALICE, { tls: { trust: [world.foreign] } });
  await assert.rejects(foreign, { failure: "server-not-proven" });
  const server = { host: "as.test", port: 4330, name: "other.test" };
  const named = world.node("bob", "198.51.100.2", { server });
  await assert.rejects(named, { failure: "server-not-proven" });
  assert.deepEqual(world.taken, [], "no password went to either");
});

Deno.test("startNode: nobody at the AS's address is unreachable; the socket is free again", async () => {
  const world = await ScriptedNetwork.start("security");
  const runtime = world.simulation.host("alice", { addresses: [ALICE] });
  const away = { ...world.config("alice", ALICE), server: { host: "as.test", port: 4_331 } };
  await assert.rejects(world.simulation.settle(startNode(away, runtime)), {
    failure: "unreachable",
  });
  const node = await world.simulation.settle(startNode(world.config("alice", ALICE), runtime));
  assert.equal(node.fqdn, "alice.a.test");
});

Deno.test("startNode: settings that cannot be right are named", async () => {
  const world = await ScriptedNetwork.start("security");
  const runtime = world.simulation.host("alice", { addresses: [ALICE] });
  const config = world.config("alice", ALICE);
  const wrong = [
    { ...config, mail: undefined },
    { ...config, password: undefined },
    { ...config, local: [] },
    { ...config, local: [{ host: ALICE, port: 0 }, { host: "10.0.0.1", port: 0 }] },
    { ...config, interfaces: ["no address"] },
    { ...config, profile: "platform" as const, fqdn: undefined },
  ];
  for (const one of wrong) {
    await assert.rejects(startNode(one, runtime), { failure: "wrong-use" });
  }
});

Deno.test("registration is refreshed at half its life (NTM-6)", async () => {
  const world = await ScriptedNetwork.start("security");
  world.registrationSeconds = 60;
  await world.node("alice", ALICE);
  await world.simulation.advance(91_000);
  const registrations = world.taken.filter((name) => name === "Registration Request");
  assert.equal(registrations.length, 4);
  assert.equal(world.seen("registered").length, 1, "said once, as nothing changed");
});

Deno.test("Kmndc is renewed at three quarters of its life without the AS (NTM-31)", async () => {
  const world = await ScriptedNetwork.start("platform");
  world.keySeconds = 400;
  const { alice } = await world.two();
  await world.simulation.advance(1_000_000);
  const logins = world.taken.filter((name) => name === "Login Request");
  assert.equal(logins.length, 2, "one for each node");
  assert.ok(world.seen("reauthenticated", "alice").length >= 3);
  assert.equal(await world.simulation.settle(alice.ping("bob.a.test")), 10);
});

Deno.test("a DC that lost our key gets a new login; a deaf one is tried again until it hears", async () => {
  const world = await ScriptedNetwork.start("security");
  const { alice } = await world.two();
  world.forget("alice.a.test");
  await world.simulation.advance(180_000);
  assert.equal(world.seen("logged-in", "alice").length, 2);
  world.deaf = true;
  await world.simulation.advance(300_000);
  assert.ok(world.seen("disconnected", "alice").length >= 3);
  world.deaf = false;
  await world.simulation.advance(120_000);
  assert.equal(await world.simulation.settle(alice.ping("bob.a.test")), 10);
});

Deno.test("stop: nothing is sent any more", async () => {
  const world = await ScriptedNetwork.start("security");
  const { alice } = await world.two();
  await world.simulation.settle(alice.ping("bob.a.test"));
  await alice.stop();
  await assert.rejects(alice.connect("bob.a.test", 7, () => {}), { failure: "stopped" });
  const before = world.taken.length;
  await world.simulation.advance(1_000);
  assert.equal(world.taken.length, before);
});

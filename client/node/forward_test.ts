import assert from "node:assert/strict";
import type { Address } from "../../core/net/address.ts";
import { deliverTo, forward } from "./mod.ts";
import { ScriptedNetwork } from "./testing/scripted_network.ts";

const ALICE = "198.51.100.1";
const BOB = "203.0.113.2";

/** Alice and bob with their runtimes, and an echo program beside bob that knows nothing of NTMobile. */
async function world() {
  const net = await ScriptedNetwork.start("security");
  net.plan = { relayed: true };
  const { alice, bob } = await net.two();
  const [near, far] = [net.runtimeOf("alice"), net.runtimeOf("bob")];
  const program = { host: BOB, port: 9_000 };
  const callers = new Set<number>();
  const echo = await far.network.datagram(program, (bytes, from) => {
    callers.add(from.port);
    echo.send(bytes, from);
  });
  const delivery = deliverTo(bob, far, { port: 7_000, to: program, from: BOB });
  return { net, alice, bob, near, delivery, callers };
}

Deno.test("forward and deliverTo: programs that know nothing of NTMobile talk through the tunnel", async () => {
  const { net, alice, near, callers } = await world();
  const entry = { host: ALICE, port: 9_001 };
  const target = { local: entry, fqdn: "bob.a.test", port: 7_000 };
  const forwarding = await net.simulation.settle(forward(alice, near, target));
  assert.deepEqual(forwarding.local, entry);
  const got: string[] = [];
  for (const port of [5_001, 5_002]) {
    const client = await near.network.datagram({ host: ALICE, port }, (bytes, from: Address) => {
      got.push(`${port} ${bytes.join()} ${from.port}`);
    });
    client.send(new Uint8Array([port - 5_000]), entry);
  }
  await net.simulation.advance(1_000);
  assert.deepEqual(got.sort(), ["5001 1 9001", "5002 2 9001"]);
  assert.equal(callers.size, 2, "each program is a port of its own over there");
  await forwarding.stop();
});

Deno.test("forward: flows have a limit, and make room when they are idle", async () => {
  const { net, alice, near, callers } = await world();
  const entry = { host: ALICE, port: 9_001 };
  const target = { local: entry, fqdn: "bob.a.test", port: 7_000 };
  const limits = { flows: 1, idleMilliseconds: 10_000 };
  await net.simulation.settle(forward(alice, near, target, { limits }));
  const clients = [5_001, 5_002].map((port) =>
    near.network.datagram({ host: ALICE, port }, () => {})
  );
  const [one, two] = await Promise.all(clients);
  one!.send(new Uint8Array([1]), entry);
  await net.simulation.advance(100);
  two!.send(new Uint8Array([2]), entry);
  await net.simulation.advance(100);
  assert.equal(callers.size, 1);
  await net.simulation.advance(10_000);
  two!.send(new Uint8Array([2]), entry);
  await net.simulation.advance(100);
  assert.equal(callers.size, 2);
});

Deno.test("deliverTo: the port is free again after stop", async () => {
  const { bob, delivery } = await world();
  assert.throws(() => bob.listen(7_000, () => {}), { failure: "wrong-use" });
  await delivery.stop();
  assert.equal(bob.listen(7_000, () => {}).port, 7_000);
});

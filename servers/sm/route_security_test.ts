import assert from "node:assert/strict";
import { inWorld } from "./testing/world.ts";

const methods = ["INVITE", "MESSAGE", "OPTIONS"];
const wrong: readonly (readonly [string, readonly string[], string])[] = [
  ["missing", [], "no value for the link it came on"],
  ["another address", ["[10.0.1.2];level=3"], "newest address is not the previous node's"],
  ["lower level", ["[10.0.1.1];level=1"], "newest level is not the link's"],
  ["level 4", ["[10.0.1.1];level=4"], "newest level is not the link's"],
  ["behind another", ["[10.0.1.2];level=3", "[10.0.1.1];level=3"], "newest address"],
  ["IPv4-mapped", ["[::ffff:10.0.1.1];level=3"], "newest address is not the previous node's"],
];

for (const [what, routeSecurity, cause] of wrong) {
  Deno.test(
    `route security, refuse: ${what} gets 403 with a Reason for each method (SM-10, SM-11)`,
    inWorld(async (world) => {
      await world.abc();
      const { alice, bob } = await world.pair();
      for (const method of methods) {
        const response = await alice.ask(method, bob.name, { routeSecurity });
        assert.equal(response.status, 403, method);
        const reason = response.headers.get("Reason") ?? "";
        assert.ok(reason.startsWith('SM;cause=403;text="route security: '), reason);
        assert.ok(reason.includes(cause), reason);
        assert.deepEqual(response.headers.list("Route-Security"), routeSecurity);
      }
      await bob.quiet();
    }),
  );

  Deno.test(
    `route security, mark: ${what} is forwarded with a value without level in front (SM-12)`,
    inWorld(async (world) => {
      await world.abc({ routeSecurity: { mismatch: "mark" } });
      const { alice, bob } = await world.pair();
      const message = alice.make("MESSAGE", bob.name, { routeSecurity });
      alice.send(message);
      const arrived = await bob.request("MESSAGE");
      const values = ["[10.0.0.1];level=3", "[10.0.1.1]", ...routeSecurity];
      assert.deepEqual(arrived.headers.list("Route-Security"), values);
      bob.answer(arrived, 200);
      const response = await alice.final(message);
      assert.equal(response.status, 200);
      assert.deepEqual(response.headers.list("Route-Security"), values);
    }),
  );
}

Deno.test(
  "route security: a header that cannot be read is 400 under both policies",
  inWorld(async (world) => {
    await world.abc({ routeSecurity: { mismatch: "mark" } });
    const { alice, bob } = await world.pair();
    const response = await alice.ask("MESSAGE", bob.name, { routeSecurity: ["bogus address"] });
    assert.equal(response.status, 400);
    await bob.quiet();
  }),
);

Deno.test(
  "route security: minimumLevel refuses links below it (SM-8)",
  inWorld(async (world) => {
    await world.abc({ routeSecurity: { minimumLevel: 3 } });
    const { bob } = await world.pair();
    const plain = await world.registered({
      name: "sip:user-c@abc.test",
      address: "10.0.1.3",
      kind: "udp",
    });
    const response = await plain.ask("MESSAGE", bob.name);
    assert.equal(response.status, 403);
    assert.match(response.headers.get("Reason") ?? "", /below the minimum level/);
    await bob.quiet();
  }),
);

Deno.test(
  "route security: nothing is added on a link below addFrom, and a plain caller shows (SM-8, SM-24)",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const plain = await world.registered({
      name: "sip:user-c@abc.test",
      address: "10.0.1.3",
      kind: "tcp",
    });
    const up = plain.make("MESSAGE", bob.name);
    plain.send(up);
    const arrived = await bob.request("MESSAGE");
    assert.deepEqual(arrived.headers.list("Route-Security"), ["[10.0.0.1];level=3", "[10.0.1.3]"]);
    bob.answer(arrived, 200);
    assert.equal((await plain.final(up)).status, 200);
    const down = alice.make("MESSAGE", plain.name);
    alice.send(down);
    const below = await plain.request("MESSAGE");
    assert.deepEqual(below.headers.list("Route-Security"), ["[10.0.1.1];level=3"]);
    plain.answer(below, 200);
    assert.equal((await alice.final(down)).status, 200);
  }),
);

Deno.test(
  "route security: it is asked for within a dialog too, ACK and BYE included (SM-6)",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const dialog = await alice.call(bob);
    alice.send(dialog.forth("ACK", { routeSecurity: [] }));
    const bye = dialog.forth("BYE", { routeSecurity: [] });
    alice.send(bye);
    assert.equal((await alice.final(bye)).status, 403);
    await bob.quiet();
  }),
);

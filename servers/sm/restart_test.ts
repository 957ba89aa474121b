import assert from "node:assert/strict";
import { openStore } from "../../core/store/mod.ts";
import { makeAccount } from "./mod.ts";
import { abcHost, World } from "./testing/world.ts";

/** Two lives of one server on one store. */
async function twice(
  first: (world: World) => Promise<void>,
  second: (world: World) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const life of [first, second]) {
      const world = new World(`life ${life === first}`);
      await world.abc({ store: `${folder}/sm.db` });
      await life(world);
      await world.stop();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const userA = { name: "sip:user-a@abc.test", address: "10.0.1.1" };
const userB = { name: "sip:user-b@abc.test", address: "10.0.1.2" };

Deno.test("restart: registrations are there, unreachable until their terminal is back (SM-4)", async () => {
  let contact = "";
  await twice(
    async (world) => {
      contact = (await world.registered(userB)).contact;
    },
    async (world) => {
      const alice = await world.registered(userA);
      assert.equal((await alice.ask("MESSAGE", userB.name)).status, 480);
      const bob = await world.phone(userB);
      const fetched = await bob.register({ contact: undefined });
      assert.ok(fetched.headers.list("Contact").some((value) => value.startsWith(`<${contact}>`)));
      assert.equal((await bob.ask("MESSAGE", alice.name, { routeSecurity: [] })).status, 403);
    },
  );
});

Deno.test("restart: a UDP registration is reached at its address, and its name has to be proven again", async () => {
  await twice(
    async (world) => {
      await world.registered({ ...userB, kind: "udp", port: 5090 });
    },
    async (world) => {
      const alice = await world.registered(userA);
      const bob = await world.phone({ ...userB, kind: "udp", port: 5090 });
      assert.equal((await bob.ask("MESSAGE", alice.name)).status, 403);
      const message = alice.make("MESSAGE", bob.name);
      alice.send(message);
      bob.answer(await bob.request("MESSAGE"), 200);
      assert.equal((await alice.final(message)).status, 200);
    },
  );
});

Deno.test("restart: a dialog that was set up before goes on, for its token is still good", async () => {
  const folder = await Deno.makeTempDir();
  const world = new World("a restart within a call");
  try {
    const before = await world.abc({ store: `${folder}/sm.db` });
    const { alice, bob } = await world.pair();
    const dialog = await alice.call(bob);
    await world.simulation.settle(before.stop());
    await world.abc({ store: `${folder}/sm.db` });
    for (const phone of [alice, bob]) {
      await phone.connect();
      await phone.register();
    }
    const bye = dialog.forth("BYE");
    alice.send(bye);
    bob.answer(await bob.request("BYE"), 200);
    assert.equal((await alice.final(bye)).status, 200);
  } finally {
    await world.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("accounts: one that is added or removed beside a running server counts at once", async () => {
  const folder = await Deno.makeTempDir();
  const world = new World("accounts");
  try {
    await world.abc({ store: `${folder}/sm.db`, accounts: [] });
    const alice = await world.phone(userA);
    assert.equal((await alice.tryRegister()).response.status, 401);
    const beside = await openStore({ file: `${folder}/sm.db` });
    await beside.addAccount(makeAccount(userA.name, "secret of user-a", { created: 1 }));
    assert.equal((await alice.tryRegister()).response.status, 200);
    await beside.removeAccount(userA.name);
    await beside.close();
    const again = await world.phone({ ...userA, address: "10.0.1.7" });
    assert.equal((await again.tryRegister()).response.status, 401);
  } finally {
    await world.stop();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serve: nothing is left open when it fails to listen", async () => {
  const world = new World("port in use");
  const server = await world.abc();
  const host = { host: abcHost, port: server.addresses[0]?.address.port ?? 0 };
  await assert.rejects(
    world.abc({
      listen: [{ kind: "tcp", address: { host: abcHost, port: 0 } }, {
        kind: "tls",
        address: host,
      }],
    }),
    { code: "address-in-use" },
  );
  await world.stop();
});

import assert from "node:assert/strict";
import { inWorld } from "./testing/world.ts";

Deno.test(
  "serve: two terminals register over TLS and call each other through the server",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const dialog = await alice.call(bob);
    assert.deepEqual(dialog.arrived.headers.list("Route-Security"), [
      "[10.0.0.1];level=3",
      "[10.0.1.1];level=3",
    ]);
    assert.deepEqual(
      dialog.answered.headers.list("Route-Security"),
      dialog.arrived.headers.list("Route-Security"),
    );
    assert.equal(dialog.arrived.uri, bob.contact);
    const bye = dialog.back("BYE");
    bob.send(bye);
    alice.answer(await alice.request("BYE"), 200);
    assert.equal((await bob.final(bye)).status, 200);
    await alice.quiet();
    await bob.quiet();
  }),
);

import assert from "node:assert/strict";
import { certificates, inWorld } from "./testing/world.ts";

const methods = ["INVITE", "MESSAGE", "OPTIONS", "SUBSCRIBE", "INFO", "REFER", "UPDATE", "X-OWN"];

for (const method of methods) {
  Deno.test(
    `spoof check: ${method} with another's From gets 403 with a Reason and goes no further (SM-5, SM-6)`,
    inWorld(async (world) => {
      await world.abc();
      const { alice, bob } = await world.pair();
      const good = alice.make(method, bob.name);
      alice.send(good);
      bob.answer(await bob.request(method), 486);
      assert.equal((await alice.final(good)).status, 486);
      if (method === "INVITE") await bob.request("ACK");
      const forged = await alice.ask(method, bob.name, { from: "<sip:user-c@abc.test>;tag=1" });
      assert.equal(forged.status, 403);
      assert.equal(
        forged.headers.get("Reason"),
        'SM;cause=403;text="spoof check: From is not a name of this channel"',
      );
      await bob.quiet();
    }),
  );
}

Deno.test(
  "spoof check: a channel without a name sends in nobody's name, its own included (SM-5)",
  inWorld(async (world) => {
    await world.abc();
    const { bob } = await world.pair();
    const stranger = await world.phone({ name: "sip:user-c@abc.test", address: "10.0.1.3" });
    assert.equal((await stranger.ask("MESSAGE", bob.name)).status, 403);
    await bob.quiet();
  }),
);

Deno.test(
  "spoof check: a certificate of nobody we know binds no name",
  inWorld(async (world) => {
    await world.abc();
    const { bob } = await world.pair();
    const stranger = await world.phone({
      name: "sip:user-c@abc.test",
      address: "10.0.1.3",
      tls: certificates.stranger,
    });
    const response = await stranger.ask("MESSAGE", bob.name, { from: "<sip:x@other.test>;tag=1" });
    assert.equal(response.status, 403);
    await bob.quiet();
  }),
);

Deno.test(
  "spoof check: a forged ACK and a forged CANCEL are dropped without an answer (SM-6)",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    const arrived = await bob.request("INVITE");
    bob.answer(arrived, 180);
    await alice.response(invite, (status) => status === 180);
    const cancel = alice.make("CANCEL", bob.name, {
      from: "<sip:user-c@abc.test>;tag=1",
      to: invite.headers.get("To") ?? "",
      callId: invite.headers.get("Call-ID") ?? "",
      cseq: Number(invite.headers.get("CSeq")?.split(" ")[0]),
      via: invite.headers.getAll("Via"),
    });
    alice.send(cancel);
    await bob.quiet();
    await alice.quiet();
    bob.answer(arrived, 200);
    const answered = await alice.final(invite);
    assert.equal(answered.status, 200);
    const ack = alice.make("ACK", bob.contact, {
      from: "<sip:user-c@abc.test>;tag=1",
      to: answered.headers.get("To") ?? "",
      callId: invite.headers.get("Call-ID") ?? "",
      cseq: 1,
      route: answered.headers.list("Record-Route"),
    });
    alice.send(ack);
    await bob.quiet();
  }),
);

Deno.test(
  "dialog: a third party with the right Call-ID, tags and Route is no end of it (SM-6)",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const mallory = await world.registered({ name: "sip:user-c@abc.test", address: "10.0.1.3" });
    const dialog = await alice.call(bob);
    const facts = {
      to: dialog.answered.headers.get("To") ?? "",
      callId: dialog.invite.headers.get("Call-ID") ?? "",
      route: dialog.answered.headers.list("Record-Route"),
      cseq: 7,
    };
    const tag = /tag=(.*)$/.exec(dialog.invite.headers.get("From") ?? "")?.[1] ?? "";
    const own = await mallory.ask("BYE", bob.contact, { ...facts, tag });
    assert.equal(own.status, 481);
    const forged = await mallory.ask("BYE", bob.contact, {
      ...facts,
      from: dialog.invite.headers.get("From") ?? "",
    });
    assert.equal(forged.status, 403);
    await bob.quiet();
  }),
);

Deno.test(
  "dialog: both ends send within it, and only with the Route the server gave them",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const dialog = await alice.call(bob);
    const info = dialog.forth("INFO");
    alice.send(info);
    bob.answer(await bob.request("INFO"), 200);
    assert.equal((await alice.final(info)).status, 200);
    const back = dialog.back("INFO");
    bob.send(back);
    alice.answer(await alice.request("INFO"), 200);
    assert.equal((await bob.final(back)).status, 200);
    const bare = dialog.forth("BYE", { route: [] });
    alice.send(bare);
    assert.equal((await alice.final(bare)).status, 481);
    await bob.quiet();
  }),
);

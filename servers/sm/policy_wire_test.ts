import assert from "node:assert/strict";
import { serializeMessage } from "../../core/sip/serialize.ts";
import type { SipResponse } from "../../core/sip/message.ts";
import { inWorld } from "./testing/world.ts";

const rules = [
  { from: "user-a@abc.test", to: "user-d@abc.test", action: "refuse" as const },
  { from: "user-c@abc.test", to: "*", action: "refuse" as const },
];

/** The octets of an answer, with what belongs to the single request made equal. */
function shape(response: SipResponse, user: string): string {
  const tag = /;tag=([0-9a-f]+)$/.exec(response.headers.get("To") ?? "")?.[1];
  assert.ok(tag, "a To tag of our own");
  return new TextDecoder().decode(serializeMessage(response))
    .replaceAll(user, "user-?")
    .replace(tag, "*".repeat(tag.length))
    .replace(/branch=\S+/, "branch=*").replace(/Call-ID: .*/, "Call-ID: *")
    .replace(/;tag=t\S+/, ";tag=*").replace(/CSeq: \d+/, "CSeq: *");
}

for (const method of ["INVITE", "MESSAGE", "OPTIONS", "X-OWN"]) {
  Deno.test(
    `policy: ${method} to a hidden callee, registered or not, is answered like one to nobody (SM-17)`,
    inWorld(async (world) => {
      await world.abc({ policy: { rules } });
      const { alice } = await world.pair();
      const ask = async (user: string) =>
        shape(await alice.ask(method, `sip:${user}@abc.test`), user);
      const away = await ask("user-d");
      const nobody = await ask("user-x");
      const dave = await world.registered({ name: "sip:user-d@abc.test", address: "10.0.1.4" });
      const hidden = await ask("user-d");
      assert.match(nobody, /^SIP\/2.0 404 Not Found\r\n/);
      assert.equal(away, nobody);
      assert.equal(hidden, nobody);
      assert.doesNotMatch(nobody, /Reason:/);
      await dave.quiet();
    }),
  );
}

Deno.test(
  "policy: a rule for everybody hides everybody, and leaves the others alone (SM-17)",
  inWorld(async (world) => {
    await world.abc({ policy: { rules } });
    const { alice, bob } = await world.pair();
    const carol = await world.registered({ name: "sip:user-c@abc.test", address: "10.0.1.3" });
    assert.equal((await carol.ask("MESSAGE", bob.name)).status, 404);
    assert.equal((await carol.ask("MESSAGE", "sip:someone@xyz.test")).status, 404);
    const message = alice.make("MESSAGE", carol.name);
    alice.send(message);
    carol.answer(await carol.request("MESSAGE"), 200);
    assert.equal((await alice.final(message)).status, 200);
  }),
);

Deno.test(
  "policy: a To tag, a made-up contact or another dialog's Route carries nothing past it (SM-17)",
  inWorld(async (world) => {
    await world.abc({ policy: { rules } });
    const { alice, bob } = await world.pair();
    const dave = await world.registered({ name: "sip:user-d@abc.test", address: "10.0.1.4" });
    const dialog = await alice.call(bob);
    const route = dialog.answered.headers.list("Record-Route");
    const tag = /tag=(.*)$/.exec(dialog.invite.headers.get("From") ?? "")?.[1] ?? "";
    const callId = dialog.invite.headers.get("Call-ID") ?? "";
    const to = `<${dave.name}>;tag=made-up`;
    for (
      const change of [
        { to },
        { to, uri: dave.contact },
        { to, route },
        { to, route, callId, tag },
        { route: ["<sip:abc.test;lr>"] },
        { route: ["<sip:abc.test;lr>", `<${dave.contact};lr>`] },
        { route: [`<${dave.contact};lr>`] },
        { uri: dave.contact },
      ]
    ) {
      const response = await alice.ask("MESSAGE", dave.name, change);
      assert.ok(response.status >= 400, JSON.stringify(change));
    }
    await dave.quiet();
  }),
);

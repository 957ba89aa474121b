import assert from "node:assert/strict";
import type { SipRequest } from "../../core/sip/message.ts";
import { makeResponse } from "../../core/sip/build.ts";
import type { Phone } from "./testing/phone.ts";
import { inWorld } from "./testing/world.ts";

const own = "[10.0.0.1];level=3";
const alices = "[10.0.1.1];level=3";

/** Answers with other Route-Security values than the request had. */
function answerWith(phone: Phone, request: SipRequest, status: number, values: string[]): void {
  const response = makeResponse(request, status, undefined, { toTag: "bob" });
  response.headers.delete("Route-Security");
  for (const value of values) response.headers.append("Route-Security", value);
  if (status < 300) response.headers.append("Contact", `<${phone.contact}>`);
  phone.send(response);
}

const wrong: readonly (readonly [string, string[], string])[] = [
  ["all removed", [], "values are missing in the response"],
  ["the server's removed", [alices], "values are missing in the response"],
  ["the caller's removed", [own], "values are missing in the response"],
  ["reordered", [alices, own], "own value is not at its position"],
  ["own changed", ["[10.9.9.9];level=3", alices], "own value is not at its position"],
  ["the caller's changed", [own, "[10.9.9.9];level=3"], "values differ from those in the request"],
  ["one added in front", ["[10.9.9.9];level=3", own, alices], "more values than the request had"],
];

for (const [what, values, cause] of wrong) {
  for (const status of [200, 486]) {
    Deno.test(
      `way back: ${what} in a ${status} becomes 502 with a Reason (SM-14, SM-15)`,
      inWorld(async (world) => {
        await world.abc();
        const { alice, bob } = await world.pair();
        const message = alice.make("MESSAGE", bob.name);
        alice.send(message);
        answerWith(bob, await bob.request("MESSAGE"), status, values);
        const response = await alice.final(message);
        assert.equal(response.status, 502);
        assert.equal(
          response.headers.get("Reason"),
          `SM;cause=502;text="route security on the way back: ${cause}"`,
        );
        assert.deepEqual(response.headers.list("Route-Security"), [alices]);
      }),
    );
  }
}

Deno.test(
  "way back, mark: what does not fit passes unchanged",
  inWorld(async (world) => {
    await world.abc({ routeSecurity: { mismatch: "mark" } });
    const { alice, bob } = await world.pair();
    const message = alice.make("MESSAGE", bob.name);
    alice.send(message);
    answerWith(bob, await bob.request("MESSAGE"), 200, [alices]);
    const response = await alice.final(message);
    assert.equal(response.status, 200);
    assert.deepEqual(response.headers.list("Route-Security"), [alices]);
  }),
);

Deno.test(
  "way back, check: neighbour: only the server's own value counts (SM-26)",
  inWorld(async (world) => {
    await world.abc({ routeSecurity: { check: "neighbour" } });
    const { alice, bob } = await world.pair();
    const changed = alice.make("MESSAGE", bob.name);
    alice.send(changed);
    answerWith(bob, await bob.request("MESSAGE"), 200, [own, "[10.9.9.9]"]);
    assert.equal((await alice.final(changed)).status, 200);
    const gone = alice.make("MESSAGE", bob.name);
    alice.send(gone);
    answerWith(bob, await bob.request("MESSAGE"), 200, ["[10.9.9.9];level=3", alices]);
    assert.equal((await alice.final(gone)).status, 502);
  }),
);

Deno.test(
  "way back: a provisional response that does not fit is dropped, and the call can be answered",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    const arrived = await bob.request("INVITE");
    answerWith(bob, arrived, 183, []);
    bob.answer(arrived, 200);
    assert.equal((await alice.response(invite, (status) => status > 100)).status, 200);
  }),
);

Deno.test(
  "way back: a callee whose 200 was refused gets ACK and BYE, and ACK only for its retransmission",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const invite = alice.make("INVITE", bob.name);
    alice.send(invite);
    const arrived = await bob.request("INVITE");
    answerWith(bob, arrived, 200, []);
    answerWith(bob, arrived, 200, []);
    assert.equal((await alice.final(invite)).status, 502);
    const ack = await bob.request("ACK");
    assert.equal(ack.uri, bob.contact);
    const bye = await bob.request("BYE");
    assert.equal(bye.headers.get("Call-ID"), invite.headers.get("Call-ID"));
    assert.equal(bye.headers.get("CSeq"), `${cseq(invite) + 1} BYE`);
    assert.equal(bye.headers.get("From"), invite.headers.get("From"));
    assert.match(bye.headers.get("To") ?? "", /;tag=bob$/);
    assert.deepEqual(bye.headers.list("Route-Security"), [own]);
    bob.answer(bye, 200);
    await bob.request("ACK");
    await bob.quiet(40_000);
  }),
);

function cseq(request: SipRequest): number {
  return Number(request.headers.get("CSeq")?.split(" ")[0]);
}

Deno.test(
  "way back: an answer from a channel the request did not go to is nobody's",
  inWorld(async (world) => {
    await world.abc();
    const { alice, bob } = await world.pair();
    const mallory = await world.registered({ name: "sip:user-c@abc.test", address: "10.0.1.3" });
    const message = alice.make("MESSAGE", bob.name);
    alice.send(message);
    const arrived = await bob.request("MESSAGE");
    mallory.answer(arrived, 200);
    await alice.quiet();
    bob.answer(arrived, 202);
    assert.equal((await alice.final(message)).status, 202);
  }),
);

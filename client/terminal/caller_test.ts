import assert from "node:assert/strict";
import { attributes, parseSdp } from "../../core/sdp/session_description.ts";
import { KEY_INFO, parseKeyInformation } from "../../core/sdp/key_information.ts";
import { checkReason } from "../../core/sip/reason.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import { type Call, type TerminalConfig, TerminalError } from "./mod.ts";
import {
  NAME,
  NO_KEY_SDP,
  PEER,
  scriptedServer,
  SDP,
  TERMINAL,
} from "./testing/scripted_server.ts";

/** The chain of a call of the terminal, as it comes back: its own value last. */
const BACK = ["[10.0.0.2];level=3", "[10.0.0.1];level=3", `[${TERMINAL}];level=3`];
const ROUTE = ["<sip:10.0.0.2;lr>", "<sip:10.0.0.1;lr>"];
const ANSWER = {
  chain: BACK,
  body: SDP,
  contentType: "application/sdp",
  headers: [
    ...ROUTE.map((value) => ["Record-Route", value] as const),
    ["Contact", "<sip:user-b@10.0.0.20:5061>"] as const,
  ],
};

async function calling(config: Partial<TerminalConfig> = {}) {
  const server = scriptedServer();
  const terminal = await server.terminal(config);
  const call = await server.simulation.settle(terminal.call(PEER));
  return { server, terminal, call, invite: await server.request("INVITE") };
}

async function outcomeOf(server: ReturnType<typeof scriptedServer>, call: Call) {
  return await server.simulation.settle(call.outcome, { limitMilliseconds: 600_000 });
}

Deno.test("call: INVITE with its name, Route-Security for its link, and an offer with key information", async () => {
  const { invite } = await calling();
  assert.equal(invite.uri, PEER);
  assert.match(invite.headers.get("From")!, new RegExp(`^<${NAME}>;tag=[0-9a-f]{16}$`));
  assert.equal(invite.headers.get("To"), `<${PEER}>`);
  assert.deepEqual(invite.headers.getAll("Route-Security"), [`[${TERMINAL}];level=3`]);
  const [media] = parseSdp(invite.body).media;
  const [value] = attributes(media!.lines, KEY_INFO);
  const { tag, suite, nonce } = parseKeyInformation(value!);
  assert.deepEqual({ tag, suite, length: nonce.length }, {
    tag: 1,
    suite: "AES_256_GCM",
    length: 32,
  });
});

Deno.test("call: nonces and Call-IDs of two calls differ", async () => {
  const { server, terminal, invite } = await calling();
  await server.simulation.settle(terminal.call(PEER));
  const second = await server.request("INVITE");
  assert.notEqual(invite.headers.get("Call-ID"), second.headers.get("Call-ID"));
  const key = (request: SipRequest) =>
    /nonce:(\S+)/.exec(new TextDecoder().decode(request.body))![1];
  assert.notEqual(key(invite), key(second));
});

Deno.test("call: a good answer gets its ACK along the route, and the call stands", async () => {
  const { server, call, invite } = await calling();
  server.answer(invite, 180, { chain: BACK });
  server.answer(invite, 200, ANSWER);
  const ack = await server.request("ACK");
  assert.equal(ack.uri, "sip:user-b@10.0.0.20:5061");
  assert.deepEqual(ack.headers.list("Route"), [...ROUTE].reverse());
  assert.deepEqual(ack.headers.getAll("Route-Security"), [`[${TERMINAL}];level=3`]);
  const outcome = await outcomeOf(server, call);
  assert.equal(outcome.established, true);
  assert.deepEqual(outcome.chain, [
    { from: "10.0.0.2", level: 3, verdict: "ok" },
    { from: "10.0.0.1", to: "10.0.0.2", level: 3, verdict: "ok" },
    { from: TERMINAL, to: "10.0.0.1", level: 3, verdict: "ok" },
  ]);
  assert.equal((await server.event("established")).peerData, "10.0.0.20:40000");
});

Deno.test("call: the 200 sent again gets the ACK again (RFC 3261 §13.2.2.4)", async () => {
  const { server, invite } = await calling();
  server.answer(invite, 200, ANSWER);
  await server.request("ACK");
  server.answer(invite, 200, ANSWER);
  await server.request("ACK");
  await server.simulation.advance(1000);
  assert.deepEqual(server.received, []);
});

const badChains: Record<string, { chain: string[]; cause: RegExp }> = {
  "its own value is not last": {
    chain: BACK.slice(0, 2),
    cause: /own value is not at its position/,
  },
  "its own value has another level": {
    chain: [...BACK.slice(0, 2), `[${TERMINAL}];level=2`],
    cause: /own value is not at its position/,
  },
  "a link has no level": {
    chain: ["[10.0.0.2]", ...BACK.slice(1)],
    cause: /a link below the minimum level/,
  },
  "a link has too low a level": {
    chain: ["[10.0.0.2];level=1", ...BACK.slice(1)],
    cause: /a link below the minimum level/,
  },
  "a link is missing": { chain: BACK.slice(1), cause: /a link without a value/ },
  "there is none": { chain: [], cause: /own value is not at its position/ },
};
for (const [what, { chain, cause }] of Object.entries(badChains)) {
  Deno.test(`call: an answer whose chain is bad (${what}) gets ACK, then BYE with the reason (SM-16)`, async () => {
    const { server, call, invite } = await calling();
    server.answer(invite, 200, { ...ANSWER, chain });
    await server.request("ACK");
    const bye = await server.request("BYE");
    assert.match(bye.headers.get("Reason")!, /^SM;cause=403;text="route security: /);
    assert.match(bye.headers.get("Reason")!, cause);
    const outcome = await outcomeOf(server, call);
    assert.ok(!outcome.established);
    assert.equal(outcome.by, "here");
    assert.equal(outcome.status, 403);
    assert.match(outcome.reason!, cause);
    assert.equal(server.events.some(({ event }) => event === "established"), false);
  });
}

Deno.test("call: check neighbour looks at its own value only (SM-26)", async () => {
  const { server, call, invite } = await calling({ routeSecurity: { check: "neighbour" } });
  server.answer(invite, 200, { ...ANSWER, chain: ["[10.0.0.2]", ...BACK.slice(1)] });
  assert.equal((await outcomeOf(server, call)).established, true);
});

for (
  const [what, body] of Object.entries({
    "no key information": NO_KEY_SDP,
    "another line than offered": SDP.replace("key-info:1", "key-info:2"),
    "an unknown suite": SDP.replace("AES_256_GCM", "ROT13"),
    "no body": "",
  })
) {
  Deno.test(`call: an answer with ${what} gets ACK, then BYE (SM-19)`, async () => {
    const { server, call, invite } = await calling();
    server.answer(invite, 200, { ...ANSWER, body });
    await server.request("ACK");
    const bye = await server.request("BYE");
    assert.match(bye.headers.get("Reason")!, /^SM;cause=488;text="key information: /);
    const outcome = await outcomeOf(server, call);
    assert.ok(!outcome.established && outcome.status === 488);
  });
}

Deno.test("call: an answer that reflects our own nonce is not taken", async () => {
  const { server, call, invite } = await calling();
  server.answer(invite, 200, { ...ANSWER, body: invite.body });
  await server.request("BYE");
  assert.equal((await outcomeOf(server, call)).established, false);
});

Deno.test("call: a refusal comes out with status and reason", async () => {
  const { server, call, invite } = await calling();
  server.answer(invite, 403, {
    headers: [["Reason", checkReason("spoof check", 403, "From is not a name of this channel")]],
  });
  assert.deepEqual(await outcomeOf(server, call), {
    established: false,
    status: 403,
    phrase: "Forbidden",
    by: "there",
    reason: "spoof check: From is not a name of this channel",
  });
  await server.request("ACK");
  await server.simulation.settle(call.over);
});

Deno.test("call: hanging up while it rings sends CANCEL, and the call ends with 487", async () => {
  const { server, call, invite } = await calling();
  server.answer(invite, 180, { chain: BACK });
  await server.simulation.advance(100);
  call.hangUp();
  const cancel = await server.request("CANCEL");
  assert.equal(cancel.headers.get("Via"), invite.headers.get("Via")?.split(", ")[0]);
  server.answer(cancel, 200);
  server.answer(invite, 487);
  const outcome = await outcomeOf(server, call);
  assert.ok(!outcome.established && outcome.status === 487);
});

Deno.test("call: an answer that crosses the CANCEL gets ACK and BYE", async () => {
  const { server, call, invite } = await calling();
  server.answer(invite, 180, { chain: BACK });
  await server.simulation.advance(100);
  call.hangUp();
  server.answer(invite, 200, ANSWER);
  await server.request("ACK");
  await server.request("BYE");
  assert.equal((await outcomeOf(server, call)).established, false);
});

Deno.test("call: an answer of a second fork gets ACK and BYE, and the first call stands", async () => {
  const { server, call, invite } = await calling();
  server.answer(invite, 200, ANSWER);
  await server.request("ACK");
  server.answer(invite, 200, { ...ANSWER, toTag: "other" });
  await server.request("ACK");
  const bye = await server.request("BYE");
  assert.match(bye.headers.get("To")!, /tag=other/);
  assert.equal((await outcomeOf(server, call)).established, true);
  assert.equal(server.events.some(({ event }) => event === "ended"), false);
});

Deno.test("call: nobody answers within the time: CANCEL, and it fails", async () => {
  const { server, call, invite } = await calling({ limits: { ringMilliseconds: 5000 } });
  server.answer(invite, 180, { chain: BACK });
  const cancel = await server.request("CANCEL");
  server.answer(cancel, 200);
  server.answer(invite, 487);
  assert.equal((await outcomeOf(server, call)).established, false);
});

Deno.test("call: a lost channel fails what is ringing", async () => {
  const { server, call, invite } = await calling();
  server.answer(invite, 180, { chain: BACK });
  server.transport.close(server.channel);
  const outcome = await outcomeOf(server, call);
  assert.ok(!outcome.established && outcome.status === 503);
});

Deno.test("call: hanging up a standing call sends BYE along the route", async () => {
  const { server, call, invite } = await calling();
  server.answer(invite, 200, ANSWER);
  await server.request("ACK");
  await outcomeOf(server, call);
  call.hangUp();
  const bye = await server.request("BYE");
  assert.deepEqual(bye.headers.list("Route"), [...ROUTE].reverse());
  assert.deepEqual(bye.headers.getAll("Route-Security"), [`[${TERMINAL}];level=3`]);
  await server.simulation.settle(call.over);
});

Deno.test("call: claims another name where it is told to", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  await server.simulation.settle(terminal.call(PEER, { from: "sip:user-x@abc.test" }));
  const invite = await server.request("INVITE");
  assert.match(invite.headers.get("From")!, /^<sip:user-x@abc\.test>;tag=/);
});

for (const uri of ["user-b", "tel:+81312345678", "sip:user-b@xyz.test>\r\nX: y", "sip:a b@c"]) {
  Deno.test(`call: ${JSON.stringify(uri)} is no SIP URI`, async () => {
    const server = scriptedServer();
    const terminal = await server.terminal();
    await assert.rejects(
      server.simulation.settle(terminal.call(uri)),
      (error) => error instanceof TerminalError && error.failure === "wrong-use",
    );
  });
}

Deno.test("call: not while the terminal is not registered", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  server.transport.close(server.channel);
  await server.event("disconnected");
  await assert.rejects(
    server.simulation.settle(terminal.call(PEER)),
    (error) => error instanceof TerminalError && error.failure === "unreachable",
  );
});

Deno.test("message: delivered with the server's 200, refused with its reason", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  const first = terminal.message(PEER, "hello");
  const request = await server.request("MESSAGE");
  assert.equal(new TextDecoder().decode(request.body), "hello");
  assert.deepEqual(request.headers.getAll("Route-Security"), [`[${TERMINAL}];level=3`]);
  assert.equal(request.headers.has("Contact"), false);
  server.answer(request, 200);
  assert.deepEqual(await server.simulation.settle(first), {
    delivered: true,
    status: 200,
    phrase: "OK",
  });
  const second = terminal.message(PEER, "hello");
  server.answer(await server.request("MESSAGE"), 404);
  assert.equal((await server.simulation.settle(second)).delivered, false);
});

Deno.test("addFrom: a link below it is not vouched for (SM-8)", async () => {
  const server = scriptedServer("udp");
  const terminal = await server.terminal({
    server: { kind: "udp", host: "10.0.0.1", port: 5061 },
    local: TERMINAL,
  });
  await server.simulation.settle(terminal.call(PEER));
  assert.equal((await server.request("INVITE")).headers.has("Route-Security"), false);
});

Deno.test("Terminal.stop: ends its calls with BYE before it deregisters", async () => {
  const { server, terminal, call, invite } = await calling();
  server.answer(invite, 200, ANSWER);
  await server.request("ACK");
  await outcomeOf(server, call);
  await server.simulation.settle(terminal.stop());
  await server.request("BYE");
  assert.equal(server.registers.at(-1)!.headers.get("Expires"), "0");
});

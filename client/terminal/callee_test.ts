import assert from "node:assert/strict";
import { attributes, mediaLine, parseSdp } from "../../core/sdp/session_description.ts";
import { parseKeyInformation } from "../../core/sdp/key_information.ts";
import { ackOf, answered, registered } from "./testing/callee.ts";
import {
  CHAIN,
  type Change,
  KEY,
  NO_KEY_SDP,
  PEER,
  SDP,
  TERMINAL,
} from "./testing/scripted_server.ts";

Deno.test("INVITE with a good chain: 180, 200, and after the ACK the call stands", async () => {
  const { server, calls, within, ok } = await answered();
  assert.deepEqual(ok.headers.getAll("Route-Security"), CHAIN);
  const incoming = await server.event("incoming");
  assert.equal(incoming.from, `<${PEER}>`);
  assert.deepEqual(incoming.chain, [
    { from: "10.0.0.1", level: 3, verdict: "ok" },
    { from: "10.0.0.2", to: "10.0.0.1", level: 3, verdict: "ok" },
    { from: "10.0.0.20", to: "10.0.0.2", level: 3, verdict: "ok" },
  ]);
  assert.equal(server.events.some(({ event }) => event === "established"), false);
  server.send("ACK", within);
  const established = await server.event("established");
  assert.equal(established.side, "callee");
  assert.equal(established.peerData, "10.0.0.20:40000");
  assert.equal((await server.simulation.settle(calls[0]!.outcome)).established, true);
});

Deno.test("the answer carries key information for the offered line, with a nonce of its own (SM-19)", async () => {
  const { ok } = await answered();
  const [media] = parseSdp(ok.body).media;
  const [value, ...more] = attributes(media!.lines, "key-info");
  assert.equal(more.length, 0);
  const key = parseKeyInformation(value!);
  assert.equal(key.tag, 1);
  assert.equal(key.suite, "AES_256_GCM");
  assert.equal(key.nonce.length, 32);
  assert.equal(KEY.includes(key.nonce.toBase64()), false);
});

Deno.test("streams that are not taken are answered with port 0, in their place (RFC 3264 §6)", async () => {
  const audio = "m=audio 30000 RTP/AVP 0\r\n";
  const at = SDP.indexOf("m=");
  const { ok } = await answered({}, SDP.slice(0, at) + audio + SDP.slice(at));
  const media = parseSdp(ok.body).media.map((section) => mediaLine(section)!);
  assert.deepEqual(media.map(({ kind }) => kind), ["audio", "application"]);
  assert.equal(media[0]!.port, 0);
  assert.ok(media[1]!.port > 0);
});

const badChains: Record<string, { chain: string[]; cause: RegExp }> = {
  "no value at all": { chain: [], cause: /no value for the link it came on/ },
  "a newest value of somebody else": {
    chain: ["[10.0.0.9];level=3", ...CHAIN.slice(1)],
    cause: /newest address is not the previous node's/,
  },
  "a newest level that is not the link's": {
    chain: ["[10.0.0.1];level=2", ...CHAIN.slice(1)],
    cause: /newest level is not the link's/,
  },
  "a link without a level further back": {
    chain: [CHAIN[0]!, "[10.0.0.2]", CHAIN[2]!],
    cause: /a link below the minimum level/,
  },
  "a link below the minimum further back": {
    chain: [CHAIN[0]!, "[10.0.0.2];level=1", CHAIN[2]!],
    cause: /a link below the minimum level/,
  },
  "fewer values than Vias": { chain: CHAIN.slice(0, 2), cause: /a link without a value/ },
  "a value that cannot be read": { chain: ["nobody;level=3"], cause: /the header cannot be read/ },
};
for (const [what, { chain, cause }] of Object.entries(badChains)) {
  Deno.test(`INVITE with ${what}: 403 with the reason, and nobody is told of a call (SM-13)`, async () => {
    const { server, calls } = await registered({}, true);
    server.send("INVITE", { body: SDP, chain });
    const refused = await server.response(403);
    assert.match(refused.headers.get("Reason")!, /^SM;cause=403;text="route security: /);
    assert.match(refused.headers.get("Reason")!, cause);
    assert.equal(refused.body.length, 0);
    assert.equal(calls.length, 0);
    const event = await server.event("refused");
    assert.equal(event.method, "INVITE");
    assert.match(event.reason, cause);
    assert.equal(server.received.length, 0, "no 180 went out");
  });
}

Deno.test("check: neighbour takes the word of the server for what lies behind it (SM-26)", async () => {
  const { server } = await registered({ routeSecurity: { check: "neighbour" } }, true);
  server.send("INVITE", { body: SDP, chain: [CHAIN[0]!, "[10.0.0.2]"] });
  await server.response(200);
});

Deno.test("minimumLevel: a lower one takes a chain that states it", async () => {
  const { server } = await registered({ routeSecurity: { minimumLevel: 1 } }, true);
  server.send("INVITE", { body: SDP, chain: [CHAIN[0]!, "[10.0.0.2];level=1", CHAIN[2]!] });
  await server.response(200);
});

for (const method of ["MESSAGE", "OPTIONS", "INVITE", "BYE", "INFO"]) {
  Deno.test(`${method} with a bad chain: 403 like any other (SM-6)`, async () => {
    const { server } = await registered();
    server.send(method, { chain: CHAIN.slice(1) });
    await server.response(403);
  });
}

Deno.test("the data port is opened by the answer and told in it only (SM-21)", async () => {
  const { server, calls } = await registered();
  const invite = server.send("INVITE", { body: SDP });
  const ringing = await server.response(180);
  assert.equal(ringing.body.length, 0);
  calls[0]!.reject(486);
  const busy = await server.response(486);
  assert.equal(busy.body.length, 0);
  server.send("ACK", { ...ackOf(invite, busy), branch: "z9hG4bKserver1" });
  await server.simulation.advance(60_000);
  assert.equal((await server.simulation.settle(calls[0]!.outcome)).established, false);
});

Deno.test("BYE ends the call, and the dialog is gone", async () => {
  const { server, calls, within } = await answered();
  server.send("ACK", within);
  server.send("BYE", { ...within, cseq: 2 });
  await server.response(200);
  await server.simulation.settle(calls[0]!.over);
  assert.equal((await server.event("ended")).by, "there");
  server.send("BYE", { ...within, cseq: 3 });
  await server.response(481);
});

Deno.test("BYE with a bad chain is refused and the call stands (SM-6)", async () => {
  const { server, within } = await answered();
  server.send("ACK", within);
  server.send("BYE", { ...within, cseq: 2, chain: CHAIN.slice(0, 2) });
  await server.response(403);
  assert.equal(server.events.some(({ event }) => event === "ended"), false);
});

Deno.test("BYE of a stranger, without the dialog's tags: 481 and the call stands", async () => {
  const { server, within } = await answered();
  server.send("ACK", within);
  server.send("BYE", { ...within, cseq: 2, fromTag: "stranger" });
  await server.response(481);
  assert.equal(server.events.some(({ event }) => event === "ended"), false);
});

Deno.test("a request with an old CSeq in the dialog: 500 (RFC 3261 §12.2.2)", async () => {
  const { server, within } = await answered();
  server.send("ACK", within);
  server.send("BYE", { ...within, cseq: 1 });
  await server.response(500);
});

Deno.test("hanging up sends BYE with Route-Security of its own to the peer's Contact", async () => {
  const { server, calls, within } = await answered();
  server.send("ACK", within);
  await server.event("established");
  calls[0]!.hangUp();
  const bye = await server.request("BYE");
  assert.equal(bye.uri, "sip:user-b@10.0.0.20:5061");
  assert.deepEqual(bye.headers.getAll("Route-Security"), [`[${TERMINAL}];level=3`]);
  assert.equal(bye.headers.get("To"), `<${PEER}>;tag=peer`);
});

Deno.test("re-INVITE is answered with a description, and a bad one leaves the call as it was", async () => {
  const { server, within } = await answered();
  server.send("ACK", within);
  server.send("INVITE", { ...within, cseq: 2, body: SDP, contact: "<sip:user-b@10.0.0.21:5061>" });
  const ok = await server.response(200);
  assert.ok(parseSdp(ok.body).media.length === 1);
  server.send("ACK", { ...within, cseq: 2 });
  server.send("INVITE", { ...within, cseq: 3, body: NO_KEY_SDP, contact: "<sip:u@10.0.0.22>" });
  await server.response(488);
  assert.equal(server.events.some(({ event }) => event === "ended"), false);
});

Deno.test("a 200 without an ACK is sent again and after 32 s the call is ended (RFC 3261 §13.3.1.4)", async () => {
  const { server } = await answered();
  await server.simulation.advance(31_000);
  assert.ok(server.received.filter((m) => m.kind === "response" && m.status === 200).length >= 9);
  const bye = await server.request("BYE");
  assert.match(bye.headers.get("Reason")!, /cause=408/);
});

Deno.test("an ACK with a bad chain does not complete the call", async () => {
  const { server, within } = await answered();
  server.send("ACK", { ...within, chain: [] });
  await server.simulation.advance(1000);
  assert.equal(server.events.some(({ event }) => event === "established"), false);
});

Deno.test("CANCEL while it rings: 200 to it, 487 to the INVITE, and the call is over", async () => {
  const { server, calls } = await registered();
  server.send("INVITE", { body: SDP, branch: "z9hG4bKone", callId: "c" });
  await server.response(180);
  server.send("CANCEL", { branch: "z9hG4bKone", callId: "c", contact: null });
  await server.response(200);
  await server.response(487);
  const outcome = await server.simulation.settle(calls[0]!.outcome);
  assert.deepEqual(outcome, {
    established: false,
    status: 487,
    phrase: "Request Terminated",
    by: "there",
  });
});

Deno.test("a call that nobody answers ends with 480 after the time set", async () => {
  const { server } = await registered({ limits: { ringMilliseconds: 5000 } });
  server.send("INVITE", { body: SDP });
  await server.response(180);
  await server.response(480);
});

Deno.test("an INVITE without a body gets an offer, and the ACK must answer it", async () => {
  const { server, calls } = await registered({}, true);
  const invite = server.send("INVITE");
  const ok = await server.response(200);
  const [media] = parseSdp(ok.body).media;
  assert.equal(attributes(media!.lines, "key-info").length, 1);
  server.send("ACK", { ...ackOf(invite, ok), body: SDP });
  await server.event("established");
  assert.equal((await server.simulation.settle(calls[0]!.outcome)).established, true);
});

Deno.test("an ACK without an answer to our offer: BYE that says so (SM-19)", async () => {
  const { server } = await registered({}, true);
  const invite = server.send("INVITE");
  server.send("ACK", ackOf(invite, await server.response(200)));
  const bye = await server.request("BYE");
  assert.match(bye.headers.get("Reason")!, /^SM;cause=488;text="key information: /);
  assert.equal(server.events.some(({ event }) => event === "established"), false);
});

const refusedBodies: Record<string, { change: Change; status: number; reason: RegExp }> = {
  "without key information": {
    change: { body: NO_KEY_SDP },
    status: 488,
    reason: /key information/,
  },
  "with an unknown suite only": {
    change: { body: SDP.replace("AES_256_GCM", "ROT13") },
    status: 488,
    reason: /key information/,
  },
  "with a nonce too short": {
    change: { body: `${NO_KEY_SDP}a=key-info:1 AES_256_GCM nonce:AAEC\r\n` },
    status: 488,
    reason: /nonce of 3 octets/,
  },
  "of another type": { change: { body: "x", contentType: "text/plain" }, status: 415, reason: /./ },
  "that is no SDP": { change: { body: "hello" }, status: 488, reason: /SDP line 1/ },
  "and no Contact": { change: { body: SDP, contact: null }, status: 400, reason: /Contact/ },
};
for (const [what, { change, status, reason }] of Object.entries(refusedBodies)) {
  Deno.test(`INVITE with a body ${what}: ${status}`, async () => {
    const { server, calls } = await registered({}, true);
    server.send("INVITE", change);
    const refused = await server.response(status);
    assert.match(refused.headers.get("Reason")!, reason);
    assert.equal(calls.length, 0);
  });
}

Deno.test("keyInformation: optional takes a call without it", async () => {
  const { server } = await registered({ keyInformation: "optional" }, true);
  server.send("INVITE", { body: NO_KEY_SDP });
  const ok = await server.response(200);
  assert.equal(new TextDecoder().decode(ok.body).includes("key-info"), false);
});

Deno.test("limits.calls: one call too many is answered 486", async () => {
  const { server } = await registered({ limits: { calls: 1 } });
  server.send("INVITE", { body: SDP });
  await server.response(180);
  server.send("INVITE", { body: SDP });
  await server.response(486);
});

Deno.test("the same INVITE by another way: 482 (RFC 3261 §8.2.2.2)", async () => {
  const { server } = await registered();
  server.send("INVITE", { body: SDP, callId: "one" });
  await server.response(180);
  server.send("INVITE", { body: SDP, callId: "one" });
  await server.response(482);
});

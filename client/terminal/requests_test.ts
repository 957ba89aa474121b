import assert from "node:assert/strict";
import type { SipMessage } from "../../core/sip/message.ts";
import { SipTransport } from "../../core/sip/transport.ts";
import type { IncomingCall } from "./mod.ts";
import { answered, registered } from "./testing/callee.ts";
import {
  CHAIN,
  type Change,
  NAME,
  PEER,
  scriptedServer,
  SDP,
  SERVER,
  TERMINAL,
} from "./testing/scripted_server.ts";

const others: Record<string, { method: string; change: Change; status: number }> = {
  "a name that is not its own: 404": {
    method: "OPTIONS",
    change: { uri: "sip:somebody@10.0.0.10" },
    status: 404,
  },
  "an extension it does not know: 420": {
    method: "OPTIONS",
    change: { headers: [["Require", "100rel"]] },
    status: 420,
  },
  "a method it does not know: 405": { method: "INFO", change: {}, status: 405 },
  "BYE out of a dialog: 481": { method: "BYE", change: {}, status: 481 },
  "OPTIONS: 200": { method: "OPTIONS", change: {}, status: 200 },
  "MESSAGE that is no text: 415": {
    method: "MESSAGE",
    change: { body: "x", contentType: "text/html" },
    status: 415,
  },
};
for (const [what, { method, change, status }] of Object.entries(others)) {
  Deno.test(`Terminal: ${what}`, async () => {
    const { server } = await registered();
    server.send(method, change);
    const response = await server.response(status);
    assert.deepEqual(response.headers.getAll("Route-Security"), CHAIN);
  });
}

Deno.test("MESSAGE: 200, and the text is reported with its chain", async () => {
  const { server } = await registered();
  server.send("MESSAGE", { body: "hello", contentType: "text/plain" });
  await server.response(200);
  const { text, chain } = await server.event("message");
  assert.equal(text, "hello");
  assert.equal(chain.length, 3);
});

Deno.test("a request over another channel than the registered one: 403 (udp)", async () => {
  const server = scriptedServer("udp");
  const calls: IncomingCall[] = [];
  const terminal = await server.terminal({
    server: { kind: "udp", host: SERVER, port: 5061 },
    local: TERMINAL,
    routeSecurity: { minimumLevel: 0 },
  }, { call: (call) => void calls.push(call) });
  const runtime = server.simulation.host("stranger", { addresses: ["10.0.0.66"] });
  const answers: SipMessage[] = [];
  const stranger = new SipTransport({
    runtime,
    events: {
      message: (message) => void answers.push(message),
      malformed: (error) => assert.fail(error.message),
      closed: () => {},
    },
  });
  const { simulation } = server;
  await simulation.settle(stranger.listen("udp", { host: "10.0.0.66", port: 5060 }));
  const channel = await simulation.settle(stranger.connect({
    kind: "udp",
    remote: terminal.channel!.local,
  }));
  const invite = server.send("INVITE", { body: SDP, chain: [] });
  await server.response(180);
  assert.equal(calls.length, 1);
  const forged = { ...invite, headers: invite.headers.clone().set("Call-ID", "forged") };
  forged.headers.set("Via", "SIP/2.0/UDP 10.0.0.66:5060;branch=z9hG4bKforged");
  stranger.send(forged, channel);
  await simulation.run(() => answers.length > 0, { limitMilliseconds: 5000 });
  const [answer] = answers;
  assert.ok(answer?.kind === "response" && answer.status === 403);
  assert.match(answer.headers.get("Reason")!, /not the channel/);
  assert.equal(calls.length, 1);
  assert.equal((await server.event("refused")).from, `<${PEER}>`);
});

Deno.test("a request that cannot be read is told what is wrong and where, and the call goes on", async () => {
  const { server, within } = await answered();
  server.send("ACK", within);
  const bad = [
    `OPTIONS ${NAME} SIP/2.0`,
    "Via: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bKbad",
    `From: <${PEER}>;tag=x`,
    `To: <${NAME}>`,
    "Call-ID: bad",
    "CSeq: 1 OPTIONS",
    "Max-Forwards: many",
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
  server.transport.sendOctets(new TextEncoder().encode(bad), server.channel);
  const refused = await server.response(400);
  assert.match(refused.headers.get("Reason")!, /^SM;cause=400;text=".*line 7, column/);
  server.send("BYE", { ...within, cseq: 2 });
  await server.response(200);
});

Deno.test("requests before registration are refused", async () => {
  const server = scriptedServer();
  server.registrar = (request) => {
    if (server.registers.length === 1) {
      queueMicrotask(() => server.send("OPTIONS", { uri: NAME }));
    }
    return server.register(request);
  };
  await server.terminal();
  await server.response(403);
});

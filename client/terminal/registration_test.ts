import assert from "node:assert/strict";
import { makeResponse } from "../../core/sip/build.ts";
import { TerminalError } from "./mod.ts";
import {
  foreignCredentials,
  NAME,
  scriptedServer,
  SERVER,
  TERMINAL,
  terminalCredentials,
} from "./testing/scripted_server.ts";

const failure = (kind: string) => (error: unknown) => {
  assert.ok(error instanceof TerminalError, String(error));
  assert.equal(error.failure, kind, error.message);
  return true;
};

Deno.test("startTerminal: registers with digest, its name and the address of its channel (SM-2, SM-4)", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  assert.equal(terminal.registered, true);
  assert.equal(server.registers.length, 2);
  const [first, second] = server.registers;
  assert.equal(first!.uri, "sip:abc.test");
  assert.equal(first!.headers.has("Authorization"), false);
  assert.match(second!.headers.get("Authorization")!, /algorithm=SHA-256/);
  assert.equal(second!.headers.get("To"), `<${NAME}>`);
  const { port } = terminal.channel!.local;
  assert.equal(second!.headers.get("Contact"), `<sip:user-a@${TERMINAL}:${port};transport=tls>`);
  assert.equal(first!.headers.get("Call-ID"), second!.headers.get("Call-ID"));
  assert.deepEqual(server.registers.map(({ headers }) => headers.get("CSeq")), [
    "1 REGISTER",
    "2 REGISTER",
  ]);
  const { level, expiresSeconds } = await server.event("registered");
  assert.deepEqual({ level, expiresSeconds }, { level: 3, expiresSeconds: 3600 });
});

Deno.test("startTerminal: a server without rspauth is not registered at, and its channel is closed (SM-1)", async () => {
  const server = scriptedServer();
  server.registrar = (request) => {
    const response = server.register(request);
    response.headers.delete("Authentication-Info");
    return response;
  };
  await assert.rejects(server.terminal(), failure("server-not-proven"));
  await server.simulation.run(() => server.closed.length === 1, { limitMilliseconds: 1000 });
  assert.equal(server.events.some(({ event }) => event === "registered"), false);
});

Deno.test("startTerminal: a server with a wrong rspauth is not registered at (SM-1)", async () => {
  const server = scriptedServer();
  server.registrar = (request) => {
    const response = server.register(request);
    const info = response.headers.get("Authentication-Info");
    if (info) response.headers.set("Authentication-Info", info.replace(/rspauth="./, 'rspauth="x'));
    return response;
  };
  await assert.rejects(server.terminal(), failure("server-not-proven"));
});

Deno.test("startTerminal: a server that never asks for the password has not proved that it knows it (SM-1)", async () => {
  const server = scriptedServer();
  server.registrar = (request) => makeResponse(request, 200, undefined, { toTag: "x" });
  await assert.rejects(server.terminal(), failure("server-not-proven"));
});

Deno.test("startTerminal: with a certificate and no password no challenge is needed (SM-3)", async () => {
  const server = scriptedServer();
  server.registrar = (request) => makeResponse(request, 200, undefined, { toTag: "x" });
  const { simulation } = server;
  await simulation.settle(server.ready);
  const { startTerminal } = await import("./mod.ts");
  const terminal = await simulation.settle(startTerminal(
    {
      name: NAME,
      server: { kind: "tls", host: SERVER, port: 5061 },
      tls: terminalCredentials,
    },
    simulation.host("certified", { addresses: ["10.0.0.12"] }),
  ));
  assert.equal(terminal.registered, true);
  assert.deepEqual(server.transport.peer(server.channel)?.uris, [NAME]);
});

Deno.test("startTerminal: a wrong password is said to be one, after two REGISTERs", async () => {
  const server = scriptedServer();
  await assert.rejects(server.terminal({ password: "wrong" }), failure("not-accepted"));
  assert.equal(server.registers.length, 2);
});

Deno.test("startTerminal: an MD5 challenge is not answered", async () => {
  const server = scriptedServer();
  server.registrar = (request) =>
    makeResponse(request, 401, undefined, {
      toTag: "x",
      headers: [[
        "WWW-Authenticate",
        'Digest realm="abc.test", nonce="n", algorithm=MD5, qop="auth"',
      ]],
    });
  await assert.rejects(server.terminal(), failure("not-accepted"));
  assert.equal(server.registers.length, 1);
});

Deno.test("startTerminal: a challenge for another realm is not answered", async () => {
  const server = scriptedServer();
  server.registrar = (request) =>
    makeResponse(request, 401, undefined, {
      toTag: "x",
      headers: [[
        "WWW-Authenticate",
        'Digest realm="xyz.test", nonce="n", algorithm=SHA-256, qop="auth"',
      ]],
    });
  await assert.rejects(server.terminal(), failure("not-accepted"));
  assert.equal(server.registers.length, 1);
});

Deno.test("startTerminal: a certificate of another domain ends it before any REGISTER", async () => {
  const server = scriptedServer("tls", foreignCredentials);
  await assert.rejects(server.terminal(), failure("server-not-proven"));
  assert.equal(server.registers.length, 0);
});

Deno.test("startTerminal: nobody there is unreachable", async () => {
  const server = scriptedServer();
  await assert.rejects(
    server.terminal({ server: { kind: "tls", host: SERVER, port: 5999 } }),
    failure("unreachable"),
  );
});

Deno.test("startTerminal: a lifetime too short is asked for again as the server wants it (423)", async () => {
  const server = scriptedServer();
  server.registrar = (request) =>
    request.headers.get("Expires") === "60"
      ? makeResponse(request, 423, undefined, { toTag: "x", headers: [["Min-Expires", "600"]] })
      : server.register(request);
  const terminal = await server.terminal({ registration: { expiresSeconds: 60 } });
  assert.equal(terminal.registered, true);
  assert.equal(server.registers.at(-1)!.headers.get("Expires"), "600");
});

Deno.test("Connection: registers again before the binding ends, with the nonce it has", async () => {
  const server = scriptedServer();
  await server.terminal();
  await server.simulation.advance(3539_000);
  assert.equal(server.registers.length, 2);
  await server.simulation.advance(2_000);
  assert.ok(server.registers.length >= 3);
  assert.match(server.registers[2]!.headers.get("Authorization")!, /nc=00000002/);
});

Deno.test("Connection: an old nonce costs one more REGISTER and not the registration", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  await server.simulation.advance(24 * 3600_000);
  assert.equal(terminal.registered, true);
  assert.equal(server.events.some(({ event }) => event === "disconnected"), false);
});

Deno.test("Connection: after a lost channel it comes back by itself, with growing waits (SM-4)", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  const before = server.registers.length;
  await server.event("registered");
  server.transport.close(server.channel);
  const { retryMilliseconds } = await server.event("disconnected");
  assert.ok(retryMilliseconds! >= 500 && retryMilliseconds! <= 1000, String(retryMilliseconds));
  await server.event("registered");
  assert.equal(terminal.registered, true);
  assert.ok(server.registers.length > before);
});

Deno.test("Connection: waits grow while the server is away", async () => {
  const server = scriptedServer();
  await server.terminal({ registration: { retryLongestMilliseconds: 8000 } });
  await server.event("registered");
  await server.simulation.settle(server.transport.stop());
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) waits.push((await server.event("disconnected")).retryMilliseconds!);
  const bounds = [1000, 2000, 4000, 8000, 8000, 8000];
  waits.forEach((wait, index) =>
    assert.ok(wait >= bounds[index]! / 2 && wait <= bounds[index]!, waits.join())
  );
});

Deno.test("Connection: what waiting cannot mend ends the terminal with the reason", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  server.registrar = (request) => makeResponse(request, 403, undefined, { toTag: "x" });
  server.transport.close(server.channel);
  const error = await server.simulation.settle(terminal.closed);
  assert.equal(error?.failure, "not-accepted");
});

Deno.test("Terminal.rebind: a new address is a new channel and a new registration (SM-4)", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal({ local: TERMINAL });
  const old = server.channel;
  await server.simulation.settle(terminal.rebind("10.0.0.11"));
  assert.equal(server.channel.remote.host, "10.0.0.11");
  assert.match(server.contact, /@10\.0\.0\.11:/);
  await server.simulation.run(() => server.closed.includes(old), { limitMilliseconds: 1000 });
});

Deno.test("Terminal.stop: takes the binding away and closes the channel", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  await server.simulation.settle(terminal.stop());
  assert.equal(server.registers.at(-1)!.headers.get("Expires"), "0");
  await server.simulation.run(() => server.closed.length === 1, { limitMilliseconds: 1000 });
  assert.equal(await server.simulation.settle(terminal.closed), undefined);
});

Deno.test("Terminal.stop: does not wait for a server that does not answer", async () => {
  const server = scriptedServer();
  const terminal = await server.terminal();
  server.simulation.link(SERVER, TERMINAL, { partitioned: true });
  const before = server.simulation.clock.now();
  await server.simulation.settle(terminal.stop());
  assert.ok(server.simulation.clock.now() - before <= 4000);
});

Deno.test("startTerminal: over udp the channel shows as the level 0 it is (SM-24)", async () => {
  const server = scriptedServer("udp");
  const terminal = await server.terminal({
    server: { kind: "udp", host: SERVER, port: 5061 },
    local: TERMINAL,
  });
  assert.equal(terminal.channel!.level, 0);
  assert.equal((await server.event("registered")).level, 0);
});

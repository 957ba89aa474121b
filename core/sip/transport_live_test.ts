import assert from "node:assert/strict";
import { createAuthority, issueCertificate } from "../crypto/pki.ts";
import type { Address } from "../net/address.ts";
import type { Channel } from "../net/channel.ts";
import { formatHost } from "../net/address.ts";
import { NetworkError, type TlsCredentials } from "../net/network.ts";
import { liveRuntime } from "../runtime/live.ts";
import { makeRequest, makeResponse } from "./build.ts";
import type { SipMessage, SipRequest } from "./message.ts";
import { serializeMessage } from "./serialize.ts";
import { SipTransport, type TransportLimits } from "./transport.ts";

const authority = await createAuthority({ commonName: "authority", days: 30 });
const trust = [authority.certificate];
const issue = async (uris: string[], days = 9, notBefore?: Date): Promise<TlsCredentials> => ({
  ...await issueCertificate(authority, {
    commonName: "x",
    uris,
    days,
    ...(notBefore ? { notBefore } : {}),
  }),
  trust,
});
const server = await issue(["sip:abc.test"]);

/** A node on loopback: what it was told can be awaited. */
class Node {
  readonly messages: { message: SipMessage; channel: Channel }[] = [];
  readonly closed: { channel: Channel; error?: Error }[] = [];
  readonly transport: SipTransport;
  #wake: (() => void)[] = [];

  constructor(tls?: TlsCredentials, limits: Partial<TransportLimits> = {}) {
    const changed = () => this.#wake.splice(0).forEach((wake) => wake());
    this.transport = new SipTransport({
      runtime: liveRuntime(),
      limits,
      ...(tls ? { tls } : {}),
      events: {
        message: (message, channel) => {
          this.messages.push({ message, channel });
          changed();
        },
        malformed: () => {},
        closed: (channel, error) => {
          this.closed.push({ channel, ...(error ? { error } : {}) });
          changed();
        },
      },
    });
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((wake) => this.#wake.push(wake));
  }

  async [Symbol.asyncDispose]() {
    await this.transport.stop();
  }
}

function request(local: Address, kind: string): SipRequest {
  return makeRequest({
    method: "OPTIONS",
    uri: "sip:abc.test",
    from: "<sip:user-a@abc.test>;tag=1",
    to: "<sip:abc.test>",
    callId: "1",
    cseq: 1,
    via: [`SIP/2.0/${kind.toUpperCase()} ${formatHost(local.host)};branch=z9hG4bK1`],
  });
}

for (const host of ["127.0.0.1", "::1"]) {
  for (const kind of ["udp", "tcp", "tls"] as const) {
    Deno.test(`SipTransport asks and answers over live ${kind} at ${host}`, async () => {
      await using node = new Node(server);
      await using terminal = new Node({ trust });
      const remote = await node.transport.listen(kind, { host, port: 0 });
      if (kind === "udp") await terminal.transport.listen(kind, { host, port: 0 });
      const channel = await terminal.transport.connect({ kind, remote, serverName: "abc.test" });
      terminal.transport.send(request(channel.local, kind), channel);
      await node.until(() => node.messages.length === 1);
      const asked = node.messages[0]!;
      assert(asked.message.kind === "request");
      assert.deepEqual(asked.channel.remote, channel.local);
      assert.deepEqual(asked.channel.local, remote);
      assert.equal(asked.channel.level, 0); // nothing is proven of the terminal yet
      assert.equal(channel.level, kind === "tls" ? 3 : 0);
      node.transport.send(makeResponse(asked.message, 200), asked.channel);
      await terminal.until(() => terminal.messages.length === 1);
      assert.equal(terminal.messages[0]?.channel, channel);
    });
  }
}

Deno.test("SipTransport: a client certificate that verifies gives level 3 and the peer's names", async () => {
  await using node = new Node(server);
  await using terminal = new Node(await issue(["sip:user-a@abc.test"]));
  const remote = await node.transport.listen("tls", { host: "127.0.0.1", port: 0 });
  const channel = await terminal.transport.connect({ kind: "tls", remote, serverName: "abc.test" });
  terminal.transport.send(request(channel.local, "tls"), channel);
  await node.until(() => node.messages.length === 1);
  const { channel: seen } = node.messages[0]!;
  assert.equal(seen.level, 3);
  assert.deepEqual(node.transport.peer(seen)?.uris, ["sip:user-a@abc.test"]);
  assert.deepEqual(terminal.transport.peer(channel)?.uris, ["sip:abc.test"]);
});

Deno.test("SipTransport.connect does not reuse a channel that proved another domain", async () => {
  await using node = new Node(await issue(["sip:abc.test", "sip:xyz.test"]));
  await using terminal = new Node({ trust });
  const remote = await node.transport.listen("tls", { host: "127.0.0.1", port: 0 });
  const target = { kind: "tls" as const, remote };
  const one = await terminal.transport.connect({ ...target, serverName: "abc.test" });
  assert.equal(await terminal.transport.connect({ ...target, serverName: "abc.test" }), one);
  assert.notEqual(await terminal.transport.connect({ ...target, serverName: "xyz.test" }), one);
  await assert.rejects(
    terminal.transport.connect({ ...target, serverName: "other.test" }),
    (error) => error instanceof NetworkError && error.code === "certificate",
  );
});

Deno.test("SipTransport serves others while one address floods it with connections", async () => {
  await using node = new Node(server, { connections: 50, connectionsPerAddress: 10 });
  const remote = await node.transport.listen("tls", { host: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  for (let count = 0; count < 100; count++) {
    open.push(await Deno.connect({ hostname: remote.host, port: remote.port }));
  }
  try {
    await using terminal = new Node({ trust });
    const channel = await terminal.transport.connect({
      kind: "tls",
      remote,
      local: { host: "127.0.0.9", port: 0 },
      serverName: "abc.test",
    });
    terminal.transport.send(request(channel.local, "tls"), channel);
    await node.until(() => node.messages.length === 1);
  } finally {
    for (const conn of open) conn.close();
  }
});

Deno.test("SipTransport closes a live stream whose neighbour does not read", async () => {
  await using node = new Node(server, { pendingOctets: 100_000 });
  const remote = await node.transport.listen("tcp", { host: "127.0.0.1", port: 0 });
  using conn = await Deno.connect({ hostname: remote.host, port: remote.port });
  const hello = request({ host: "127.0.0.1", port: 0 }, "tcp");
  await conn.write(serializeMessage(hello));
  await node.until(() => node.messages.length === 1);
  const { channel } = node.messages[0]!;
  const chunk = new Uint8Array(50_000);
  // The system's own buffers take some; a turn of the event loop lets them.
  for (let sent = 0; channel.open; sent += chunk.length) {
    assert(sent < 100_000_000, "never closed");
    node.transport.sendOctets(chunk, channel);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await node.until(() => node.closed.length === 1);
  assert.match(node.closed[0]?.error?.message ?? "", /does not read/);
});

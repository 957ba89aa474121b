import assert from "node:assert/strict";
import type { Address } from "../net/address.ts";
import type { Channel } from "../net/channel.ts";
import { NetworkError, type Stream } from "../net/network.ts";
import { Simulation } from "../runtime/simulated.ts";
import type { SipParseError } from "./errors.ts";
import type { SipMessage, SipRequest } from "./message.ts";
import { makeResponse } from "./build.ts";
import { serializeMessage } from "./serialize.ts";
import { parseMessage } from "./parse.ts";
import { SipTransport, type TransportLimits } from "./transport.ts";

const SERVER = "192.0.2.1";
const CLIENT = "192.0.2.9";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function requestText(options: { via?: string; body?: string; host?: string } = {}): string {
  const { body = "", host = CLIENT } = options;
  return [
    "MESSAGE sip:user-b@abc.test SIP/2.0",
    options.via ?? `Via: SIP/2.0/TCP ${host}:5060;branch=z9hG4bK1`,
    "f:  <sip:user-a@abc.test>;tag=1",
    "To: <sip:user-b@abc.test>",
    "Call-ID: 1@abc.test",
    "CSeq: 1 MESSAGE",
    "Max-Forwards: 70",
    ...(body ? ["Content-Type: text/plain"] : []),
    `Content-Length: ${encoder.encode(body).length}`,
    "",
    body,
  ].join("\r\n");
}

function requestOf(text: string): SipRequest {
  const parsed = parseMessage(encoder.encode(text));
  assert(parsed.ok && parsed.message.kind === "request");
  return parsed.message;
}

/** A transport at the server's address that writes down what it is told, and a bare client. */
class Bench {
  readonly simulation = new Simulation({ seed: 7 });
  readonly server = this.simulation.host("server", { addresses: [SERVER, "2001:db8::1"] });
  readonly client = this.simulation.host("client", { addresses: [CLIENT, "2001:db8::9"] });
  readonly messages: { message: SipMessage; channel: Channel }[] = [];
  readonly malformed: { error: SipParseError; channel: Channel }[] = [];
  readonly opened: Channel[] = [];
  readonly closed: { channel: Channel; error?: Error }[] = [];
  readonly transport: SipTransport;
  onMessage = (_message: SipMessage, _channel: Channel): void => {};
  onMalformed = (_channel: Channel): void => {};

  constructor(limits: Partial<TransportLimits> = {}) {
    this.transport = new SipTransport({
      runtime: this.server,
      limits,
      events: {
        message: (message, channel) => {
          this.messages.push({ message, channel });
          this.onMessage(message, channel);
        },
        malformed: (error, _partial, channel) => {
          this.malformed.push({ error, channel });
          this.onMalformed(channel);
        },
        opened: (channel) => this.opened.push(channel),
        closed: (channel, error) => this.closed.push({ channel, ...(error ? { error } : {}) }),
      },
    });
  }

  async listen(kind: "udp" | "tcp", host = SERVER): Promise<Address> {
    return await this.simulation.settle(this.transport.listen(kind, { host, port: 5060 }));
  }

  /** A TCP connection of the client, and what came back on it. */
  async dial(
    remote: Address,
  ): Promise<{ stream: Stream; text: () => string; ended: () => boolean }> {
    const stream = await this.simulation.settle(
      this.client.network.connect({ kind: "tcp", remote, timeoutMilliseconds: 1000 }),
    );
    let text = "";
    let ended = false;
    stream.handle({
      data: (bytes) => void (text += decoder.decode(bytes)),
      closed: () => void (ended = true),
    });
    return { stream, text: () => text, ended: () => ended };
  }

  async until(condition: () => boolean): Promise<void> {
    await this.simulation.run(condition, { limitMilliseconds: 3_600_000 });
  }
}

Deno.test("SipTransport makes one UDP channel for each neighbour, with level 0 and no names", async () => {
  const bench = new Bench();
  const address = await bench.listen("udp");
  const { network } = bench.client;
  const bind = (port: number) => network.datagram({ host: CLIENT, port }, () => {});
  const [one, two] = [
    await bench.simulation.settle(bind(5060)),
    await bench.simulation.settle(bind(5070)),
  ];
  one.send(encoder.encode(requestText()), address);
  one.send(encoder.encode(requestText()), address);
  two.send(encoder.encode(requestText()), address);
  await bench.until(() => bench.messages.length === 3);
  const channels = new Set(bench.messages.map(({ channel }) => channel));
  assert.equal(channels.size, 2);
  for (const channel of channels) {
    assert.equal(channel.kind, "udp");
    assert.equal(channel.level, 0);
    assert.equal(channel.names.size, 0);
    assert.deepEqual(channel.local, address);
    assert.equal(bench.transport.findChannel("udp", channel.remote), channel);
  }
});

Deno.test("SipTransport sends over UDP from the listener of the address family and the local address", async () => {
  const bench = new Bench();
  await bench.listen("udp");
  await bench.listen("udp", "2001:db8::1");
  const got: Address[] = [];
  for (const host of [CLIENT, "2001:db8::9"]) {
    const remote = { host, port: 5060 };
    await bench.simulation.settle(
      bench.client.network.datagram(remote, (_bytes, from) => got.push(from)),
    );
    const channel = await bench.simulation.settle(bench.transport.connect({ kind: "udp", remote }));
    bench.transport.send(requestOf(requestText()), channel);
  }
  await bench.until(() => got.length === 2);
  assert.deepEqual(got, [{ host: SERVER, port: 5060 }, { host: "2001:db8::1", port: 5060 }]);
  await assert.rejects(
    bench.transport.connect({
      kind: "udp",
      remote: { host: CLIENT, port: 1 },
      local: { host: "192.0.2.77", port: 0 },
    }),
    /no UDP listener for 192\.0\.2\.77/,
  );
});

Deno.test("SipTransport fills received and rport into the top Via and leaves all other octets (RFC 3581 §4)", async () => {
  const bench = new Bench();
  const address = await bench.listen("udp");
  const socket = await bench.simulation.settle(
    bench.client.network.datagram({ host: CLIENT, port: 40_000 }, () => {}),
  );
  const cases: [sent: string, got: string][] = [
    ["Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1"],
    [
      "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1",
      "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;received=192.0.2.9",
    ],
    [
      "v: SIP/2.0/UDP client.abc.test;rport;branch=z9hG4bK1,\r\n SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK0",
      "v: SIP/2.0/UDP client.abc.test;rport=40000;branch=z9hG4bK1;received=192.0.2.9, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK0",
    ],
    [
      "Via: SIP/2.0/UDP 192.0.2.9:40000;rport;branch=z9hG4bK1",
      "Via: SIP/2.0/UDP 192.0.2.9:40000;rport=40000;branch=z9hG4bK1;received=192.0.2.9",
    ],
    [
      "Via: SIP/2.0/UDP 10.0.0.1;received=198.51.100.7;branch=z9hG4bK1",
      "Via: SIP/2.0/UDP 10.0.0.1;received=192.0.2.9;branch=z9hG4bK1",
    ],
  ];
  for (const [sent, got] of cases) {
    socket.send(encoder.encode(requestText({ via: sent })), address);
    await bench.until(() => bench.messages.length === 1);
    const { message } = bench.messages.splice(0)[0]!;
    assert.equal(decoder.decode(serializeMessage(message)), requestText({ via: got }));
  }
});

Deno.test("SipTransport takes messages from a stream however they are cut, and answers on it", async () => {
  const bench = new Bench();
  const address = await bench.listen("tcp");
  bench.onMessage = (message, channel) => {
    assert(message.kind === "request");
    bench.transport.send(makeResponse(message, 202), channel);
  };
  const { stream, text } = await bench.dial(address);
  const octets = encoder.encode(requestText({ body: "one" }) + requestText({ body: "two" }));
  for (const octet of octets) stream.write(new Uint8Array([octet]));
  await bench.until(() => text().match(/SIP\/2\.0 202/g)?.length === 2);
  const bodies = bench.messages.map(({ message }) => decoder.decode(message.body));
  assert.deepEqual(bodies, ["one", "two"]);
  assert.equal(bench.opened.length, 1);
  assert.equal(bench.messages[0]?.channel, bench.opened[0]);
});

Deno.test("SipTransport answers a double line end with one (RFC 5626 §4.4.1)", async () => {
  const bench = new Bench();
  const { stream, text } = await bench.dial(await bench.listen("tcp"));
  stream.write(encoder.encode("\r\n\r\n"));
  await bench.until(() => text() === "\r\n");
  stream.write(encoder.encode("\r\n\r\n" + requestText()));
  await bench.until(() => text() === "\r\n\r\n" && bench.messages.length === 1);
});

Deno.test("SipTransport reports a malformed datagram and goes on; keep-alives of UDP are nothing", async () => {
  const bench = new Bench();
  const address = await bench.listen("udp");
  const socket = await bench.simulation.settle(
    bench.client.network.datagram({ host: CLIENT, port: 5060 }, () => {}),
  );
  for (const text of ["\r\n\r\n", "\0\0\0\0", "", "nonsense", requestText()]) {
    socket.send(encoder.encode(text), address);
  }
  await bench.until(() => bench.messages.length === 1);
  assert.equal(bench.malformed.length, 1);
});

Deno.test("SipTransport drops a datagram over its limit and refuses to send one", async () => {
  const bench = new Bench({ datagramOctets: 400 });
  const address = await bench.listen("udp");
  const socket = await bench.simulation.settle(
    bench.client.network.datagram({ host: CLIENT, port: 5060 }, () => {}),
  );
  const long = requestText({ body: "x".repeat(400) });
  socket.send(encoder.encode(long), address);
  socket.send(encoder.encode(requestText()), address);
  await bench.until(() => bench.messages.length === 1);
  assert.equal(bench.messages[0]?.message.body.length, 0);
  assert.equal(bench.malformed.length, 0);
  const channel = bench.messages[0]!.channel;
  assert.throws(
    () => bench.transport.send(requestOf(long), channel),
    /does not fit a datagram of 400/,
  );
});

Deno.test("SipTransport closes a stream after an error without message boundaries, once the answer is out", async () => {
  const bench = new Bench();
  const { stream, text, ended } = await bench.dial(await bench.listen("tcp"));
  bench.onMalformed = (channel) => bench.transport.sendOctets(encoder.encode("answer"), channel);
  stream.write(encoder.encode("nonsense\r\n\r\n" + requestText()));
  await bench.until(ended);
  assert.equal(text(), "answer");
  assert.equal(bench.malformed.length, 1);
  assert.equal(bench.messages.length, 0);
  await bench.until(() => bench.closed.length === 1);
});

Deno.test("SipTransport keeps a stream after a bad message whose end is known", async () => {
  const bench = new Bench();
  const { stream } = await bench.dial(await bench.listen("tcp"));
  stream.write(encoder.encode(requestText().replace("CSeq: 1", "CSeq: x") + requestText()));
  await bench.until(() => bench.messages.length === 1);
  assert.equal(bench.malformed.length, 1);
});

Deno.test("SipTransport closes a stream whose head or body is over the limit", async () => {
  const long = { body: "x".repeat(2000) };
  const endless = requestText().replace("\r\nMax", `\r\n${"X: y\r\n".repeat(1000)}Max`);
  for (const text of [requestText(long), endless.slice(0, -4)]) {
    const bench = new Bench({
      message: {
        startLineOctets: 500,
        fieldOctets: 500,
        fields: 5000,
        headOctets: 3000,
        bodyOctets: 1000,
      },
    });
    const { stream, ended } = await bench.dial(await bench.listen("tcp"));
    stream.write(encoder.encode(text));
    await bench.until(() => bench.malformed.length === 1);
    assert([413, 513].includes(bench.malformed[0]!.error.status));
    stream.write(encoder.encode(requestText()));
    await bench.until(() => ended() || bench.messages.length === 1);
  }
});

Deno.test("SipTransport closes the stream of a slow sender, however its octets trickle in", async () => {
  const bench = new Bench({ messageMilliseconds: 5000 });
  const { stream, ended } = await bench.dial(await bench.listen("tcp"));
  stream.write(encoder.encode(requestText()));
  await bench.until(() => bench.messages.length === 1);
  const start = bench.simulation.clock.now();
  for (const octet of encoder.encode(requestText())) {
    stream.write(new Uint8Array([octet]));
    await bench.simulation.advance(100);
    if (ended()) break;
  }
  assert(ended());
  assert(bench.simulation.clock.now() - start < 5500);
  assert.equal(bench.messages.length, 1);
  assert.match(bench.closed[0]?.error?.message ?? "", /not whole within 5000 ms/);
  assert.equal((bench.closed[0]?.error as NetworkError).code, "limit");
});

Deno.test("SipTransport gives a busy stream whose messages overlap all the time it wants", async () => {
  const bench = new Bench({ messageMilliseconds: 5000 });
  const { stream, ended } = await bench.dial(await bench.listen("tcp"));
  const octets = encoder.encode(requestText());
  stream.write(octets.slice(0, 10));
  for (let count = 0; count < 20; count++) {
    await bench.simulation.advance(1000);
    stream.write(octets.slice(10));
    stream.write(octets.slice(0, 10));
  }
  await bench.until(() => bench.messages.length === 20);
  assert(!ended());
});

Deno.test("SipTransport closes a stream that brings no message, and one that is idle", async () => {
  const bench = new Bench({ firstMessageMilliseconds: 30_000, idleMilliseconds: 100_000 });
  const address = await bench.listen("tcp");
  const start = bench.simulation.clock.now();
  const [quiet, idle] = [await bench.dial(address), await bench.dial(address)];
  idle.stream.write(encoder.encode(requestText()));
  await bench.until(quiet.ended);
  assert.match(bench.closed[0]?.error?.message ?? "", /no message within 30000 ms/);
  const heard = () => bench.simulation.clock.now() - start;
  assert(heard() < 31_000);
  idle.stream.write(encoder.encode(requestText()));
  await bench.until(idle.ended);
  assert.match(bench.closed[1]?.error?.message ?? "", /nothing sent or received for 100000 ms/);
  assert(heard() >= 130_000 && heard() < 132_000, String(heard()));
});

Deno.test("SipTransport closes the slowest stream when unfinished messages take too much memory", async () => {
  const bench = new Bench({ unfinishedOctets: 2500 });
  const address = await bench.listen("tcp");
  const part = encoder.encode(requestText({ body: "x".repeat(2000) })).slice(0, 1000);
  const streams = [];
  for (let count = 0; count < 3; count++) {
    const one = await bench.dial(address);
    streams.push(one);
    one.stream.write(part);
    await bench.simulation.advance(10);
  }
  assert.deepEqual(streams.map((one) => one.ended()), [true, false, false]);
  assert.match(bench.closed[0]?.error?.message ?? "", /too much memory/);
  const more = await bench.dial(address);
  more.stream.write(part);
  await bench.simulation.advance(10);
  assert.deepEqual(streams.map((one) => one.ended()), [true, true, false]);
});

Deno.test("SipTransport closes a stream whose neighbour does not read", async () => {
  const bench = new Bench({ pendingOctets: 10_000 });
  const address = await bench.listen("tcp");
  await bench.dial(address);
  await bench.until(() => bench.opened.length === 1);
  bench.simulation.link(SERVER, CLIENT, { partitioned: true });
  const channel = bench.opened[0]!;
  for (let count = 0; channel.open; count++) {
    assert(count < 100, "never closed");
    bench.transport.sendOctets(new Uint8Array(1000), channel);
  }
  assert.throws(() => bench.transport.send(requestOf(requestText()), channel), NetworkError);
  await bench.until(() => bench.closed.length === 1);
  assert.match(bench.closed[0]?.error?.message ?? "", /does not read/);
});

Deno.test("SipTransport forgets the quietest UDP channel over the limit, never one with names", async () => {
  const bench = new Bench({ udpChannels: 4 });
  const address = await bench.listen("udp");
  const say = async (port: number) => {
    const socket = await bench.simulation.settle(
      bench.client.network.datagram({ host: CLIENT, port }, () => {}),
    );
    socket.send(encoder.encode(requestText()), address);
    await bench.simulation.advance(10);
    await socket.close();
  };
  await say(1);
  bench.messages[0]?.channel.names.add("sip:user-a@abc.test");
  for (let port = 2; port <= 10; port++) await say(port);
  const known = [...bench.transport.channels()].map(({ remote }) => remote.port).sort((a, b) =>
    a - b
  );
  assert.deepEqual(known, [1, 8, 9, 10]);
  assert.equal(bench.closed.length, 6);
  assert(bench.closed.every(({ channel }) => !channel.open));
  for (const channel of bench.transport.channels()) channel.names.add("sip:user-b@abc.test");
  const before = bench.messages.length;
  await say(11);
  assert.equal(bench.messages.length, before); // no place left that may be taken
});

Deno.test("SipTransport.connect uses one stream for one target, and makes a new one when it is gone", async () => {
  const bench = new Bench();
  const accepted: Stream[] = [];
  const remote = { host: CLIENT, port: 5060 };
  const limits = { connections: 9, connectionsPerAddress: 9, handshakeMilliseconds: 1000 };
  await bench.simulation.settle(
    bench.client.network.listen({ kind: "tcp", local: remote, limits }, (stream) => {
      accepted.push(stream);
      stream.handle({ data() {}, closed() {} });
    }),
  );
  const target = { kind: "tcp" as const, remote };
  const both = Promise.all([bench.transport.connect(target), bench.transport.connect(target)]);
  const [one, two] = await bench.simulation.settle(both);
  assert.equal(one, two);
  assert.equal(bench.transport.findChannel("tcp", remote), one);
  await bench.until(() => accepted.length === 1);
  accepted[0]?.close();
  await bench.until(() => bench.closed.length === 1);
  assert(!one.open);
  assert.equal(bench.transport.findChannel("tcp", remote), undefined);
  const three = await bench.simulation.settle(bench.transport.connect(target));
  assert.notEqual(three, one);
  await bench.until(() => accepted.length === 2);
  bench.transport.close(three);
  const four = await bench.simulation.settle(bench.transport.connect(target));
  assert.notEqual(four, three);
  assert(four.open);
});

Deno.test("SipTransport.connect can be tried again after it failed", async () => {
  const bench = new Bench();
  const remote = { host: CLIENT, port: 5060 };
  const attempt = () => bench.simulation.settle(bench.transport.connect({ kind: "tcp", remote }));
  await assert.rejects(attempt(), { name: "NetworkError", code: "refused" });
  await assert.rejects(attempt(), { name: "NetworkError", code: "refused" });
});

Deno.test("SipTransport.send drops a response and refuses a request when the channel is closed", async () => {
  const bench = new Bench();
  const { stream } = await bench.dial(await bench.listen("tcp"));
  stream.write(encoder.encode(requestText()));
  await bench.until(() => bench.messages.length === 1);
  const { message, channel } = bench.messages[0]!;
  assert(message.kind === "request");
  stream.close();
  await bench.until(() => bench.closed.length === 1);
  bench.transport.send(makeResponse(message, 200), channel);
  assert.throws(() => bench.transport.send(message, channel), /is closed/);
});

Deno.test("SipTransport.stop sends what is queued, closes every channel and refuses new work", async () => {
  const bench = new Bench();
  const address = await bench.listen("tcp");
  await bench.listen("udp");
  const { stream, text, ended } = await bench.dial(address);
  stream.write(encoder.encode(requestText()));
  await bench.until(() => bench.messages.length === 1);
  bench.transport.sendOctets(encoder.encode("last words"), bench.messages[0]!.channel);
  await bench.simulation.settle(bench.transport.stop());
  await bench.until(ended);
  assert.equal(text(), "last words");
  assert.equal(bench.closed.length, 1);
  assert.deepEqual([...bench.transport.channels()], []);
  await assert.rejects(bench.transport.listen("tcp", address), /has been stopped/);
  await assert.rejects(bench.simulation.settle(
    bench.client.network.connect({ kind: "tcp", remote: address, timeoutMilliseconds: 1000 }),
  ));
});

Deno.test("SipTransport.listen over tls without a certificate says so", async () => {
  const bench = new Bench();
  await assert.rejects(
    bench.transport.listen("tls", { host: SERVER, port: 5061 }),
    /no certificate; give one/,
  );
});

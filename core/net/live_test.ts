import assert from "node:assert/strict";
import { connect as connectTls } from "node:tls";
import { liveClock } from "../runtime/live.ts";
import type { Log, LogFacts } from "../runtime/log.ts";
import type { Clock } from "../runtime/runtime.ts";
import { createAuthority, issueCertificate } from "../crypto/pki.ts";
import type { Address } from "./address.ts";
import { LiveNetwork } from "./live.ts";
import {
  type ConnectOptions,
  type ListenLimits,
  NetworkError,
  type Stream,
  type StreamListener,
  type TlsCredentials,
} from "./network.ts";

const LIMITS: ListenLimits = {
  connections: 100,
  connectionsPerAddress: 100,
  handshakeMilliseconds: 10_000,
};
const V4 = { host: "127.0.0.1", port: 0 };
const V6 = { host: "::1", port: 0 };
const DAY = 86_400_000;

const authority = await createAuthority({ commonName: "authority", days: 30 });
const stranger = await createAuthority({ commonName: "stranger", days: 30 });
const trust = [authority.certificate];
const server: TlsCredentials = {
  ...await issueCertificate(authority, { commonName: "s", uris: ["sip:abc.test"], days: 9 }),
  trust,
};
const userOptions = { commonName: "user-a", uris: ["sip:user-a@abc.test"], days: 9 };
const user: TlsCredentials = { ...await issueCertificate(authority, userOptions), trust };

/** A log that can be awaited. */
class TestLog implements Log {
  readonly events: { event: string; facts?: LogFacts }[] = [];
  #waiting: (() => void)[] = [];
  write(_level: string, event: string, facts?: LogFacts) {
    this.events.push({ event, ...(facts ? { facts } : {}) });
    for (const wake of this.#waiting.splice(0)) wake();
  }
  async until(event: string, count = 1): Promise<void> {
    while (this.events.filter((one) => one.event === event).length < count) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }
}

/** A clock whose timers fire when told. */
class HandClock implements Clock {
  #now = Date.now();
  #timers: { at: number; fire: () => void }[] = [];
  now = () => this.#now;
  after(milliseconds: number, fire: () => void) {
    const timer = { at: this.#now + milliseconds, fire };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((one) => one !== timer)) };
  }
  advance(milliseconds: number) {
    this.#now += milliseconds;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { fire } of due) fire();
  }
}

/** Collects what a stream brings. */
class Reader {
  text = "";
  readonly closed = Promise.withResolvers<Error | undefined>();
  #wake = () => {};
  constructor(readonly stream: Stream) {
    stream.handle({
      data: (bytes) => {
        this.text += new TextDecoder().decode(bytes);
        this.#wake();
      },
      closed: (error) => this.closed.resolve(error),
    });
  }
  async until(text: string) {
    while (!this.text.includes(text)) await new Promise<void>((wake) => this.#wake = wake);
  }
}

/** A network with listeners and streams that are closed at the end of a test. */
class Bench {
  readonly log = new TestLog();
  readonly network: LiveNetwork;
  readonly accepted: Stream[] = [];
  #listeners: StreamListener[] = [];
  #opened: Stream[] = [];
  #wake: (() => void)[] = [];
  constructor(readonly clock: Clock = liveClock()) {
    this.network = new LiveNetwork({ clock, log: this.log });
  }
  async listen(
    kind: "tcp" | "tls",
    local: Address = V4,
    options: { limits?: Partial<ListenLimits>; tls?: TlsCredentials } = {},
  ): Promise<Address> {
    const listener = await this.network.listen(
      { kind, local, tls: options.tls ?? server, limits: { ...LIMITS, ...options.limits } },
      (stream) => {
        this.accepted.push(stream);
        for (const wake of this.#wake.splice(0)) wake();
      },
    );
    this.#listeners.push(listener);
    return listener.local;
  }
  async connect(remote: Address, options: Partial<ConnectOptions> = {}): Promise<Stream> {
    const stream = await this.network.connect({
      kind: "tls",
      remote,
      tls: { trust },
      serverName: "abc.test",
      timeoutMilliseconds: 10_000,
      ...options,
    });
    this.#opened.push(stream);
    return stream;
  }
  async acceptedStream(index = 0): Promise<Stream> {
    for (;;) {
      const stream = this.accepted[index];
      if (stream) return stream;
      await new Promise<void>((wake) => this.#wake.push(wake));
    }
  }
  async [Symbol.asyncDispose]() {
    const streams = [...this.#opened, ...this.accepted];
    const ends = streams.map((stream) => new Reader(stream).closed.promise);
    for (const stream of streams) stream.abort();
    for (const listener of this.#listeners) await listener.close();
    await Promise.all(ends);
  }
}

async function failure(promise: Promise<unknown>): Promise<NetworkError> {
  try {
    await promise;
  } catch (error) {
    assert(error instanceof NetworkError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "expected a NetworkError" });
}

for (const local of [V4, V6]) {
  for (const kind of ["tcp", "tls"] as const) {
    Deno.test(`LiveNetwork carries octets both ways over ${kind} at ${local.host}`, async () => {
      await using bench = new Bench();
      const address = await bench.listen(kind, local);
      assert.notEqual(address.port, 0);
      const stream = await bench.connect(address, { kind });
      const accepted = await bench.acceptedStream();
      assert.deepEqual(accepted.remote, stream.local);
      assert.deepEqual(accepted.local, address);
      assert.deepEqual(stream.remote, address);
      const [client, other] = [new Reader(stream), new Reader(accepted)];
      stream.write(new TextEncoder().encode("ping"));
      await other.until("ping");
      accepted.write(new TextEncoder().encode("pong"));
      accepted.close();
      await client.until("pong");
      assert.equal(await client.closed.promise, undefined);
      assert.equal(await other.closed.promise, undefined);
    });
  }
}

Deno.test("LiveNetwork.connect leaves from the local address it is given", async () => {
  await using bench = new Bench();
  const address = await bench.listen("tls");
  const stream = await bench.connect(address, { local: { host: "127.0.0.9", port: 0 } });
  assert.equal(stream.local.host, "127.0.0.9");
  assert.equal((await bench.acceptedStream()).remote.host, "127.0.0.9");
});

Deno.test("LiveNetwork gives the names of a verified client certificate, and none without one", async () => {
  await using bench = new Bench();
  const address = await bench.listen("tls");
  await bench.connect(address, { tls: user });
  const named = await bench.acceptedStream(0);
  assert.deepEqual(named.peer?.uris, ["sip:user-a@abc.test"]);
  assert.match(named.peer?.fingerprint ?? "", /^[0-9a-f]{64}$/);
  const stream = await bench.connect(address);
  assert.equal((await bench.acceptedStream(1)).peer, undefined);
  assert.deepEqual(stream.peer?.uris, ["sip:abc.test"]);
});

const badClients: Record<string, () => Promise<TlsCredentials>> = {
  "of a CA that is not trusted": async () => ({
    ...await issueCertificate(stranger, userOptions),
    trust,
  }),
  "that has expired": async () => ({
    ...await issueCertificate(authority, {
      ...userOptions,
      notBefore: new Date(Date.now() - 99 * DAY),
    }),
    trust,
  }),
  "that is not valid yet": async () => ({
    ...await issueCertificate(authority, { ...userOptions, notBefore: new Date(Date.now() + DAY) }),
    trust,
  }),
  "signed with a leaf certificate": async () => {
    const leaf = await issueCertificate(authority, userOptions);
    const forged = await issueCertificate(leaf, { ...userOptions, uris: ["sip:user-b@abc.test"] });
    return { certificate: forged.certificate + leaf.certificate, key: forged.key, trust };
  },
};
for (const [which, credentials] of Object.entries(badClients)) {
  Deno.test(`LiveNetwork never hands over a stream with a client certificate ${which}`, async () => {
    await using bench = new Bench();
    const address = await bench.listen("tls");
    const reader = new Reader(await bench.connect(address, { tls: await credentials() }));
    await reader.closed.promise;
    await bench.log.until("client certificate refused");
    assert.equal(bench.accepted.length, 0);
  });
}

const badServers: Record<string, [() => Promise<TlsCredentials>, RegExp]> = {
  "of a CA that is not trusted": [async () => ({
    ...await issueCertificate(stranger, { commonName: "s", uris: ["sip:abc.test"], days: 9 }),
    trust,
  }), /trusted CA/],
  "that has expired": [async () => ({
    ...await issueCertificate(authority, {
      commonName: "s",
      uris: ["sip:abc.test"],
      days: 9,
      notBefore: new Date(Date.now() - 99 * DAY),
    }),
    trust,
  }), /expired .*renew/],
  "that is not valid yet": [async () => ({
    ...await issueCertificate(authority, {
      commonName: "s",
      uris: ["sip:abc.test"],
      days: 9,
      notBefore: new Date(Date.now() + DAY),
    }),
    trust,
  }), /valid only from .*clocks/],
  "for another domain": [async () => ({
    ...await issueCertificate(authority, { commonName: "abc.test", dns: ["xyz.test"], days: 9 }),
    trust,
  }), /certificate is for xyz\.test, not for abc\.test/],
  "for a user of the domain": [
    () => Promise.resolve(user),
    /certificate is for sip:user-a@abc\.test, not for abc\.test/,
  ],
};
for (const [which, [credentials, expected]] of Object.entries(badServers)) {
  Deno.test(`LiveNetwork.connect refuses a server certificate ${which} and says so`, async () => {
    await using bench = new Bench();
    const address = await bench.listen("tls", V4, { tls: await credentials() });
    const error = await failure(bench.connect(address));
    assert.equal(error.code, "certificate", error.message);
    assert.match(error.message, expected);
  });
}

Deno.test("LiveNetwork refuses credentials of its own that cannot work before it opens a socket", async () => {
  await using bench = new Bench();
  const remote = { host: "127.0.0.1", port: 9 };
  const bad: [TlsCredentials, RegExp][] = [
    [
      { certificate: server.certificate, key: user.key, trust } as TlsCredentials,
      /does not belong/,
    ],
    [
      { certificate: server.certificate, trust } as TlsCredentials,
      /both a certificate and its key/,
    ],
    [{ ...server, certificate: "not PEM" }, /BEGIN CERTIFICATE/],
    [{ ...server, trust: ["not PEM"] }, /BEGIN CERTIFICATE/],
  ];
  for (const [tls, expected] of bad) {
    for (const attempt of [bench.listen("tls", V4, { tls }), bench.connect(remote, { tls })]) {
      const error = await failure(attempt);
      assert.equal(error.code, "certificate");
      assert.match(error.message, expected);
    }
  }
});

Deno.test("LiveNetwork.connect without trusted CAs fails before it sends anything", async () => {
  await using bench = new Bench();
  const error = await failure(
    bench.connect({ host: "127.0.0.1", port: 9 }, { tls: { trust: [] } }),
  );
  assert.equal(error.code, "certificate");
  assert.match(error.message, /no CA is trusted/);
});

Deno.test("LiveNetwork.connect without a server name wants the address in the certificate", async () => {
  await using bench = new Bench();
  const byIp = await issueCertificate(authority, { commonName: "s", ips: ["127.0.0.1"], days: 9 });
  const good = await bench.listen("tls", V4, { tls: { ...byIp, trust } });
  const stream = await bench.network.connect({
    kind: "tls",
    remote: good,
    tls: { trust },
    timeoutMilliseconds: 10_000,
  });
  const reader = new Reader(stream);
  stream.abort();
  await reader.closed.promise;
  const bad = await bench.listen("tls");
  const error = await failure(
    bench.network.connect({
      kind: "tls",
      remote: bad,
      tls: { trust },
      timeoutMilliseconds: 10_000,
    }),
  );
  assert.equal(error.code, "certificate", error.message);
});

Deno.test("LiveNetwork.listen says that the address is in use", async () => {
  await using bench = new Bench();
  for (const kind of ["tcp", "tls"] as const) {
    const address = await bench.listen(kind);
    const error = await failure(bench.listen(kind, address));
    assert.equal(error.code, "address-in-use");
    assert.match(
      error.message,
      new RegExp(`cannot listen on ${kind} 127.0.0.1:${address.port}: .*in use`),
    );
  }
});

Deno.test("LiveNetwork.listen says that the machine has no such address", async () => {
  await using bench = new Bench();
  const error = await failure(bench.listen("tcp", { host: "192.0.2.1", port: 0 }));
  assert.equal(error.code, "unreachable");
  assert.match(error.message, /no such address/);
});

Deno.test("LiveNetwork.listen frees the port when it is closed, and open streams stay", async () => {
  await using bench = new Bench();
  const options = { kind: "tcp" as const, local: V4, limits: LIMITS };
  const streams: Stream[] = [];
  const arrived = Promise.withResolvers<void>();
  const listener = await bench.network.listen(options, (stream) => {
    streams.push(stream);
    arrived.resolve();
  });
  const client = new Reader(await bench.connect(listener.local, { kind: "tcp" }));
  await arrived.promise;
  await listener.close();
  const again = await bench.network.listen({ ...options, local: listener.local }, () => {});
  streams[0]?.write(new TextEncoder().encode("still here"));
  await client.until("still here");
  await again.close();
  streams[0]?.abort();
  await client.closed.promise;
});

Deno.test("LiveNetwork.connect says that nothing listens", async () => {
  await using bench = new Bench();
  const listener = await bench.network.listen({ kind: "tcp", local: V4, limits: LIMITS }, () => {});
  await listener.close();
  for (const kind of ["tcp", "tls"] as const) {
    const error = await failure(bench.connect(listener.local, { kind }));
    assert.equal(error.code, "refused");
    assert.match(error.message, /nothing listens there/);
  }
});

Deno.test("LiveNetwork.connect over tls to a server that says nothing fails at its timeout", async () => {
  const clock = new HandClock();
  await using bench = new Bench(clock);
  const address = await bench.listen("tcp");
  const attempt = failure(bench.connect(address, { timeoutMilliseconds: 700 }));
  const silent = new Reader(await bench.acceptedStream());
  clock.advance(700);
  const error = await attempt;
  assert.equal(error.code, "timeout");
  assert.match(error.message, /after 700 ms/);
  await silent.closed.promise;
});

Deno.test("LiveNetwork.connect over tls to a server without TLS fails with a handshake error", async () => {
  await using bench = new Bench();
  const address = await bench.listen("tcp");
  const attempt = failure(bench.connect(address));
  (await bench.acceptedStream()).write(new TextEncoder().encode("220 mail.test ESMTP\r\n"));
  const error = await attempt;
  assert.equal(error.code, "handshake", error.message);
});

Deno.test("LiveNetwork.listen over tls refuses TLS 1.2 and plain text, and serves on", async () => {
  await using bench = new Bench();
  const address = await bench.listen("tls");
  const old = Promise.withResolvers<Error>();
  connectTls({
    host: address.host,
    port: address.port,
    ca: [...trust],
    maxVersion: "TLSv1.2",
    checkServerIdentity: () => undefined,
  }).once("error", old.resolve).once("secureConnect", () => old.reject(new Error("TLS 1.2 taken")));
  assert.match(String(await old.promise), /alert|version/i);
  const plain = await bench.connect(address, { kind: "tcp" });
  plain.write(new TextEncoder().encode("OPTIONS sip:abc.test SIP/2.0\r\n\r\n"));
  await new Reader(plain).closed.promise;
  await bench.log.until("handshake failed", 2);
  await bench.connect(address);
  await bench.acceptedStream();
  assert.equal(bench.accepted.length, 1);
});

Deno.test("LiveNetwork ends a TLS handshake that does not finish in time", async () => {
  const clock = new HandClock();
  await using bench = new Bench(clock);
  const address = await bench.listen("tls", V4, { limits: { handshakeMilliseconds: 3000 } });
  const silent = new Reader(await bench.connect(address, { kind: "tcp" }));
  // A whole handshake after it shows that the silent connection has been seen.
  await bench.connect(address);
  clock.advance(2999);
  clock.advance(1);
  await silent.closed.promise;
  assert(bench.log.events.some(({ event }) => event === "handshake timed out"));
});

Deno.test("LiveNetwork serves a newcomer while half-open TLS connections fill every place", async () => {
  await using bench = new Bench();
  const address = await bench.listen("tls", V4, { limits: { connections: 8 } });
  const silent: Reader[] = [];
  for (let count = 0; count < 8; count++) {
    silent.push(new Reader(await bench.connect(address, { kind: "tcp" })));
  }
  const stream = new Reader(await bench.connect(address));
  await bench.acceptedStream();
  await silent[0]?.closed.promise; // the oldest one
  stream.stream.write(new TextEncoder().encode("served"));
  await new Reader(await bench.acceptedStream()).until("served");
  assert.equal(
    bench.log.events.filter(({ event }) => event === "handshake dropped over limit").length,
    1,
  );
});

Deno.test("LiveNetwork closes what is over the limit per address, and serves other addresses", async () => {
  await using bench = new Bench();
  const address = await bench.listen("tcp", V4, { limits: { connectionsPerAddress: 3 } });
  const flood: Reader[] = [];
  for (let count = 0; count < 20; count++) {
    flood.push(new Reader(await bench.connect(address, { kind: "tcp" })));
  }
  await Promise.all(flood.slice(3).map((reader) => reader.closed.promise));
  assert.equal(bench.accepted.length, 3);
  const other = { kind: "tcp" as const, local: { host: "127.0.0.2", port: 0 } };
  const served = await bench.connect(address, other);
  const accepted = new Reader(await bench.acceptedStream(3));
  served.write(new TextEncoder().encode("served"));
  await accepted.until("served");
  // A place that is given back can be taken again.
  flood[0]?.stream.abort();
  await new Reader(bench.accepted[0] as Stream).closed.promise;
  await bench.connect(address, { kind: "tcp" });
  await bench.acceptedStream(4);
});

Deno.test("LiveNetwork.resolve answers an IP literal itself and says which name it cannot find", async () => {
  const { network } = new Bench();
  assert.deepEqual(await network.resolve("[2001:DB8::0:1]"), ["2001:db8::1"]);
  assert(
    (await network.resolve("localhost")).some((host) => host === "127.0.0.1" || host === "::1"),
  );
  const error = await failure(network.resolve("no-such-name.invalid"));
  assert.equal(error.code, "name-not-found");
  assert.match(error.message, /"no-such-name\.invalid"/);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Delivery, type LinkSettings, Simulation } from "../runtime/simulated.ts";
import type { ListenLimits, Stream } from "./network.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";
const SERVER = { host: B, port: 5060 };
const LIMITS: ListenLimits = {
  connections: 100,
  connectionsPerAddress: 100,
  handshakeMilliseconds: 1000,
};

/** Notes what happens on a stream. */
function watch(stream: Stream) {
  const seen = { data: [] as number[], closed: [] as (string | undefined)[] };
  stream.handle({
    data: (bytes) => seen.data.push(...bytes),
    closed: (error) => seen.closed.push(error && ("code" in error ? String(error.code) : "?")),
  });
  return seen;
}

/** Two hosts, a listener at B that keeps the streams it accepts. */
async function world(
  { settings = {}, limits = {}, seed = 7, stallMilliseconds }: {
    settings?: Partial<LinkSettings>;
    limits?: Partial<ListenLimits>;
    seed?: number;
    stallMilliseconds?: number;
  } = {},
) {
  const trace: Delivery[] = [];
  const simulation = new Simulation({
    seed,
    onDelivery: (delivery) => trace.push(delivery),
    ...(stallMilliseconds === undefined ? {} : { stallMilliseconds }),
  });
  simulation.defaultLink({ delayMilliseconds: 10, ...settings });
  const a = simulation.host("a", { addresses: [A] });
  const b = simulation.host("b", { addresses: [B] });
  const accepted: Stream[] = [];
  const listener = await b.network.listen(
    { kind: "tcp", local: SERVER, limits: { ...LIMITS, ...limits } },
    (stream) => accepted.push(stream),
  );
  const connect = (timeoutMilliseconds = 5000) =>
    simulation.settle(
      a.network.connect({ kind: "tcp", remote: SERVER, timeoutMilliseconds }),
    );
  /** A connection that stands at both ends. */
  const pair = async () => {
    const near = await connect();
    await simulation.advance(100);
    const far = accepted.at(-1);
    assert(far, "not accepted");
    return { near, far };
  };
  return { simulation, a, b, trace, accepted, listener, connect, pair };
}

Deno.test("connect: stands after one round trip at one end, half one more at the other", async () => {
  const { simulation, connect, accepted } = await world();
  const start = simulation.clock.now();
  const near = await connect();
  assert.equal(simulation.clock.now() - start, 20);
  assert.equal(accepted.length, 0);
  await simulation.advance(10);
  const far = accepted[0];
  assert(far);
  assert.deepEqual([near.remote, far.local], [SERVER, SERVER]);
  assert.deepEqual(near.local, far.remote);
  assert.equal(near.local.host, A);
  assert.equal(near.peer, undefined);
});

Deno.test("stream: octets arrive whole and in order over any link, both ways", async () => {
  const link = fc.record({
    delayMilliseconds: fc.integer({ min: 0, max: 50 }),
    jitterMilliseconds: fc.integer({ min: 0, max: 100 }),
    loss: fc.double({ min: 0, max: 0.6, noNaN: true }),
    reordering: fc.double({ min: 0, max: 1, noNaN: true }),
    duplication: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const writes = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(link, writes, fc.integer(), async (settings, chunks, seed) => {
      const { simulation, a, accepted } = await world({ settings, seed });
      const near = await simulation.settle(
        a.network.connect({ kind: "tcp", remote: SERVER, timeoutMilliseconds: 3_600_000 }),
        { limitMilliseconds: 3_600_000 },
      );
      const seen = watch(near);
      for (const [index, chunk] of chunks.entries()) {
        simulation.clock.after(index, () => near.write(chunk));
      }
      await simulation.run(() => accepted.length > 0, { limitMilliseconds: 3_600_000 });
      // Echoed, then closed by the other end once all is there.
      const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      let echoed = 0;
      accepted[0]?.handle({
        data: (bytes) => {
          accepted[0]?.write(bytes);
          echoed += bytes.length;
          if (echoed === total) accepted[0]?.close();
        },
        closed() {},
      });
      await simulation.advance(3_600_000);
      assert.deepEqual(seen.data, chunks.flatMap((chunk) => [...chunk]));
      assert.deepEqual(seen.closed, total > 0 ? [undefined] : []);
    }),
    { numRuns: 30 },
  );
});

Deno.test("stream: what comes before the handler is set waits for it, the end too", async () => {
  const { simulation, pair } = await world();
  const { near, far } = await pair();
  far.write(Uint8Array.of(1, 2));
  far.write(Uint8Array.of(3));
  far.close();
  await simulation.advance(100);
  const seen = watch(near);
  assert.deepEqual(seen.data, [], "not from within handle()");
  await simulation.advance(0);
  assert.deepEqual(seen, { data: [1, 2, 3], closed: [undefined] });
});

Deno.test("stream: close sends what is queued, ends both ends once, and drops later writes", async () => {
  const { simulation, pair } = await world();
  const { near, far } = await pair();
  const [nearSeen, farSeen] = [watch(near), watch(far)];
  near.write(Uint8Array.of(1));
  near.close();
  near.close();
  near.write(Uint8Array.of(2));
  far.write(Uint8Array.of(9)); // crosses the end: still arrives
  await simulation.advance(10);
  assert.deepEqual(farSeen, { data: [1], closed: [undefined] });
  await simulation.advance(10);
  const idle = simulation.run(() => false, { limitMilliseconds: 0 });
  await assert.rejects(idle, /nothing is left/, "no timer outlives the stream");
  assert.deepEqual(nearSeen, { data: [9], closed: [undefined] });
});

Deno.test("stream: abort drops what is queued and resets the other end", async () => {
  const { simulation, pair } = await world();
  const { near, far } = await pair();
  const [nearSeen, farSeen] = [watch(near), watch(far)];
  simulation.link(A, B, { partitioned: true });
  near.write(Uint8Array.of(1));
  assert.equal(near.pending, 1);
  near.abort();
  assert.equal(near.pending, 0);
  assert.deepEqual(nearSeen.closed, [], "not from within abort()");
  await simulation.advance(0);
  simulation.link(A, B, { partitioned: false });
  await simulation.advance(100);
  assert.deepEqual(nearSeen, { data: [], closed: [undefined] });
  assert.deepEqual(farSeen, { data: [], closed: ["reset"] });
});

Deno.test("stream: what is sent to an end that is gone comes back as a reset", async () => {
  const { simulation, pair } = await world({ stallMilliseconds: 1000 });
  const { near, far } = await pair();
  const [nearSeen, farSeen] = [watch(near), watch(far)];
  simulation.oneWay(A, B, { partitioned: true });
  near.write(Uint8Array.of(1));
  await simulation.advance(1000);
  assert.deepEqual(nearSeen.closed, ["timeout"]);
  assert.deepEqual(farSeen.closed, [], "the other end knows nothing yet");
  simulation.link(A, B, { partitioned: false });
  far.write(Uint8Array.of(2));
  await simulation.advance(100);
  assert.deepEqual([nearSeen.data, farSeen.closed], [[], ["reset"]]);
});

Deno.test("stream: a partition stalls; healed in time all arrives in order", async () => {
  const { simulation, pair } = await world();
  const { near, far } = await pair();
  const [seen, nearSeen] = [watch(far), watch(near)];
  near.write(Uint8Array.of(1));
  simulation.link(A, B, { partitioned: true });
  near.write(Uint8Array.of(2, 3));
  near.write(Uint8Array.of(4));
  assert.equal(near.pending, 3);
  await simulation.advance(600_000);
  assert.deepEqual(seen.data, [1]);
  simulation.link(A, B, { partitioned: false });
  near.write(Uint8Array.of(5));
  assert.equal(near.pending, 0);
  await simulation.advance(10);
  assert.deepEqual(seen, { data: [1, 2, 3, 4, 5], closed: [] });
  await simulation.advance(2_000_000);
  assert.deepEqual(nearSeen.closed, [], "the wait that ended in time counts for nothing");
});

Deno.test("stream: after a partition of 924.6 s the sender's end fails with a timeout", async () => {
  const { simulation, pair } = await world();
  const { near } = await pair();
  const seen = watch(near);
  simulation.link(A, B, { partitioned: true });
  near.write(Uint8Array.of(1));
  await simulation.advance(924_599);
  assert.deepEqual(seen.closed, []);
  await simulation.advance(1);
  assert.deepEqual(seen.closed, ["timeout"]);
});

Deno.test("stream: close over a cut link gives up after the linger time", async () => {
  const { simulation, pair } = await world();
  const { near } = await pair();
  const seen = watch(near);
  simulation.link(A, B, { partitioned: true });
  near.close();
  await simulation.advance(4_999);
  assert.deepEqual(seen.closed, []);
  await simulation.advance(1);
  assert.deepEqual(seen.closed, [undefined]);
});

Deno.test("connect: refused where nobody listens, unreachable where nobody is, timeout in a partition", async () => {
  const { simulation, a, listener, connect } = await world();
  await listener.close();
  await assert.rejects(connect(), { code: "refused", message: /nobody listens at 192.0.2.2:5060/ });
  const call = (host: string, timeoutMilliseconds = 5000) =>
    simulation.settle(
      a.network.connect({ kind: "tcp", remote: { host, port: 1 }, timeoutMilliseconds }),
    );
  await assert.rejects(call("203.0.113.1"), { code: "unreachable" });
  await assert.rejects(call("2001:db8::1"), { code: "unreachable" });
  simulation.link(A, B, { partitioned: true });
  const before = simulation.clock.now();
  await assert.rejects(call(B, 700), { code: "timeout", message: /within 700 ms/ });
  assert.equal(simulation.clock.now() - before, 700);
});

Deno.test("connect: one that timed out at the caller leaves nothing at the server", async () => {
  const { simulation, accepted, connect } = await world({ limits: { connections: 1 } });
  simulation.oneWay(B, A, { delayMilliseconds: 500 });
  await assert.rejects(connect(100), { code: "timeout" });
  await simulation.advance(2000);
  assert.equal(accepted.length, 0);
  await connect();
  await simulation.advance(2000);
  assert.equal(accepted.length, 1);
});

Deno.test("listen: a port is in use until closed; open streams stay", async () => {
  const { simulation, b, listener, pair } = await world();
  const { near, far } = await pair();
  const again = () => b.network.listen({ kind: "tcp", local: SERVER, limits: LIMITS }, () => {});
  await assert.rejects(again(), { code: "address-in-use" });
  await listener.close();
  const seen = watch(far);
  near.write(Uint8Array.of(1));
  await simulation.advance(100);
  assert.deepEqual(seen, { data: [1], closed: [] });
  await again();
});

Deno.test("listen: connections over a limit are closed at once, and count no more when gone", async () => {
  for (const limits of [{ connections: 2 }, { connectionsPerAddress: 2 }]) {
    const { simulation, connect, accepted } = await world({ limits });
    const first = await connect();
    await connect();
    const third = await connect();
    const seen = watch(third);
    await simulation.advance(100);
    assert.deepEqual([accepted.length, seen.closed], [2, ["reset"]]);
    first.close();
    accepted[0]?.handle({ data() {}, closed() {} });
    await simulation.advance(100);
    const fourth = watch(await connect());
    await simulation.advance(100);
    assert.deepEqual([accepted.length, fourth.closed], [3, []]);
  }
});

Deno.test("connect: from a port of choice; the same pair of ends only once", async () => {
  const { simulation, a, accepted } = await world();
  const from = (port: number) =>
    simulation.settle(
      a.network.connect({
        kind: "tcp",
        remote: SERVER,
        local: { host: A, port },
        timeoutMilliseconds: 5000,
      }),
    );
  const stream = await from(6000);
  await simulation.advance(100);
  assert.deepEqual(accepted[0]?.remote, { host: A, port: 6000 });
  await assert.rejects(from(6000), { code: "address-in-use" });
  stream.close();
  await simulation.advance(100);
  await from(6000);
});

Deno.test("trace: a stream's opening, octets and end, as the application wrote them", async () => {
  const { simulation, trace, pair } = await world();
  const { near } = await pair();
  near.write(Uint8Array.of(1, 2));
  near.close();
  await simulation.advance(100);
  assert.deepEqual(
    trace.map(({ from, to, kind, outcome, bytes, at, sent }) => [
      `${from.host}>${to.host}`,
      kind,
      outcome,
      bytes.toHex(),
      at - sent,
    ]),
    [
      [`${A}>${B}`, "tcp", "opened", "", 0],
      [`${A}>${B}`, "tcp", "delivered", "0102", 10],
      [`${A}>${B}`, "tcp", "closed", "", 0],
      [`${B}>${A}`, "tcp", "closed", "", 0],
    ],
  );
});

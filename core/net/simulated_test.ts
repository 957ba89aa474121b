import assert from "node:assert/strict";
import { type Delivery, type LinkSettings, Simulation } from "../runtime/simulated.ts";
import { type DatagramSocket, NetworkError } from "./network.ts";

const A = "192.0.2.1";
const B = "192.0.2.2";

function world(settings: Partial<LinkSettings> = {}) {
  const trace: Delivery[] = [];
  const simulation = new Simulation({ seed: 7, onDelivery: (delivery) => trace.push(delivery) });
  simulation.defaultLink(settings);
  const a = simulation.host("a", { addresses: [A, "2001:db8::1"] });
  const b = simulation.host("b", { addresses: [B, "2001:db8::2"] });
  return { simulation, a, b, trace };
}

/** Sends `count` numbered datagrams from a to b, one each millisecond; what came, in order, and when. */
async function numbered(settings: Partial<LinkSettings>, count: number) {
  const { simulation, a, b, trace } = world(settings);
  const start = simulation.clock.now();
  const came: number[] = [];
  const delays: number[] = [];
  await b.network.datagram({ host: B, port: 5060 }, (bytes) => {
    const number = new DataView(bytes.buffer).getUint32(0);
    came.push(number);
    delays.push(simulation.clock.now() - start - number);
  });
  const socket = await a.network.datagram({ host: A, port: 5060 }, () => {});
  for (let number = 0; number < count; number++) {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, number);
    simulation.clock.after(number, () => socket.send(bytes, { host: B, port: 5060 }));
  }
  await simulation.advance(count + 10_000);
  return { came, delays, trace };
}

function rejectsWith(work: Promise<unknown>, code: NetworkError["code"], message: RegExp) {
  return assert.rejects(
    work,
    (error) => error instanceof NetworkError && error.code === code && message.test(error.message),
  );
}

Deno.test("datagram: arrives after the link's delay, from the sender's address, as a copy", async () => {
  const { simulation, a, b } = world({ delayMilliseconds: 25 });
  const start = simulation.clock.now();
  const came: unknown[] = [];
  await b.network.datagram({ host: B, port: 5060 }, (bytes, from) => {
    came.push([[...bytes], from, simulation.clock.now() - start]);
    bytes.fill(0);
  });
  const socket = await a.network.datagram({ host: A, port: 5070 }, () => {});
  const buffer = Uint8Array.of(1, 2, 3);
  socket.send(buffer, { host: B, port: 5060 });
  buffer.fill(9);
  await simulation.advance(24);
  assert.deepEqual(came, []);
  await simulation.advance(1);
  assert.deepEqual(came, [[[1, 2, 3], { host: A, port: 5070 }, 25]]);
  assert.deepEqual([...buffer], [9, 9, 9]);
});

Deno.test("link: jitter keeps the order; delays stay within it and differ", async () => {
  const { came, delays } = await numbered({ delayMilliseconds: 10, jitterMilliseconds: 20 }, 500);
  assert.deepEqual(came, Array.from({ length: 500 }, (_, index) => index));
  assert(delays.every((delay) => delay >= 10 && delay <= 30));
  assert(new Set(delays).size > 5);
});

Deno.test("link: loss, duplication and reordering happen about as often as set, and are traced", async () => {
  const lossy = await numbered({ loss: 0.3 }, 1000);
  assert(lossy.came.length > 620 && lossy.came.length < 780, `${lossy.came.length} of 1000 came`);
  const lost = lossy.trace.filter(({ outcome }) => outcome === "lost").length;
  assert.equal(lost + lossy.came.length, 1000);

  const doubled = await numbered({ duplication: 0.3 }, 1000);
  assert(doubled.came.length > 1220 && doubled.came.length < 1380);
  assert.equal(new Set(doubled.came).size, 1000);
  const copies = doubled.trace.filter(({ outcome }) => outcome === "duplicated").length;
  assert.equal(copies, doubled.came.length - 1000);

  const mixed = await numbered({ reordering: 0.2, reorderingMilliseconds: 5 }, 1000);
  assert.equal(mixed.came.length, 1000);
  const overtaken = mixed.came.filter((number, index) => number < (mixed.came[index - 1] ?? 0));
  assert(overtaken.length > 100, `${overtaken.length} overtaken`);
});

Deno.test("link: loss of 1 loses all, a partition too, one way only where set so", async () => {
  assert.deepEqual((await numbered({ loss: 1 }, 20)).came, []);
  const { simulation, a, b, trace } = world();
  const came: string[] = [];
  const at = async (runtime: typeof a, host: string): Promise<DatagramSocket> =>
    await runtime.network.datagram({ host, port: 1 }, () => came.push(host));
  const [fromA, fromB] = [await at(a, A), await at(b, B)];
  const both = async () => {
    came.length = 0;
    fromA.send(Uint8Array.of(1), { host: B, port: 1 });
    fromB.send(Uint8Array.of(1), { host: A, port: 1 });
    await simulation.advance(100);
    return came.toSorted();
  };
  assert.deepEqual(await both(), [A, B]);
  simulation.link(A, B, { partitioned: true });
  assert.deepEqual(await both(), []);
  assert.equal(trace.filter(({ outcome }) => outcome === "partitioned").length, 2);
  simulation.oneWay(A, B, { partitioned: false });
  assert.deepEqual(await both(), [B]);
  simulation.link(A, B, { partitioned: false });
  assert.deepEqual(await both(), [A, B]);
  simulation.defaultLink({ partitioned: true }); // the pair has its own setting
  assert.deepEqual(await both(), [A, B]);
});

Deno.test("link settings that make no sense are refused, naming the setting", () => {
  const { simulation } = world();
  assert.throws(() => simulation.defaultLink({ loss: 1.5 }), /loss is 1.5/);
  assert.throws(() => simulation.link(A, B, { duplication: NaN }), /duplication is NaN/);
  assert.throws(() => simulation.link(A, B, { delayMilliseconds: -1 }), /delayMilliseconds is -1/);
  assert.throws(() => simulation.link(A, B, { jitterMilliseconds: 0.5 }), /whole milliseconds/);
  assert.throws(() => simulation.link("a", B, {}), /not an IP address/);
});

Deno.test("datagram: to nobody, to a closed port or too big is dropped and traced, no error", async () => {
  const { simulation, a, b, trace } = world();
  const socket = await a.network.datagram({ host: A, port: 1 }, () => {});
  const closed = await b.network.datagram({ host: B, port: 1 }, () => assert.fail("closed"));
  await closed.close();
  socket.send(Uint8Array.of(1), { host: B, port: 1 });
  socket.send(Uint8Array.of(1), { host: "203.0.113.1", port: 1 });
  socket.send(new Uint8Array(65_508), { host: B, port: 1 });
  await simulation.advance(10);
  assert.deepEqual(trace.map(({ outcome }) => outcome), ["too-big", "unreachable", "unreachable"]);
  await socket.close();
  socket.send(Uint8Array.of(1), { host: B, port: 1 });
  assert.equal(trace.length, 3);
});

Deno.test("datagram: a port is in use until it is closed; wild card and address collide", async () => {
  const { a, b } = world();
  const nothing = () => {};
  const first = await a.network.datagram({ host: A, port: 5060 }, nothing);
  await rejectsWith(
    a.network.datagram({ host: A, port: 5060 }, nothing),
    "address-in-use",
    /192.0.2.1:5060 is in use/,
  );
  await rejectsWith(
    a.network.datagram({ host: "0.0.0.0", port: 5060 }, nothing),
    "address-in-use",
    /./,
  );
  await b.network.datagram({ host: B, port: 5060 }, nothing);
  await a.network.datagram({ host: "2001:db8::1", port: 5060 }, nothing);
  await first.close();
  await a.network.datagram({ host: "0.0.0.0", port: 5060 }, nothing);
  await rejectsWith(a.network.datagram({ host: A, port: 5060 }, nothing), "address-in-use", /./);
});

Deno.test("datagram: bound to the wild card hears all addresses of its family, sends from the right one", async () => {
  const { simulation, a, b } = world();
  const heard: string[] = [];
  const wild = await b.network.datagram({ host: "::", port: 5060 }, (_bytes, from) => {
    heard.push(from.host);
    wild.send(Uint8Array.of(2), from);
  });
  const back: string[] = [];
  const socket = await a.network.datagram(
    { host: "2001:db8::1", port: 0 },
    (_, from) => back.push(from.host),
  );
  assert(socket.local.port >= 49152);
  socket.send(Uint8Array.of(1), { host: "2001:db8::2", port: 5060 });
  const v4 = await a.network.datagram({ host: A, port: 0 }, () => assert.fail("IPv4 answered"));
  v4.send(Uint8Array.of(1), { host: B, port: 5060 });
  await simulation.advance(10);
  assert.deepEqual([heard, back], [["2001:db8::1"], ["2001:db8::2"]]);
});

Deno.test("datagram, listen and connect: only from addresses of one's own", async () => {
  const { a } = world();
  await rejectsWith(
    a.network.datagram({ host: B, port: 1 }, () => {}),
    "unreachable",
    /192.0.2.2 is not an address of this host: use one of 192.0.2.1, 2001:db8::1/,
  );
  const from = { host: B, port: 0 };
  const remote = { host: B, port: 1 };
  await rejectsWith(
    a.network.connect({ kind: "tcp", remote, local: from, timeoutMilliseconds: 1 }),
    "unreachable",
    /not an address of this host/,
  );
});

Deno.test("datagram: to oneself passes without delay, whatever the network does", async () => {
  const { simulation, a } = world({ partitioned: true, delayMilliseconds: 1000 });
  const socket = await a.network.datagram({ host: A, port: 1 }, () => came++);
  let came = 0;
  socket.send(Uint8Array.of(1), { host: A, port: 1 });
  await simulation.advance(0);
  assert.equal(came, 1);
});

Deno.test("resolve: literals answer themselves, names as told, others are not found", async () => {
  const { simulation, a } = world();
  simulation.name("ABC.test", ["2001:DB8::2", B]);
  assert.deepEqual(await a.network.resolve("[2001:db8:0::5]"), ["2001:db8::5"]);
  assert.deepEqual(await a.network.resolve("abc.TEST"), ["2001:db8::2", B]);
  await rejectsWith(a.network.resolve("xyz.test"), "name-not-found", /"xyz.test" is not known/);
});

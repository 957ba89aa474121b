import assert from "node:assert/strict";
import { type Delivery, Simulation, SimulationError } from "./simulated.ts";

const START = Date.UTC(2026, 0, 1);

/** Three hosts that chat over bad links for ten virtual seconds; everything that happened, as text. */
async function chatter(seed: number): Promise<string> {
  const lines: string[] = [];
  const simulation = new Simulation({
    seed,
    onDelivery: ({ at, sent, from, to, kind, bytes, outcome }: Delivery) =>
      lines.push(
        [at, sent, from.host, from.port, to.host, to.port, kind, bytes.toHex(), outcome].join(" "),
      ),
  });
  simulation.defaultLink({
    delayMilliseconds: 5,
    jitterMilliseconds: 30,
    loss: 0.2,
    duplication: 0.1,
    reordering: 0.2,
  });
  const hosts = ["192.0.2.1", "192.0.2.2", "2001:db8::3"].map((address) => ({
    address,
    runtime: simulation.host(address, { addresses: [address, `fd00::${address.at(-1)}`] }),
  }));
  for (const { address, runtime } of hosts) {
    const { network, clock, random } = runtime;
    const socket = await network.datagram({ host: address, port: 5060 }, (bytes, from) => {
      if (bytes.length < 8) socket.send(Uint8Array.of(...bytes, 255), from);
    });
    const listener = { kind: "tcp", local: { host: address, port: 5060 }, limits } as const;
    await network.listen(listener, (stream) =>
      stream.handle({
        data: (bytes) => stream.write(random.bytes(bytes.length)),
        closed: (error) => lines.push(`${clock.now()} ${address} closed ${error?.message}`),
      }));
    const tick = async () => {
      const other = hosts[random.bytes(1)[0]! % 3]!.address;
      const port = 5060;
      socket.send(random.bytes(2), { host: other, port });
      clock.after(100 + random.bytes(1)[0]!, tick);
      try {
        const remote = { host: other, port };
        const stream = await network.connect({ kind: "tcp", remote, timeoutMilliseconds: 150 });
        stream.handle({ data: () => stream.close(), closed() {} });
        stream.write(random.bytes(3));
      } catch (error) {
        lines.push(`${clock.now()} ${address} ${error}`);
      }
    };
    clock.after(0, tick);
  }
  await simulation.advance(10_000);
  return lines.join("\n");
}

const limits = { connections: 100, connectionsPerAddress: 100, handshakeMilliseconds: 1000 };

Deno.test("Simulation: the same seed replays the same trace, another seed another one", async () => {
  const [first, again, other] = [await chatter(1), await chatter(1), await chatter(2)];
  assert.equal(again, first);
  assert.notEqual(other, first);
  for (const outcome of ["delivered", "lost", "duplicated", "opened", "closed"]) {
    assert(first.includes(` ${outcome}`), `no ${outcome} in the trace: it proves too little`);
  }
});

Deno.test("Simulation: two at the same time do not disturb each other", async () => {
  const alone = await chatter(3);
  const together = await Promise.all([chatter(3), chatter(4), chatter(3)]);
  assert.equal(together[0], alone);
  assert.equal(together[2], alone);
});

Deno.test("Simulation.clock: timers fire in order, at their virtual time, cancelled ones never", async () => {
  const simulation = new Simulation({ seed: 1 });
  const { clock } = simulation;
  assert.equal(clock.now(), START);
  const fired: string[] = [];
  const note = (name: string) => () => fired.push(`${name}@${clock.now() - START}`);
  clock.after(20, note("c"));
  clock.after(10, note("a"));
  clock.after(10, note("b"));
  clock.after(15, note("cancelled")).cancel();
  clock.after(-5, note("past"));
  clock.after(NaN, note("nan"));
  clock.after(0.4, note("fraction"));
  await simulation.advance(19);
  assert.equal(clock.now(), START + 19);
  assert.deepEqual(fired, ["past@0", "nan@0", "fraction@1", "a@10", "b@10"]);
  await simulation.advance(1);
  assert.equal(fired.at(-1), "c@20");
});

Deno.test("Simulation: promise chains of any length run dry before the next event", async () => {
  const { clock, ...rest } = simulated();
  const order: string[] = [];
  clock.after(1, async () => {
    for (let i = 0; i < 10_000; i++) await null;
    order.push(`chain@${clock.now() - START}`);
  });
  clock.after(2, () => order.push("next"));
  await rest.simulation.advance(5);
  assert.deepEqual(order, ["chain@1", "next"]);
});

function simulated() {
  const simulation = new Simulation({ seed: 1 });
  return { simulation, clock: simulation.clock };
}

Deno.test("Simulation.run stops at the event that makes its condition true", async () => {
  const { simulation, clock } = simulated();
  let count = 0;
  const tick = () => {
    count++;
    clock.after(10, tick);
  };
  tick();
  await simulation.run(() => count === 5, { limitMilliseconds: 1000 });
  assert.equal(clock.now(), START + 40);
  await assert.rejects(
    simulation.run(() => count === 1000, { limitMilliseconds: 100 }),
    (error) => error instanceof SimulationError && /within 100 ms/.test(error.message),
  );
  assert.equal(clock.now(), START + 140);
});

Deno.test("Simulation.run says when nothing is left to happen, and refuses a second run", async () => {
  const { simulation } = simulated();
  const run = simulation.run(() => false, { limitMilliseconds: 5 });
  await assert.rejects(simulation.advance(1), /is running/);
  await assert.rejects(run, /nothing is left to happen/);
  await simulation.advance(1);
});

Deno.test("Simulation.run ends an endless loop at one point in time", async () => {
  const simulation = new Simulation({ seed: 1, eventLimit: 1000 });
  const again = () => simulation.clock.after(0, again);
  again();
  await assert.rejects(simulation.advance(1), /1000 events without an end/);
});

Deno.test("Simulation: what an event throws rejects the run", async () => {
  const { simulation, clock } = simulated();
  clock.after(1, () => {
    throw new Error("broken role");
  });
  await assert.rejects(simulation.advance(5), /broken role/);
});

Deno.test("Simulation.settle gives a promise's value or throws its reason", async () => {
  const { simulation, clock } = simulated();
  const later = <T>(value: T) =>
    new Promise<T>((resolve) => void clock.after(1000, () => resolve(value)));
  assert.equal(await simulation.settle(later(7)), 7);
  const failing = later(0).then(() => Promise.reject(new Error("no")));
  await assert.rejects(simulation.settle(failing), /^Error: no$/);
  await assert.rejects(simulation.settle(later(1), { limitMilliseconds: 999 }), SimulationError);
});

Deno.test("Simulation: dice of a host depend on seed and name, not on who came before", () => {
  const draw = (seed: number, before: string[]) => {
    const simulation = new Simulation({ seed });
    for (const [index, name] of before.entries()) {
      simulation.host(name, { addresses: [`192.0.2.${index + 10}`] }).random.bytes(5);
    }
    return simulation.host("x", { addresses: ["192.0.2.1"] }).random.bytes(16).toHex();
  };
  assert.equal(draw(1, []), draw(1, ["a", "b"]));
  assert.notEqual(draw(1, []), draw(2, []));
});

Deno.test("Simulation.host takes any form of an address, each address and name once", () => {
  const { simulation } = simulated();
  simulation.host("a", { addresses: ["[2001:1234::10]", "192.0.2.1"] });
  assert.throws(() => simulation.host("a", { addresses: ["192.0.2.2"] }), /host "a" exists/);
  assert.throws(
    () => simulation.host("b", { addresses: ["2001:1234:0::10"] }),
    /2001:1234::10 is taken/,
  );
  assert.throws(() => simulation.host("c", { addresses: ["nowhere"] }), /not an IP address/);
  assert.throws(() => simulation.host("d", { addresses: [] }), /no address/);
});

Deno.test("Simulation: a day with a keep-alive each 30 s takes real seconds at most", async () => {
  const simulation = new Simulation({ seed: 1 });
  const a = simulation.host("a", { addresses: ["192.0.2.1"] });
  const b = simulation.host("b", { addresses: ["192.0.2.2"] });
  let received = 0;
  await b.network.datagram({ host: "192.0.2.2", port: 1 }, () => received++);
  const socket = await a.network.datagram({ host: "192.0.2.1", port: 1 }, () => {});
  const tick = () => {
    socket.send(Uint8Array.of(0), { host: "192.0.2.2", port: 1 });
    a.clock.after(30_000, tick);
  };
  a.clock.after(30_000, tick);
  const began = performance.now();
  await simulation.advance(86_400_000);
  assert.equal(received, 2879); // the one sent at the last moment is under way
  assert(performance.now() - began < 10_000);
});

import assert from "node:assert/strict";
import { formatAddress } from "../../../core/net/address.ts";
import { NetworkError } from "../../../core/net/network.ts";
import { liveRuntime } from "../../../core/runtime/live.ts";
import type { DataPlaneOptions } from "./data_plane.ts";
import { hasMmsgPlane, openMmsgPlane } from "./mmsg_plane.ts";
import { openDataPlane } from "./mod.ts";
import { openPortablePlane } from "./portable_plane.ts";
import {
  DATA,
  datagram,
  handClock,
  type Node,
  node,
  onStage,
  OPEN,
  type Open,
  PATH,
  settled,
  type Stage,
} from "./testing/stage.ts";

const backEnds: { name: string; open: Open; options?: Partial<DataPlaneOptions> }[] = [
  { name: "portable", open: openPortablePlane },
];
if (hasMmsgPlane()) {
  backEnds.push({ name: "mmsg", open: openMmsgPlane });
  backEnds.push({ name: "mmsg with 3 workers", open: openMmsgPlane, options: { workers: 3 } });
}

Deno.test("openDataPlane takes mmsg where it is there, else portable, and says so", async () => {
  const lines: unknown[] = [];
  const log = { write: (...line: unknown[]) => lines.push(line) };
  const options: DataPlaneOptions = {
    listen: [{ host: "127.0.0.1", port: 0 }],
    relayedTypes: [],
    events: { control() {}, idle() {}, failed() {} },
  };
  const plane = await openDataPlane(options, liveRuntime({ log }));
  const fast = hasMmsgPlane();
  assert.equal(plane.backEnd, fast ? "mmsg" : "portable");
  await plane.stop();
  const facts = { name: plane.backEnd, workers: fast ? 1 : 0 };
  assert.deepEqual(lines.filter((line) => String(line).includes("data plane")), [
    ["info", "data plane back end chosen", facts],
  ]);
});

for (const { name, open, options } of backEnds) {
  const title = `data plane ${name}`;
  const test = (
    what: string,
    play: (stage: Stage) => Promise<void>,
    more?: Partial<DataPlaneOptions>,
  ) => Deno.test(`${title} ${what}`, () => onStage(open, play, { ...options, ...more }));

  test("passes datagrams on to the other end, unchanged, both ways", async ({ plane, a, b }) => {
    plane.setPath(PATH, [{ address: a.address }, { address: b.address }]);
    const there = datagram(DATA, PATH, [1, 2, 3]);
    a.socket.send(there, plane.local[0]!);
    assert.deepEqual(await b.inbox.next(), { bytes: there, from: plane.local[0] });
    const back = datagram(DATA, PATH, Array.from({ length: 1400 }, (_, at) => at & 255));
    b.socket.send(back, plane.local[0]!);
    assert.deepEqual(await a.inbox.next(), { bytes: back, from: plane.local[0] });
    const { relayed, relayedOctets } = await settled(plane);
    assert.deepEqual({ relayed, relayedOctets }, { relayed: 2, relayedOctets: 35 + 1432 });
  });

  test("brings an IPv4 node and an IPv6 node together (NTM-14)", async ({ plane, a }) => {
    const six = await node("::1");
    plane.setPath(PATH, [{ address: a.address }, { address: six.address }]);
    a.socket.send(datagram(DATA, PATH, [4]), plane.local[0]!);
    const there = await six.inbox.next();
    assert.deepEqual(there, { bytes: datagram(DATA, PATH, [4]), from: plane.local[1] });
    six.socket.send(datagram(DATA, PATH, [6]), plane.local[1]!);
    const back = await a.inbox.next();
    assert.deepEqual(back, { bytes: datagram(DATA, PATH, [6]), from: plane.local[0] });
    await six.socket.close();
  });

  test("sends by the socket that the end is reached by", async ({ plane, a, b }) => {
    plane.setPath(PATH, [{ address: a.address }, { address: b.address, socket: 1 }]);
    a.socket.send(datagram(DATA, PATH, [7]), plane.local[0]!);
    assert.deepEqual(await b.inbox.next(), {
      bytes: datagram(DATA, PATH, [7]),
      from: plane.local[1],
    });
  }, { listen: [{ host: "127.0.0.1", port: 0 }, { host: "127.0.0.3", port: 0 }] });

  test("keeps many paths apart, and the order within each", async ({ plane, a, b }) => {
    const [c, d] = [await node("127.0.0.1"), await node("127.0.0.2")];
    const pairs: [Node, Node][] = [[a, b], [c, d]];
    for (let path = 0; path < 100; path++) {
      const [one, other] = pairs[path % 2]!;
      plane.setPath(PATH + path, [{ address: one.address }, { address: other.address }]);
    }
    for (let count = 0; count < 300; count++) {
      const one = pairs[count % 2]![0];
      const bytes = datagram(DATA, PATH + count % 100, [count >> 8, count & 255]);
      one.socket.send(bytes, plane.local[0]!);
      if (count % 2 === 0) continue;
      // In portions that fit every buffer: loss is UDP's right, not what is tested here.
      for (const at of [count - 1, count]) {
        const got = await pairs[at % 2]![1].inbox.next();
        assert.deepEqual(got.bytes, datagram(DATA, PATH + at % 100, [at >> 8, at & 255]));
      }
    }
    assert.equal((await settled(plane)).relayed, 300);
    await c.socket.close();
    await d.socket.close();
  });

  test("drops what it may not pass on, and counts it by its cause", async ({ plane, a, b }) => {
    const stranger = await node("127.0.0.1");
    plane.setPath(PATH, [{ address: a.address }, { address: b.address }]);
    plane.setPath(PATH + 1, [{ address: a.address }, undefined]);
    const valid = datagram(DATA, PATH);
    for (let length = 0; length < 32; length++) {
      a.socket.send(valid.subarray(0, length), plane.local[0]!);
    }
    a.socket.send(new Uint8Array(1501), plane.local[0]!);
    a.socket.send(Uint8Array.from(valid, (octet, at) => at === 0 ? 2 : octet), plane.local[0]!);
    a.socket.send(datagram(DATA, 0), plane.local[0]!);
    a.socket.send(datagram(DATA, PATH + 2), plane.local[0]!);
    a.socket.send(datagram(DATA, PATH - 2 ** 32), plane.local[0]!);
    a.socket.send(datagram(DATA, PATH + 1), plane.local[0]!);
    a.socket.send(datagram(DATA, PATH, [1]), plane.local[0]!); // a barrier
    await b.inbox.next();
    stranger.socket.send(valid, plane.local[0]!);
    b.socket.send(datagram(DATA, PATH + 1), plane.local[0]!);
    b.socket.send(datagram(DATA, PATH, [2]), plane.local[0]!);
    await a.inbox.next();
    // The stranger's datagrams may be another worker's: its barrier is an end of its own.
    plane.setPath(PATH + 3, [{ address: stranger.address }, { address: b.address }]);
    stranger.socket.send(datagram(DATA, PATH + 3), plane.local[0]!);
    await b.inbox.next();
    assert.deepEqual(await settled(plane), {
      relayed: 3,
      relayedOctets: 33 + 33 + 32,
      control: 0,
      tooShort: 32,
      tooLong: 1,
      version: 1,
      unknownPath: 3,
      wrongSource: 2,
      noPeer: 1,
      sendFailed: 0,
      controlFull: 0,
    });
    assert.deepEqual([a, b, stranger].flatMap(({ inbox }) => inbox.got), []);
    await stranger.socket.close();
  }, { limits: { datagramOctets: 1500 } });

  test("hands other types and associations to the control plane, and sends for it", async (stage) => {
    const { plane, a, b, control } = stage;
    plane.setPath(PATH, [{ address: a.address }, undefined]);
    plane.setAssociation(PATH + 1);
    for (const bytes of [datagram(OPEN, PATH, [1]), datagram(DATA, PATH + 1, [2])]) {
      b.socket.send(bytes, plane.local[0]!);
      assert.deepEqual(await control.next(), { bytes, from: b.address });
    }
    plane.send(datagram(OPEN, PATH, [3]), b.address, 0);
    const answer = { bytes: datagram(OPEN, PATH, [3]), from: plane.local[0] };
    assert.deepEqual(await b.inbox.next(), answer);
    // Now that it has shown its address:
    plane.setPath(PATH, [{ address: a.address }, { address: b.address }]);
    a.socket.send(datagram(DATA, PATH, [4]), plane.local[0]!);
    assert.deepEqual((await b.inbox.next()).bytes, datagram(DATA, PATH, [4]));
    const { control: handed, relayed } = await settled(plane);
    assert.deepEqual({ handed, relayed }, { handed: 2, relayed: 1 });
  });

  test("relays no more for a path that was removed", async ({ plane, a, b }) => {
    plane.setPath(PATH, [{ address: a.address }, { address: b.address }]);
    plane.setPath(PATH + 1, [{ address: a.address }, { address: b.address }]);
    assert.equal(plane.remove(PATH), true);
    assert.equal(plane.remove(PATH), false);
    assert.equal(plane.size, 1);
    a.socket.send(datagram(DATA, PATH), plane.local[0]!);
    a.socket.send(datagram(DATA, PATH + 1, [1]), plane.local[0]!);
    assert.deepEqual((await b.inbox.next()).bytes, datagram(DATA, PATH + 1, [1]));
    assert.equal((await settled(plane)).unknownPath, 1);
  });

  test("lets idle paths go, and keeps busy ones and associations", async (stage) => {
    const { plane, a, b, idle, pass } = stage;
    plane.setPath(PATH, [{ address: a.address }, { address: b.address }]);
    plane.setPath(PATH + 1, [{ address: a.address }, { address: b.address }]);
    plane.setAssociation(PATH + 2);
    pass(3);
    a.socket.send(datagram(DATA, PATH), plane.local[0]!);
    await b.inbox.next();
    assert.deepEqual(idle, []);
    pass(1);
    assert.deepEqual(idle, [PATH + 1]);
    pass(2);
    assert.deepEqual(idle, [PATH + 1]);
    pass(1);
    assert.deepEqual(idle, [PATH + 1, PATH]);
    pass(100);
    assert.equal(plane.size, 1);
  }, { limits: { pathSeconds: 3 } });

  test("keeps no path alive for datagrams from elsewhere", async (stage) => {
    const { plane, a, b, idle, pass } = stage;
    plane.setPath(PATH, [{ address: a.address }, undefined]);
    plane.setPath(PATH + 1, [{ address: b.address }, { address: a.address }]);
    pass(2);
    b.socket.send(datagram(DATA, PATH), plane.local[0]!);
    b.socket.send(datagram(DATA, PATH + 1), plane.local[0]!);
    await a.inbox.next();
    pass(1);
    assert.deepEqual(idle, [PATH]);
  }, { limits: { pathSeconds: 2 } });

  test("holds no more than its limit, and says so", ({ plane, a, b }) => {
    plane.setPath(1, [{ address: a.address }, { address: b.address }]);
    plane.setAssociation(2);
    assert.throws(() => plane.setAssociation(3), {
      name: "TableFullError",
      message:
        "relay: 2 paths and associations are held, the limit; raise maxEntries or use another relay",
    });
    plane.setPath(2, [undefined, undefined]);
    plane.remove(1);
    plane.setAssociation(2 ** 48 - 1);
    assert.equal(plane.size, 2);
    return Promise.resolve();
  }, { limits: { maxEntries: 2 } });

  test("takes no ends that make a loop or cannot be reached", ({ plane, a, b }) => {
    const own = plane.local[0]!;
    assert.throws(() => plane.setPath(1, [{ address: a.address }, { address: own }]), {
      name: "RangeError",
      message: `relay: the end ${formatAddress(own)} of the path is the relay's own address`,
    });
    assert.throws(() => plane.setPath(1, [{ address: a.address }, { address: a.address }]), {
      message: `relay: both ends of the path are ${formatAddress(a.address)}`,
    });
    const six = { host: "::1", port: 9 };
    assert.throws(() => plane.setPath(1, [{ address: b.address }, { address: six }]), {
      message:
        "relay: the end [::1]:9 of the path is reached by no socket; listen at an address of its family",
    });
    assert.throws(() => plane.setPath(2 ** 48, [undefined, undefined]), {
      message: "relay: 281474976710656 is no path id; it is an integer from 1 to 2^48-1",
    });
    assert.equal(plane.size, 0);
    return Promise.resolve();
  }, { listen: [{ host: "127.0.0.1", port: 0 }] });

  Deno.test(`${title} says that its address is in use, and frees it when stopped`, async () => {
    await onStage(open, async ({ plane, a }) => {
      const given: DataPlaneOptions = {
        listen: [plane.local[0]!, { ...a.address }],
        relayedTypes: [],
        events: { control() {}, idle() {}, failed() {} },
      };
      const { runtime } = handClock();
      await assert.rejects(open(given, runtime), (error) => {
        assert(error instanceof NetworkError);
        assert.equal(error.code, "address-in-use");
        return true;
      });
      await plane.stop();
      const again = await open({ ...given, listen: [plane.local[0]!] }, runtime);
      assert.deepEqual(again.local, [plane.local[0]]);
      await again.stop();
    });
  });

  Deno.test(`${title} refuses a limit that makes no sense`, async () => {
    for (const [pathSeconds, shown] of [[0, "0"], [1.5, "1.5"], [2 ** 32, "4294967296"]] as const) {
      await assert.rejects(onStage(open, () => Promise.resolve(), { limits: { pathSeconds } }), {
        name: "RangeError",
        message: `relay: the limit pathSeconds is an integer from 1 to 2147483648, not ${shown}`,
      });
    }
  });

  test("survives datagrams of any octets, and accounts for every one", async (stage) => {
    const { plane, a, b, control } = stage;
    plane.setPath(PATH, [{ address: a.address }, { address: b.address }]);
    plane.setAssociation(PATH + 1);
    const random = new Uint32Array(1);
    const any = (limit: number) => crypto.getRandomValues(random)[0]! % limit;
    let passed = 0;
    for (let round = 0; round < 100; round++) {
      for (let count = 0; count < 10; count++) {
        const bytes = crypto.getRandomValues(new Uint8Array(any(100)));
        const header = datagram(DATA, PATH + any(3)).subarray(0, any(9));
        if (header.length <= bytes.length) bytes.set(header);
        a.socket.send(bytes, plane.local[0]!);
      }
      const barrier = datagram(DATA, PATH, [round]);
      a.socket.send(barrier, plane.local[0]!);
      let came = "";
      while (came !== barrier.toHex()) {
        came = (await b.inbox.next()).bytes.toHex();
        passed++;
      }
    }
    const { relayed, relayedOctets: _, ...others } = await settled(plane);
    assert.equal(relayed, passed);
    const rest = Object.values(others).reduce((sum, count) => sum + count, 0);
    assert.equal(relayed + rest, 1100);
    assert(others.control > 0 && others.unknownPath > 0 && others.tooShort > 0);
    assert(control.got.length <= others.control);
  });
}

if (hasMmsgPlane()) {
  Deno.test("data plane mmsg drops what its control plane is too slow for", async () => {
    await onStage(openMmsgPlane, async ({ plane, a, b, control }) => {
      plane.setAssociation(PATH + 1);
      plane.setPath(PATH, [{ address: a.address }, { address: b.address }]);
      // This thread does nothing else meanwhile: what the worker hands over waits.
      for (let count = 0; count < 20; count++) {
        plane.send(datagram(OPEN, PATH + 1, [count]), plane.local[0]!, 1);
      }
      const started = performance.now();
      const served = () => {
        const { control: handed, controlFull } = plane.counters();
        return handed + controlFull === 20;
      };
      while (!served()) assert(performance.now() - started < 10_000, "the worker does not serve");
      assert.deepEqual(control.got, []);
      assert.equal(plane.counters().controlFull, 15);
      for (let count = 0; count < 5; count++) {
        assert.deepEqual((await control.next()).bytes, datagram(OPEN, PATH + 1, [count]));
      }
      b.socket.send(datagram(OPEN, PATH + 1, [99]), plane.local[0]!);
      assert.deepEqual((await control.next()).bytes, datagram(OPEN, PATH + 1, [99]));
    }, {
      listen: [{ host: "127.0.0.1", port: 0 }, { host: "127.0.0.4", port: 0 }],
      limits: { controlWaiting: 5 },
    });
  });

  Deno.test("data plane mmsg says that a worker failed, and frees its address", async () => {
    const { runtime } = handClock();
    const local = { host: "127.0.0.5", port: 0 };
    const first = await openMmsgPlane(
      { listen: [local], relayedTypes: [], events: { control() {}, idle() {}, failed() {} } },
      runtime,
    );
    await first.stop();
    const listen = [first.local[0]!];
    const events = { control() {}, idle() {}, failed() {} };
    // No program that is checked can give this; it fails in the worker.
    const relayedTypes = 5 as unknown as number[];
    await assert.rejects(openMmsgPlane({ listen, relayedTypes, events }, runtime), {
      message: /^relay: a worker failed: .*not iterable/,
    });
    await (await openMmsgPlane({ listen, relayedTypes: [], events }, runtime)).stop();
  });
}

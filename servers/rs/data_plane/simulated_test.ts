import assert from "node:assert/strict";
import { Simulation } from "../../../core/runtime/simulated.ts";
import { openDataPlane } from "./mod.ts";

const DATA = 10;

/** What a run gives, in order. */
async function play(seed: number): Promise<string[]> {
  const seen: string[] = [];
  const simulation = new Simulation({ seed });
  const relay = simulation.host("relay", { addresses: ["192.0.2.1"] });
  const [a, b] = ["192.0.2.2", "192.0.2.3"].map((address, index) =>
    simulation.host(`node ${index}`, { addresses: [address] })
  );
  const scene = async () => {
    const at = { host: "192.0.2.1", port: 4330 };
    const plane = await openDataPlane({
      listen: [at],
      relayedTypes: [DATA],
      events: { control() {}, idle: (ids) => seen.push(`idle ${ids}`), failed() {} },
      limits: { pathSeconds: 30 },
    }, relay);
    seen.push(plane.backEnd);
    const note = (name: string) => (bytes: Uint8Array) => seen.push(`${name} got ${bytes[32]}`);
    const one = await a!.network.datagram({ host: "192.0.2.2", port: 1000 }, note("a"));
    const other = await b!.network.datagram({ host: "192.0.2.3", port: 1000 }, note("b"));
    plane.setPath(7, [{ address: one.local }, { address: other.local }]);
    const datagram = Uint8Array.from({ length: 33 }, (_, place) => place === 7 ? 7 : 0);
    datagram.set([1, DATA]);
    const wait = (milliseconds: number) =>
      new Promise<void>((resolve) => relay.clock.after(milliseconds, resolve));
    for (const [from, fill] of [[one, 1], [other, 2]] as const) {
      datagram[32] = fill;
      from.send(datagram.slice(), at);
      await wait(20_000);
    }
    await wait(60_000);
    seen.push(`held ${plane.size}`, `relayed ${plane.counters().relayed}`);
    await plane.stop();
    await one.close();
    await other.close();
  };
  await simulation.settle(scene(), { limitMilliseconds: 600_000 });
  return seen;
}

Deno.test("openDataPlane relays in the simulator, in virtual time, and lets idle paths go there", async () => {
  const expected = ["portable", "b got 1", "a got 2", "idle 7", "held 0", "relayed 2"];
  assert.deepEqual(await play(1), expected);
});

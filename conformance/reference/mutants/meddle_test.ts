import assert from "node:assert/strict";
import type { Stream } from "../../../core/net/network.ts";
import { Simulation } from "../../../core/runtime/simulated.ts";
import { type Link, type Meddler, meddlingRuntime } from "./meddle.ts";

const options = (text: string) =>
  new TextEncoder().encode(`OPTIONS sip:a SIP/2.0\r\nX: ${text}\r\nContent-Length: 0\r\n\r\n`);

const limits = { connections: 9, connectionsPerAddress: 9, handshakeMilliseconds: 1000 };

/** A role that echoes what it gets, behind a meddler; and two neighbours of it. */
async function scene(meddler: Meddler) {
  const simulation = new Simulation({ seed: 1 });
  const role = meddlingRuntime(simulation.host("role", { addresses: ["192.0.2.1"] }), meddler);
  const closed: string[] = [];
  const streams: Stream[] = [];
  const local = { host: "192.0.2.1", port: 5060 };
  await simulation.settle(role.network.listen({ kind: "tcp", local, limits }, (stream) => {
    streams.push(stream);
    stream.handle({
      data: (bytes) => stream.write(bytes),
      closed: () => void closed.push(stream.remote.host),
    });
  }));
  const neighbour = async (host: string) => {
    const { network } = simulation.host(host, { addresses: [host] });
    const got: string[] = [];
    const stream = await simulation.settle(
      network.connect({ kind: "tcp", remote: local, timeoutMilliseconds: 1000 }),
    );
    stream.handle({
      data: (bytes) => void got.push(new TextDecoder().decode(bytes)),
      closed() {},
    });
    return { stream, got };
  };
  const [a, b] = [await neighbour("192.0.2.2"), await neighbour("192.0.2.3")];
  return { simulation, a, b, closed, streams };
}

Deno.test("meddlingRuntime leaves alone what no hook touches", async () => {
  const { simulation, a } = await scene({});
  const folded = new TextEncoder().encode("OPTIONS sip:a SIP/2.0\r\nX: a\r\n b\r\n\r\n");
  a.stream.write(folded);
  await simulation.advance(100);
  assert.equal(a.got.join(""), new TextDecoder().decode(folded));
});

Deno.test("meddlingRuntime: a received message can be changed, and one to be sent dropped", async () => {
  const { simulation, a } = await scene({
    received: (message) => message.set("X", `${message.get("X")}!`),
    sent: (message) => message.get("X") === "drop!" ? undefined : message,
  });
  a.stream.write(options("keep"));
  a.stream.write(options("drop"));
  await simulation.advance(100);
  assert.equal(a.got.join(""), new TextDecoder().decode(options("keep!")));
});

Deno.test("meddlingRuntime: a message can be led to another connection", async () => {
  const links: Link[] = [];
  const { simulation, a, b } = await scene({
    opened: (link) => void links.push(link),
    received(message) {
      links[1]!.inject(message.write());
      return undefined;
    },
  });
  a.stream.write(options("for b"));
  await simulation.advance(100);
  assert.deepEqual([a.got.join(""), b.got.join("")], [
    "",
    new TextDecoder().decode(options("for b")),
  ]);
});

Deno.test("meddlingRuntime: a closing that was kept from the role shows when the role closes", async () => {
  const { simulation, a, closed, streams } = await scene({ closed: () => false });
  a.stream.close();
  await simulation.advance(100);
  assert.deepEqual(closed, []);
  streams[0]!.close();
  await simulation.advance(100);
  assert.deepEqual(closed, ["192.0.2.2"]);
});

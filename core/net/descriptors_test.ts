import assert from "node:assert/strict";
import { liveClock } from "../runtime/live.ts";
import { silentLog } from "../runtime/log.ts";
import { Descriptors, openFilesLimit } from "./descriptors.ts";
import { LiveNetwork } from "./live.ts";
import type { Stream } from "./network.ts";

const limits = { connections: 100, connectionsPerAddress: 100, handshakeMilliseconds: 10_000 };

Deno.test("Descriptors keeps some for other things than connections", () => {
  assert.equal(new Descriptors(20_000).connections, 18_976);
  assert.equal(new Descriptors(300).connections, 150);
  assert.equal(new Descriptors(1).connections, 1);
  assert.ok(new Descriptors().connections <= (openFilesLimit() ?? Infinity));
});

Deno.test("LiveNetwork: connections beyond the limit of open files are closed, over all listeners", async () => {
  const network = new LiveNetwork({ clock: liveClock(), log: silentLog, openFiles: 4 });
  const accepted: Stream[] = [];
  let wake = () => {};
  const listen = () =>
    network.listen({ kind: "tcp", local: { host: "127.0.0.1", port: 0 }, limits }, (stream) => {
      accepted.push(stream);
      stream.handle({ data() {}, closed: () => wake() });
      wake();
    });
  const listeners = [await listen(), await listen()];
  const until = async (count: number) => {
    while (accepted.length < count) await new Promise<void>((resolve) => wake = resolve);
  };
  const connect = async (index: number) => {
    const remote = listeners[index]?.local;
    assert.ok(remote);
    const stream = await network.connect({ kind: "tcp", remote, timeoutMilliseconds: 10_000 });
    const closed = Promise.withResolvers<void>();
    stream.handle({ data() {}, closed: () => closed.resolve() });
    return { stream, closed: closed.promise };
  };
  const first = await connect(0);
  await until(1);
  const second = await connect(1);
  await until(2);
  const third = await connect(0);
  await third.closed;
  assert.equal(accepted.length, 2, "no room for the third");

  const left = new Promise<void>((resolve) => wake = resolve);
  first.stream.close();
  await left;
  const fourth = await connect(1);
  await until(3);
  for (const { stream, closed } of [second, fourth]) {
    stream.abort();
    await closed;
  }
  await Promise.all(listeners.map((listener) => listener.close()));
});

/**
 * A stage for tests of data planes: a plane, two nodes, a clock moved by hand.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Address } from "../../../../core/net/address.ts";
import { LiveNetwork } from "../../../../core/net/live.ts";
import type { DatagramSocket } from "../../../../core/net/network.ts";
import { portableUdp } from "../../../../core/net/udp/portable.ts";
import { liveRuntime } from "../../../../core/runtime/live.ts";
import { silentLog } from "../../../../core/runtime/log.ts";
import type { Clock, Runtime } from "../../../../core/runtime/runtime.ts";
import type { Counters } from "../counters.ts";
import type { DataPlane, DataPlaneOptions } from "../data_plane.ts";

/** A type that the stage relays, one that it does not, and an id. */
export const DATA = 10;
export const OPEN = 20;
export const PATH = 0x0a0b_0c0d_0e0f;

/** A runtime over real sockets whose clock moves by hand. */
export function handClock(): { runtime: Runtime; pass(ticks: number): void } {
  const waiting = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    after(_milliseconds, fire) {
      waiting.add(fire);
      return { cancel: () => waiting.delete(fire) };
    },
  };
  return {
    runtime: {
      ...liveRuntime(),
      clock,
      network: new LiveNetwork({ clock, log: silentLog, udp: portableUdp }),
    },
    pass(ticks) {
      for (let tick = 0; tick < ticks; tick++) {
        const due = [...waiting];
        waiting.clear();
        for (const fire of due) fire();
      }
    },
  };
}

/** Datagrams in order of arrival, to be awaited. */
export class Inbox {
  readonly got: { bytes: Uint8Array; from: Address }[] = [];
  #wake = () => {};
  readonly receive = (bytes: Uint8Array, from: Address): void => {
    this.got.push({ bytes, from });
    this.#wake();
  };
  async next(): Promise<{ bytes: Uint8Array; from: Address }> {
    while (this.got.length === 0) await new Promise<void>((wake) => this.#wake = wake);
    return this.got.shift()!;
  }
}

export interface Node {
  socket: DatagramSocket;
  inbox: Inbox;
  address: Address;
}

export async function node(host: string): Promise<Node> {
  const inbox = new Inbox();
  const socket = await portableUdp.bind({ host, port: 0 }, inbox.receive);
  return { socket, inbox, address: socket.local };
}

export function datagram(
  type: number,
  pathId: number,
  rest: number[] = [],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32 + rest.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, type);
  view.setUint16(2, Math.floor(pathId / 2 ** 32));
  view.setUint32(4, pathId % 2 ** 32);
  bytes.set(rest, 32);
  return bytes;
}

export interface Stage {
  plane: DataPlane;
  a: Node;
  b: Node;
  control: Inbox;
  idle: number[];
  pass(ticks: number): void;
}

/** The counters when nothing is at work any more: a batch is counted after it is sent. */
export async function settled(plane: DataPlane): Promise<Counters> {
  await plane.stop();
  return plane.counters();
}

export type Open = (options: DataPlaneOptions, runtime: Runtime) => Promise<DataPlane>;

export async function onStage(
  open: Open,
  play: (stage: Stage) => Promise<void>,
  options: Partial<DataPlaneOptions> = {},
): Promise<void> {
  const { runtime, pass } = handClock();
  const control = new Inbox();
  const idle: number[] = [];
  const failures: Error[] = [];
  const plane = await open({
    listen: [{ host: "127.0.0.1", port: 0 }, { host: "::1", port: 0 }],
    relayedTypes: [DATA],
    events: {
      control: control.receive,
      idle: (ids) => idle.push(...ids),
      failed: (error) => failures.push(error),
    },
    ...options,
  }, runtime);
  const [a, b] = [await node("127.0.0.1"), await node("127.0.0.2")];
  try {
    await play({ plane, a, b, control, idle, pass });
  } finally {
    await a.socket.close();
    await b.socket.close();
    await plane.stop();
  }
  assert.deepEqual(failures, []);
}

/**
 * The data plane over the network port: works everywhere, in the simulator too; allocates for each
 * datagram.
 *
 * @module
 */
import type { Address } from "../../../core/net/address.ts";
import type { DatagramSocket } from "../../../core/net/network.ts";
import { readSocketAddress, writeSocketAddress } from "../../../core/net/udp/socket_address.ts";
import type { Runtime, Timer } from "../../../core/runtime/runtime.ts";
import { COUNTERS, type Counters, place, sumCounters } from "./counters.ts";
import {
  type DataPlane,
  type DataPlaneEvents,
  type DataPlaneLimits,
  type DataPlaneOptions,
  resolveLimits,
  TICK_MILLISECONDS,
} from "./data_plane.ts";
import type { PathEnds } from "./ends.ts";
import { counterOf, Judge, TO_CONTROL } from "./judge.ts";
import { PathTable } from "./path_table.ts";
import { PathRegistry } from "./registry.ts";

const RELAYED = place("relayed");
const RELAYED_OCTETS = place("relayedOctets");
const CONTROL = place("control");
const TOO_LONG = place("tooLong");

/** Opens it. Rejects with a `NetworkError` if it cannot listen, a `RangeError` for settings that cannot be. */
export async function openPortablePlane(
  options: DataPlaneOptions,
  runtime: Runtime,
): Promise<DataPlane> {
  const plane = new PortablePlane(options, runtime);
  await plane.open(options.listen, runtime);
  return plane;
}

class PortablePlane implements DataPlane {
  readonly backEnd = "portable";
  readonly local: Address[] = [];
  readonly #limits: DataPlaneLimits;
  readonly #events: DataPlaneEvents;
  readonly #counters = new Float64Array(COUNTERS.length);
  readonly #table: PathTable;
  readonly #judge: Judge;
  readonly #registry: PathRegistry;
  readonly #sockets: DatagramSocket[] = [];
  readonly #name = new Uint8Array(32);
  readonly #words = new Int32Array(this.#name.buffer);
  #timer: Timer | undefined;
  #open = true;

  constructor(options: DataPlaneOptions, runtime: Runtime) {
    this.#limits = resolveLimits(options.limits);
    this.#events = options.events;
    const { maxEntries: capacity, pathSeconds } = this.#limits;
    const [one = 0, other = 0] = new Int32Array(runtime.random.bytes(8).buffer.slice(0, 8));
    this.#table = new PathTable(capacity, [one, other]);
    const [seen, now] = [new Uint32Array(capacity), new Uint32Array(1)];
    this.#judge = new Judge(this.#table, { relayedTypes: options.relayedTypes, seen, now });
    this.#registry = new PathRegistry({
      capacity,
      idleTicks: pathSeconds,
      seen,
      now,
      sockets: this.local,
      publish: (change) => this.#table.apply(change),
    });
    const tick = (): void => {
      const idle = this.#registry.tick();
      this.#timer = runtime.clock.after(TICK_MILLISECONDS, tick);
      if (idle.length > 0) this.#events.idle(idle);
    };
    this.#timer = runtime.clock.after(TICK_MILLISECONDS, tick);
  }

  async open(listen: readonly Address[], runtime: Runtime): Promise<void> {
    try {
      for (const [index, address] of listen.entries()) {
        const socket = await runtime.network.datagram(
          address,
          (bytes, from) => this.#receive(bytes, from, index),
        );
        this.#sockets.push(socket);
        this.local.push(socket.local);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  #receive(bytes: Uint8Array, from: Address, socket: number): void {
    if (!this.#open) return;
    const counters = this.#counters;
    if (bytes.length > this.#limits.datagramOctets) {
      counters[TOO_LONG]! += 1;
      return;
    }
    writeSocketAddress(this.#name, 0, from);
    const verdict = this.#judge.verdict(bytes, 0, bytes.length, this.#words, 0);
    if (verdict >= 0) {
      this.#pass(bytes, verdict);
    } else if (verdict === TO_CONTROL) {
      counters[CONTROL]! += 1;
      this.#events.control(bytes, from, socket);
    } else {
      counters[counterOf(verdict)]! += 1;
    }
  }

  #pass(bytes: Uint8Array, end: number): void {
    this.#table.writeName(end, this.#words, 0);
    const to = readSocketAddress(this.#name, 0);
    const socket = this.#sockets[this.#table.socket(end)];
    if (!to || !socket) return;
    socket.send(bytes, to);
    this.#counters[RELAYED]! += 1;
    this.#counters[RELAYED_OCTETS]! += bytes.length;
  }

  get size(): number {
    return this.#registry.size;
  }

  setPath(id: number, ends: PathEnds): void {
    this.#registry.setPath(id, ends);
  }

  setAssociation(id: number): void {
    this.#registry.setAssociation(id);
  }

  remove(id: number): boolean {
    return this.#registry.remove(id);
  }

  send(bytes: Uint8Array, to: Address, socket: number): void {
    this.#sockets[socket]?.send(bytes, to);
  }

  counters(): Counters {
    return sumCounters([this.#counters]);
  }

  async stop(): Promise<void> {
    this.#open = false;
    this.#timer?.cancel();
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }
}

/**
 * The data plane on Linux: workers that take and send many datagrams a call, each with sockets of its
 * own at the same addresses (SO_REUSEPORT).
 *
 * @module
 */
import type { Address } from "../../../core/net/address.ts";
import { SendBatch } from "../../../core/net/udp/batch.ts";
import { fixedMemory, isKnownPlatform, type Libc, libc } from "../../../core/net/udp/libc.ts";
import { boundAddress, openSocket } from "../../../core/net/udp/socket.ts";
import type { Runtime, Timer } from "../../../core/runtime/runtime.ts";
import { COUNTERS, type Counters, sumCounters } from "./counters.ts";
import {
  type DataPlane,
  type DataPlaneEvents,
  type DataPlaneOptions,
  resolveLimits,
  TICK_MILLISECONDS,
} from "./data_plane.ts";
import type { PathEnds } from "./ends.ts";
import type { RelaySocket } from "./fast_relay.ts";
import { PathRegistry } from "./registry.ts";
import {
  type FromWorker,
  POSTED,
  STATE_WORDS,
  type ToWorker,
  WAITING,
  type WorkerSetup,
} from "./worker_messages.ts";

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;

/** Whether this platform has it and FFI is permitted. */
export function hasMmsgPlane(): boolean {
  if (!isKnownPlatform()) return false;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return false;
  try {
    return libc() !== undefined;
  } catch {
    return false; // another C library
  }
}

/** Opens it. Rejects with a `NetworkError` if it cannot listen, a `RangeError` for settings that cannot be. */
export async function openMmsgPlane(
  options: DataPlaneOptions,
  runtime: Runtime,
): Promise<DataPlane> {
  const plane = new MmsgPlane(options, runtime);
  try {
    await plane.ready();
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return plane;
}

class MmsgPlane implements DataPlane {
  readonly backEnd = "mmsg";
  readonly local: readonly Address[];
  readonly #lib = libc();
  readonly #sending = new SendBatch(this.#lib);
  readonly #workers: WorkerHandle[] = [];
  readonly #registry: PathRegistry;
  #timer: Timer | undefined;

  constructor(options: DataPlaneOptions, runtime: Runtime) {
    const limits = resolveLimits(options.limits);
    const workers = resolveWorkers(options.workers);
    const sockets = openSockets(this.#lib, options.listen, workers);
    this.local = sockets[0]!.map(({ local }) => local);
    const { maxEntries, pathSeconds } = limits;
    const [one = 0, other = 0] = new Int32Array(runtime.random.bytes(8).buffer.slice(0, 8));
    const seen = new Uint32Array(new SharedArrayBuffer(maxEntries * 4));
    const now = new Uint32Array(new SharedArrayBuffer(4));
    const { relayedTypes, events } = options;
    const common = { ...limits, relayedTypes, seed: [one, other] as const, seen, now };
    for (const own of sockets) {
      this.#workers.push(new WorkerHandle(this.#lib, { ...common, sockets: own }, events));
    }
    this.#registry = new PathRegistry({
      capacity: maxEntries,
      idleTicks: pathSeconds,
      seen,
      now,
      sockets: this.local,
      publish: (change) => this.#workers.forEach((worker) => worker.post(change)),
    });
    const tick = (): void => {
      const idle = this.#registry.tick();
      this.#timer = runtime.clock.after(TICK_MILLISECONDS, tick);
      if (idle.length > 0) events.idle(idle);
    };
    this.#timer = runtime.clock.after(TICK_MILLISECONDS, tick);
  }

  async ready(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.ready));
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
    const fd = this.#workers[0]?.fd(socket);
    if (fd !== undefined) this.#sending.send(fd, [{ bytes, to }]);
  }

  counters(): Counters {
    return sumCounters(this.#workers.map((worker) => worker.counters));
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}

function resolveWorkers(workers = 1): number {
  if (Number.isInteger(workers) && workers >= 1) return workers;
  throw new RangeError(`relay: the number of workers is a positive integer, not ${workers}`);
}

/** The sockets of each worker; all have the addresses of the first one's. */
function openSockets(lib: Libc, listen: readonly Address[], workers: number): RelaySocket[][] {
  const opened: RelaySocket[][] = [];
  try {
    for (let worker = 0; worker < workers; worker++) {
      const own: RelaySocket[] = [];
      opened.push(own);
      for (const [index, wanted] of listen.entries()) {
        const local = opened[0]![index]?.local ?? wanted;
        const fd = openSocket(lib, local, { sharePort: workers > 1 });
        own.push({ fd, local: boundAddress(lib, fd) ?? local });
      }
    }
  } catch (error) {
    for (const { fd } of opened.flat()) lib.close(fd);
    throw error;
  }
  return opened;
}

/** One worker, from the side of the relay. */
class WorkerHandle {
  readonly counters = new Float64Array(new SharedArrayBuffer(COUNTERS.length * 8));
  /** Resolves when it serves. */
  readonly ready: Promise<void>;
  readonly #lib: Libc;
  readonly #sockets: readonly RelaySocket[];
  readonly #wake: number;
  readonly #state = new Int32Array(new SharedArrayBuffer(STATE_WORDS * 4));
  readonly #one = fixedMemory(8);
  readonly #worker: Worker;
  readonly #stopped = Promise.withResolvers<void>();
  #open = true;

  constructor(
    lib: Libc,
    setup: Omit<WorkerSetup, "do" | "wake" | "state" | "counters">,
    events: DataPlaneEvents,
  ) {
    this.#lib = lib;
    this.#sockets = setup.sockets;
    this.#wake = lib.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    this.#one[0] = 1;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      type: "module",
      name: "relay",
    });
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    let serving = false;
    const failed = (message: string): void => {
      const error = new Error(`relay: a worker failed: ${message}`);
      this.#stopped.resolve();
      if (serving) events.failed(error);
      else ready.reject(error);
    };
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.is === "ready") {
        serving = true;
        return ready.resolve();
      }
      if (data.is === "stopped") return this.#stopped.resolve();
      if (data.is === "failed") return failed(data.message);
      Atomics.sub(this.#state, WAITING, 1);
      if (this.#open) events.control(data.bytes, data.from, data.socket);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      failed(event.message);
    };
    this.post({
      do: "start",
      ...setup,
      wake: this.#wake,
      state: this.#state,
      counters: this.counters,
    });
  }

  fd(socket: number): number | undefined {
    return this.#open ? this.#sockets[socket]?.fd : undefined;
  }

  /** Counted after it is posted: a worker that sees the count finds the message. */
  post(message: ToWorker): void {
    if (!this.#open) return;
    this.#worker.postMessage(message);
    Atomics.add(this.#state, POSTED, 1);
    this.#lib.write(this.#wake, this.#one, 8n);
  }

  /** The sockets are closed when the worker has left its calls. */
  async stop(): Promise<void> {
    if (!this.#open) return;
    this.post({ do: "stop" });
    this.#open = false;
    await this.#stopped.promise;
    this.#worker.terminate();
    for (const fd of [this.#wake, ...this.#sockets.map(({ fd }) => fd)]) this.#lib.close(fd);
  }
}

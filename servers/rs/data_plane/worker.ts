/**
 * A worker of the relay: it sleeps in the kernel until datagrams come, and looks at its messages
 * whenever there are any.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { libc } from "../../../core/net/udp/libc.ts";
import { FastRelay, SLOTS } from "./fast_relay.ts";
import { Judge } from "./judge.ts";
import { place } from "./counters.ts";
import { PathTable } from "./path_table.ts";
import { Waiting } from "./waiting.ts";
import {
  type FromWorker,
  POSTED,
  type ToWorker,
  WAITING,
  type WorkerSetup,
} from "./worker_messages.ts";

/**
 * Microseconds in which datagrams gather while they come fast, as network cards moderate their
 * interrupts: to be woken for each one costs several times what it takes to pass it on.
 */
const PAUSE = 100;
/** Datagrams in a round from which on they come fast. */
const FAST = 4;

const CONTROL = place("control");
const CONTROL_FULL = place("controlFull");

const post = (message: FromWorker): void => self.postMessage(message);

class RelayWorker {
  readonly #setup: WorkerSetup;
  readonly #table: PathTable;
  #handled = 1; // the setup
  #stopped = false;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    this.#table = new PathTable(setup.maxEntries, setup.seed);
  }

  take(message: Exclude<ToWorker, WorkerSetup>): void {
    this.#handled++;
    if (message.do === "stop") this.#stopped = true;
    else this.#table.apply(message);
  }

  async run(): Promise<void> {
    const setup = this.#setup;
    const { relayedTypes, seen, now, sockets, counters, state } = setup;
    const lib = libc();
    const relay = new FastRelay({
      lib,
      sockets,
      table: this.#table,
      judge: new Judge(this.#table, { relayedTypes, seen, now }),
      counters,
      datagramOctets: setup.datagramOctets,
      control: (bytes, from, socket) => {
        if (Atomics.load(state, WAITING) >= setup.controlWaiting) {
          counters[CONTROL_FULL]! += 1;
          return;
        }
        Atomics.add(state, WAITING, 1);
        counters[CONTROL]! += 1;
        post({ is: "control", bytes, from, socket });
      },
    });
    const waiting = new Waiting(lib, sockets.map(({ fd }) => fd), setup.wake);
    post({ is: "ready" });
    while (!this.#stopped) {
      let most = 0;
      for (let socket = 0; socket < sockets.length; socket++) {
        const count = relay.receive(socket);
        // Changes made before a datagram was sent are made before it is judged: hence here.
        while (Atomics.load(state, POSTED) !== this.#handled) await nextTurn();
        if (count === 0) continue;
        relay.pass(socket, count);
        most = Math.max(most, count);
      }
      if (most === SLOTS || this.#stopped) continue;
      if (most >= FAST) waiting.pause(PAUSE);
      else waiting.wait();
    }
    post({ is: "stopped" });
    self.close();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

let worker: RelayWorker | undefined;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.do !== "start") return worker?.take(data);
  worker = new RelayWorker(data);
  worker.run().catch((error) => {
    post({ is: "failed", message: error instanceof Error ? error.message : String(error) });
    self.close();
  });
};

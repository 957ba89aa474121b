/**
 * A whole network in one process and in virtual time: hosts with their own clocks, dice and addresses,
 * links that delay, lose, duplicate, reorder and partition; all of it from one seed.
 *
 * Only microtasks may lie between two virtual events: protocol code that waits for real input or
 * output (WebCrypto, files) sees virtual time run on without it.
 *
 * @module
 */
import { parseIp } from "../net/address.ts";
import { SimulatedNetwork } from "../net/simulated.ts";
import type { Delivery, Fabric } from "../net/simulated_fabric.ts";
import { Links, type LinkSettings } from "../net/simulated_links.ts";
import { type Log, silentLog } from "./log.ts";
import { drainMicrotasks } from "./pump.ts";
import type { Clock, Random, Runtime } from "./runtime.ts";
import { EventQueue } from "./simulated_queue.ts";
import { SeededRandom } from "./simulated_random.ts";

export type { Delivery, DeliveryOutcome } from "../net/simulated_fabric.ts";
export type { LinkSettings } from "../net/simulated_links.ts";

/** How to build a simulation. */
export interface SimulationOptions {
  /** Everything random comes from it. The same seed and the same program replay the same trace. */
  readonly seed: string | number;
  /**
   * Virtual time at the beginning, milliseconds since the Unix epoch; 2026-01-01 if omitted.
   * Certificates are checked against virtual time: issue them with `notBefore` accordingly, or start
   * the simulation at the wall clock's time.
   */
  readonly start?: number;
  /** Called for everything that arrives or does not. */
  readonly onDelivery?: (delivery: Delivery) => void;
  /** The log of each host; silent if omitted. */
  readonly log?: (host: string) => Log;
  /** How long a stream waits for a cut link before it fails: 924.6 s if omitted, as Linux has it. */
  readonly stallMilliseconds?: number;
  /** Events one `run` may take before it counts as an endless loop; 10 million if omitted. */
  readonly eventLimit?: number;
}

const DEFAULT_START = Date.UTC(2026, 0, 1);
/** net.ipv4.tcp_retries2 of 15. */
const DEFAULT_STALL_MILLISECONDS = 924_600;
const DEFAULT_EVENT_LIMIT = 10_000_000;

/** What was waited for did not happen within the virtual time allowed. */
export class SimulationError extends Error {
  override readonly name = "SimulationError";
}

/** The simulated world. */
export class Simulation {
  readonly clock: Clock;
  readonly #seed: string | number;
  readonly #queue = new EventQueue();
  readonly #links: Links;
  readonly #hosts = new Map<string, SimulatedNetwork>();
  readonly #hostNames = new Set<string>();
  readonly #names = new Map<string, readonly string[]>();
  readonly #fabric: Fabric;
  readonly #log: (host: string) => Log;
  readonly #eventLimit: number;
  #now: number;
  #running = false;

  constructor(options: SimulationOptions) {
    this.#seed = options.seed;
    this.#now = options.start ?? DEFAULT_START;
    this.#links = new Links(options.seed);
    this.#log = options.log ?? (() => silentLog);
    this.#eventLimit = options.eventLimit ?? DEFAULT_EVENT_LIMIT;
    this.clock = {
      now: () => this.#now,
      // NaN and the past mean now, as for a live timer; whole milliseconds, as the wall clock has.
      after: (milliseconds, fire) =>
        this.#queue.add(this.#now + Math.ceil(Math.max(0, milliseconds || 0)), fire),
    };
    this.#fabric = {
      clock: this.clock,
      links: this.#links,
      hosts: this.#hosts,
      names: this.#names,
      stallMilliseconds: options.stallMilliseconds ?? DEFAULT_STALL_MILLISECONDS,
      at: (time, fire) => void this.#queue.add(Math.max(this.#now, time), fire),
      trace: options.onDelivery ?? (() => {}),
    };
  }

  /**
   * Adds a host with its IP addresses (any, in any form; no other host may have them) and gives what
   * a role needs to run on it. Its dice depend on the seed and its name only.
   */
  host(name: string, { addresses }: { readonly addresses: readonly string[] }): Runtime {
    if (this.#hostNames.has(name)) throw new Error(`host "${name}" exists: choose another name`);
    const hosts = addresses.map((text) => this.#canonical(text));
    if (hosts.length === 0) throw new Error(`host "${name}" has no address: give at least one`);
    const network = new SimulatedNetwork(this.#fabric, hosts);
    for (const host of hosts) {
      if (this.#hosts.has(host)) {
        throw new Error(`address ${host} is taken: "${name}" needs another`);
      }
      this.#hosts.set(host, network);
    }
    this.#hostNames.add(name);
    return {
      clock: this.clock,
      random: this.random(`host ${name}`),
      network,
      log: this.#log(name),
    };
  }

  /** Dice of their own for `purpose`, from the simulation's seed. */
  random(purpose: string): Random {
    return new SeededRandom(this.#seed, purpose);
  }

  /** Makes a host name known to `Network.resolve`. */
  name(host: string, addresses: readonly string[]): void {
    this.#names.set(host.toLowerCase(), addresses.map((text) => this.#canonical(text)));
  }

  /** Sets what holds on every link without settings of its own. What is left out stays. */
  defaultLink(settings: Partial<LinkSettings>): void {
    this.#links.setDefault(settings);
  }

  /** Sets the link between two addresses, both directions. What is left out stays. */
  link(a: string, b: string, settings: Partial<LinkSettings>): void {
    this.oneWay(a, b, settings);
    this.oneWay(b, a, settings);
  }

  /** Sets one direction of a link only. */
  oneWay(from: string, to: string, settings: Partial<LinkSettings>): void {
    this.#links.set(this.#canonical(from), this.#canonical(to), settings);
  }

  /**
   * Lets things happen until `until` is true; it is asked after each event.
   *
   * @throws {SimulationError} when `limitMilliseconds` of virtual time pass before
   */
  async run(
    until: () => boolean,
    { limitMilliseconds }: { readonly limitMilliseconds: number },
  ): Promise<void> {
    const end = this.#now + limitMilliseconds;
    if (await this.#happen(end, until)) return;
    const more = this.#queue.size === 0 ? "; nothing is left to happen" : "";
    throw new SimulationError(
      `what was waited for did not happen within ${limitMilliseconds} ms of virtual time${more}`,
    );
  }

  /** Lets everything happen that happens within `milliseconds` from now. */
  async advance(milliseconds: number): Promise<void> {
    await this.#happen(this.#now + milliseconds, () => false);
  }

  /** Lets things happen until `promise` is settled, and gives its result. */
  async settle<T>(
    promise: Promise<T>,
    { limitMilliseconds }: { readonly limitMilliseconds: number } = { limitMilliseconds: 60_000 },
  ): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    await this.run(() => settled, { limitMilliseconds });
    return await promise;
  }

  /** Takes events until `until` is true or none is left before `end`. Whether `until` was true. */
  async #happen(end: number, until: () => boolean): Promise<boolean> {
    if (this.#running) {
      throw new SimulationError("the simulation is running: wait for the first run to end");
    }
    this.#running = true;
    try {
      for (let events = 0;; events++) {
        await drainMicrotasks();
        if (until()) return true;
        const next = this.#queue.nextAt();
        if (next === undefined || next > end) break;
        if (events >= this.#eventLimit) {
          throw new SimulationError(
            `${events} events without an end: look for a timer that sets itself again at once`,
          );
        }
        const event = this.#queue.take();
        this.#now = next;
        event?.fire();
      }
      this.#now = end;
      return false;
    } finally {
      this.#running = false;
    }
  }

  #canonical(text: string): string {
    const ip = parseIp(text);
    if (ip === undefined) throw new TypeError(`"${text}" is not an IP address`);
    return ip;
  }
}

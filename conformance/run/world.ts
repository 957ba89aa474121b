/**
 * Where a case takes place: on this machine's sockets and clock, or in a simulation of its own.
 *
 * @module
 */
import { isIpv6 } from "../../core/net/address.ts";
import type { Clock, Runtime } from "../../core/runtime/runtime.ts";
import { liveRuntime } from "../../core/runtime/live.ts";
import { Simulation } from "../../core/runtime/simulated.ts";

/** A host: what a role needs to run, and its address. */
export interface Host {
  readonly runtime: Runtime;
  /** Canonical IP address. */
  readonly address: string;
}

/** A place for IUTs and peers. */
export interface World {
  readonly mode: "live" | "simulated";
  readonly clock: Clock;
  /** A new host for a peer. `address` counts in the simulator only. */
  peer(ip: 4 | 6, address?: string): Host;
  /** The host of an IUT, with an IPv4 and an IPv6 address. */
  iut(name: string, addresses?: readonly string[]): { runtime: Runtime; v4: string; v6: string };
  /** Lets time pass until the promise is settled. */
  settle<T>(promise: Promise<T>): Promise<T>;
}

/** Virtual milliseconds a simulated case may take. */
export const caseLimitMilliseconds = 3_600_000;

/** Beginning of virtual time; certificates made by the harness are valid then and now. */
export const virtualStart = Date.UTC(2026, 0, 1, 12);

/** Loopback addresses, a block for each worker. */
export class LiveWorld implements World {
  readonly mode = "live";
  readonly #runtime = liveRuntime();
  readonly clock = this.#runtime.clock;
  #next = 0;

  /**
   * @param block second octet of the addresses, 127.block.x.y
   * @param local first address of peers, for targets that need one; loopback ones count up
   */
  constructor(readonly block: number, readonly local?: string) {}

  peer(ip: 4 | 6): Host {
    if (ip === 6) return { runtime: this.#runtime, address: "::1" };
    return { runtime: this.#runtime, address: this.#address(this.#next++) };
  }

  #address(index: number): string {
    if (this.local === undefined) {
      return `127.${this.block}.${1 + Math.floor(index / 200) % 200}.${1 + index % 200}`;
    }
    if (!this.local.startsWith("127.")) return this.local;
    const octets = this.local.split(".").map(Number);
    const last = ((octets[3] ?? 1) - 1 + index) % 250 + 1;
    return [...octets.slice(0, 3), last].join(".");
  }

  iut(name: string): { runtime: Runtime; v4: string; v6: string } {
    const last = name === "b" ? 2 : 1;
    return { runtime: this.#runtime, v4: `127.${this.block}.0.${last}`, v6: "::1" };
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return promise;
  }
}

/** A simulation for one case; everything follows from the seed. */
export class SimulatedWorld implements World {
  readonly mode = "simulated";
  readonly simulation: Simulation;
  readonly clock: Clock;
  readonly #hosts = new Map<string, Host>();
  #next = 0;

  constructor(seed: string) {
    this.simulation = new Simulation({ seed, start: virtualStart, eventLimit: 500_000 });
    this.simulation.defaultLink({ delayMilliseconds: 1 });
    this.clock = this.simulation.clock;
  }

  peer(ip: 4 | 6, address?: string): Host {
    const index = ++this.#next;
    const chosen = address ?? (ip === 6 ? `2001:db8:1::${index.toString(16)}` : `192.0.2.${index}`);
    const known = this.#hosts.get(chosen);
    if (known) return known;
    const runtime = this.simulation.host(`peer ${index}`, { addresses: [chosen] });
    const host = { runtime, address: chosen };
    this.#hosts.set(chosen, host);
    return host;
  }

  iut(name: string, addresses?: readonly string[]): { runtime: Runtime; v4: string; v6: string } {
    const index = name === "b" ? 2 : 1;
    const all = addresses ?? [`198.51.100.${index}`, `2001:db8:2::${index}`];
    const runtime = this.simulation.host(`iut ${name}`, { addresses: all });
    const v6 = all.find(isIpv6);
    const v4 = all.find((one) => !isIpv6(one));
    return { runtime, v4: v4 ?? v6 ?? "", v6: v6 ?? v4 ?? "" };
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return this.simulation.settle(promise, { limitMilliseconds: caseLimitMilliseconds });
  }
}

/**
 * The registrar (RFC 3261 §10): which contacts a name has, and over which channel each is reached.
 *
 * Everything is in memory for the look-ups and in the store for a restart; what is answered with 200 is
 * on disk by then.
 *
 * @module
 */
import type { Channel } from "../../core/net/channel.ts";
import type { Clock } from "../../core/runtime/runtime.ts";
import type { Log } from "../../core/runtime/log.ts";
import type { SipRequest } from "../../core/sip/message.ts";
import type { Registration, Store } from "../../core/store/mod.ts";
import { type Binding, type BindingPlan, planBindings } from "./binding_plan.ts";
import type { BoundNames } from "./bound_names.ts";
import type { SmConfig } from "./config.ts";

/** What a registrar is made from. */
export interface RegistrarOptions {
  readonly store: Store;
  readonly names: BoundNames;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<SmConfig, "registration" | "limits">;
}

/** What became of a REGISTER. */
export type RegisterResult =
  | { readonly ok: true; readonly bindings: readonly Binding[]; readonly now: number }
  | { readonly ok: false; readonly status: 400 | 403 | 423 | 500 | 503; readonly text: string };

const none: readonly Binding[] = [];

/** Bindings of names to contacts. */
export class Registrar {
  readonly #bindings = new Map<string, readonly Binding[]>();
  /** Names with bindings on a channel. */
  readonly #onChannel = new Map<Channel, Set<string>>();
  /** The last REGISTER of each name that waits for the disk: the next one goes by its outcome. */
  readonly #waiting = new Map<string, Promise<RegisterResult>>();
  #count = 0;
  #pending = 0;

  constructor(private readonly options: RegistrarOptions) {}

  /** Takes over what a store has kept. Nothing of it is reached before its terminal registers again. */
  load(registrations: readonly Registration[]): void {
    const now = this.options.clock.now();
    for (const registration of registrations) {
      if (registration.expires <= now) continue;
      this.#set(registration.name, [...this.of(registration.name), registration]);
    }
  }

  /**
   * Gives registrations whose flow outlives a restart their channel again: those over UDP. Their names
   * are not bound to it: to be called is the name's right, to send in it has to be proven anew.
   */
  async restore(
    reach: (registration: Registration) => Promise<Channel | undefined>,
  ): Promise<void> {
    for (const name of [...this.#bindings.keys()]) {
      for (const binding of this.of(name)) {
        if (binding.kind !== "udp" || binding.channel !== undefined) continue;
        const channel = await reach(binding);
        if (channel === undefined) continue;
        this.#set(
          name,
          this.of(name).map((each) => each === binding ? { ...binding, channel } : each),
        );
      }
    }
  }

  /** The bindings of a name that have not expired, reachable or not. */
  of(name: string): readonly Binding[] {
    const all = this.#bindings.get(name);
    if (all === undefined) return none;
    const now = this.options.clock.now();
    for (const binding of all) {
      if (binding.expires <= now) return all.filter((each) => each.expires > now);
    }
    return all;
  }

  /** Bindings of all names. */
  get count(): number {
    return this.#count;
  }

  /** A REGISTER of the proven `name`. Resolves once what it changes is on disk. */
  async register(request: SipRequest, channel: Channel, name: string): Promise<RegisterResult> {
    if (this.#pending >= this.options.config.limits.pendingRegistrations) {
      return { ok: false, status: 503, text: "too many registrations at a time" };
    }
    this.#pending++;
    const before = this.#waiting.get(name);
    const mine = (async () => {
      await before;
      return await this.#register(request, channel, name);
    })();
    this.#waiting.set(name, mine);
    try {
      return await mine;
    } finally {
      this.#pending--;
      if (this.#waiting.get(name) === mine) this.#waiting.delete(name);
    }
  }

  async #register(request: SipRequest, channel: Channel, name: string): Promise<RegisterResult> {
    const { clock, config, store, log } = this.options;
    const now = clock.now();
    const current = this.of(name);
    const plan = planBindings(request, channel, name, current, {
      config: config.registration,
      now,
    });
    if (!plan.ok) return plan;
    if (this.#count + plan.put.length - plan.remove.length > config.limits.registrations) {
      return { ok: false, status: 503, text: "no room for more registrations" };
    }
    if (plan.put.length > 0 || plan.remove.length > 0) {
      try {
        await store.change({ put: plan.put, remove: plan.remove });
      } catch (error) {
        log.write("error", "registration not stored", { name, error: String(error) });
        return { ok: false, status: 500, text: "the registration could not be stored" };
      }
    }
    this.#apply(plan, channel, name);
    return { ok: true, bindings: this.of(name), now };
  }

  #apply(plan: BindingPlan & { ok: true }, channel: Channel, name: string): void {
    const { names } = this.options;
    // The store took a while: the channel may be gone, and other bindings with it.
    const replaced = new Set(plan.remove.map(({ contact }) => contact));
    const kept = (this.#bindings.get(name) ?? none).filter(({ contact }) => !replaced.has(contact));
    const added = plan.put.map((binding) => channel.open ? binding : unreached(binding));
    this.#set(name, [...kept, ...added]);
    if (channel.open && (channel.kind !== "udp" || plan.put.length > 0)) names.bind(channel, name);
    // SM-4: the channel a terminal has left loses the name at once.
    const left = new Set(plan.moved.map((binding) => binding.channel));
    // A UDP channel does not close: there the name goes with the last registration.
    for (const { channel: old } of plan.remove) if (old?.kind === "udp") left.add(old);
    for (const old of left) if (old !== undefined) this.#leave(old, name);
  }

  /** Takes a name from a channel that has no binding of it any more. */
  #leave(channel: Channel, name: string): void {
    const bindings = this.#bindings.get(name) ?? none;
    if (!bindings.some((binding) => binding.channel === channel)) {
      this.options.names.unbind(channel, name);
    }
  }

  /** A channel is gone: what was registered over it stays registered, but is not reached any more. */
  closed(channel: Channel): void {
    for (const name of this.#onChannel.get(channel) ?? []) {
      const bindings = this.#bindings.get(name) ?? none;
      this.#set(
        name,
        bindings.map((binding) => binding.channel === channel ? unreached(binding) : binding),
      );
    }
    this.#onChannel.delete(channel);
    this.options.names.closed(channel);
  }

  /** Takes expired bindings out, in memory and in the store. */
  async sweep(): Promise<void> {
    const now = this.options.clock.now();
    const remove: Binding[] = [];
    for (const [name, bindings] of this.#bindings) {
      const expired = bindings.filter((binding) => binding.expires <= now);
      if (expired.length === 0 || this.#waiting.has(name)) continue;
      remove.push(...expired);
      this.#set(name, bindings.filter((binding) => binding.expires > now));
      for (const { channel } of expired) if (channel?.kind === "udp") this.#leave(channel, name);
    }
    if (remove.length === 0) return;
    try {
      await this.options.store.change({ put: [], remove });
    } catch (error) {
      this.options.log.write("warning", "expired registrations not removed from the store", {
        error: String(error),
      });
    }
  }

  #set(name: string, bindings: readonly Binding[]): void {
    const before = this.#bindings.get(name) ?? none;
    this.#count += bindings.length - before.length;
    if (bindings.length === 0) this.#bindings.delete(name);
    else this.#bindings.set(name, bindings);
    for (const { channel } of before) this.#onChannel.get(channel as Channel)?.delete(name);
    for (const { channel } of bindings) {
      if (channel === undefined) continue;
      const names = this.#onChannel.get(channel);
      if (names === undefined) this.#onChannel.set(channel, new Set([name]));
      else names.add(name);
    }
  }
}

function unreached(binding: Binding): Binding {
  return { ...binding, channel: undefined };
}

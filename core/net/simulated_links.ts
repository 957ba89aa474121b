/**
 * How the simulated network treats what is sent from one address to another.
 *
 * @module
 */
import { SeededRandom } from "../runtime/simulated_random.ts";

/** One direction between two addresses. Probabilities are from 0 to 1, times whole milliseconds. */
export interface LinkSettings {
  /** Time from sending to arrival. */
  readonly delayMilliseconds: number;
  /** Further delay, even from 0 to this. It never changes the order. */
  readonly jitterMilliseconds: number;
  /** Chance that a datagram is lost. A lost piece of a stream arrives later instead (RFC 6298). */
  readonly loss: number;
  /** Chance that a datagram arrives twice. */
  readonly duplication: number;
  /** Chance that a datagram is held back, so that later ones overtake it. */
  readonly reordering: number;
  /** How long a datagram held back waits on top of its delay. */
  readonly reorderingMilliseconds: number;
  /** Nothing passes: datagrams are lost, streams stall. */
  readonly partitioned: boolean;
}

/** A good local network. */
export const DEFAULT_LINK: LinkSettings = {
  delayMilliseconds: 1,
  jitterMilliseconds: 0,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reorderingMilliseconds: 20,
  partitioned: false,
};

/** From an address to itself; only settings made for that very pair change it. */
const LOOPBACK: LinkSettings = { ...DEFAULT_LINK, delayMilliseconds: 0 };

/** RFC 6298 §2.1 has 1 s; real stacks on a known path come down to this. Doubled for each further loss. */
const RETRANSMISSION_MILLISECONDS = 200;
/** A stream piece is lost at most this often in a row, so that a delay stays finite. */
const RETRANSMISSIONS = 10;

/** What becomes of one datagram: its arrivals, none when it is lost. */
export type Fate =
  | { readonly outcome: "sent"; readonly arrivals: readonly number[] }
  | { readonly outcome: "lost" | "partitioned" };

/** One direction between two addresses, with its own dice. */
export class Link {
  settings: LinkSettings;
  readonly #random: SeededRandom;
  /** Arrival of the last datagram that kept its place. */
  #latest = 0;
  readonly #waiting = new Set<() => void>();

  constructor(settings: LinkSettings, random: SeededRandom) {
    this.settings = settings;
    this.#random = random;
  }

  /** Whether nothing at all gets through now. */
  get cut(): boolean {
    return this.settings.partitioned || this.settings.loss >= 1;
  }

  /** Casts the dice for a datagram sent at `now`. */
  datagram(now: number): Fate {
    if (this.settings.partitioned) return { outcome: "partitioned" };
    if (this.#chance(this.settings.loss)) return { outcome: "lost" };
    const copies = this.#chance(this.settings.duplication) ? 2 : 1;
    const arrivals: number[] = [];
    for (let i = 0; i < copies; i++) {
      const arrival = now + this.#delay();
      if (this.#chance(this.settings.reordering)) {
        arrivals.push(arrival + this.settings.reorderingMilliseconds);
      } else {
        this.#latest = Math.max(this.#latest, arrival);
        arrivals.push(this.#latest);
      }
    }
    return { outcome: "sent", arrivals };
  }

  /** Arrival of a piece of a stream sent at `now`, losses made good by retransmission. */
  piece(now: number): number {
    let delay = this.#delay();
    let retransmission = RETRANSMISSION_MILLISECONDS;
    for (let i = 0; i < RETRANSMISSIONS && this.#chance(this.settings.loss); i++) {
      delay += retransmission;
      retransmission *= 2;
    }
    return now + delay;
  }

  /** Calls `healed` once when something gets through again. Returns how to stop waiting. */
  whenHealed(healed: () => void): () => void {
    this.#waiting.add(healed);
    return () => this.#waiting.delete(healed);
  }

  /** Takes new settings over and wakes who waited for them. */
  change(settings: LinkSettings): void {
    this.settings = settings;
    if (this.cut) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const healed of waiting) healed();
  }

  #delay(): number {
    const { delayMilliseconds, jitterMilliseconds } = this.settings;
    return delayMilliseconds +
      (jitterMilliseconds > 0 ? Math.round(jitterMilliseconds * this.#random.fraction()) : 0);
  }

  /** No dice are cast for what cannot or must happen, so that a setting at rest changes no sequence. */
  #chance(probability: number): boolean {
    return probability >= 1 || (probability > 0 && this.#random.fraction() < probability);
  }
}

/** The settings of every pair of addresses. */
export class Links {
  readonly #seed: string | number;
  #default: LinkSettings = DEFAULT_LINK;
  readonly #own = new Map<string, Partial<LinkSettings>>();
  readonly #links = new Map<string, Link>();

  constructor(seed: string | number) {
    this.#seed = seed;
  }

  /** The direction from one address to another, canonical texts. */
  from(from: string, to: string): Link {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (!link) {
      link = new Link(this.#settings(key), new SeededRandom(this.#seed, `link ${key}`));
      this.#links.set(key, link);
    }
    return link;
  }

  /** Changes what holds for every pair without settings of its own, and fills those of the others. */
  setDefault(settings: Partial<LinkSettings>): void {
    this.#default = checked({ ...this.#default, ...settings });
    for (const [key, link] of this.#links) link.change(this.#settings(key));
  }

  /** Changes one direction; what is left out stays as it is. */
  set(from: string, to: string, settings: Partial<LinkSettings>): void {
    const key = `${from}>${to}`;
    const own = { ...this.#own.get(key), ...settings };
    checked({ ...this.#default, ...own });
    this.#own.set(key, own);
    this.#links.get(key)?.change(this.#settings(key));
  }

  #settings(key: string): LinkSettings {
    const [from, to] = key.split(">");
    return { ...(from === to ? LOOPBACK : this.#default), ...this.#own.get(key) };
  }
}

function checked(settings: LinkSettings): LinkSettings {
  for (const name of ["loss", "duplication", "reordering"] as const) {
    const value = settings[name];
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`link setting ${name} is ${value}: give a probability from 0 to 1`);
    }
  }
  for (
    const name of ["delayMilliseconds", "jitterMilliseconds", "reorderingMilliseconds"] as const
  ) {
    const value = settings[name];
    if (!(value >= 0 && Number.isInteger(value))) {
      throw new RangeError(`link setting ${name} is ${value}: give whole milliseconds, 0 or more`);
    }
  }
  return settings;
}

/**
 * One direction of a simulated connection: pieces arrive in order and are never lost; while the link
 * is cut they wait, and after too long a wait the sender's side gives up, as TCP does.
 *
 * @module
 */
import type { Timer } from "../runtime/runtime.ts";
import type { Address } from "./address.ts";
import type { Fabric } from "./simulated_fabric.ts";

interface Piece {
  readonly octets: number;
  readonly arrive: () => void;
}

/** A reliable, ordered, delayed way from one address to another. */
export class Wire {
  readonly #fabric: Fabric;
  readonly #from: Address;
  readonly #to: Address;
  readonly #gaveUp: () => void;
  #latest = 0;
  #stalled: Piece[] = [];
  #pending = 0;
  #giveUp: Timer | undefined;
  #stopWaiting: (() => void) | undefined;

  /** `gaveUp` is called when something waited longer than the fabric's stall time. */
  constructor(fabric: Fabric, from: Address, to: Address, gaveUp: () => void) {
    this.#fabric = fabric;
    this.#from = from;
    this.#to = to;
    this.#gaveUp = gaveUp;
  }

  /** Octets that wait because the link is cut. */
  get pending(): number {
    return this.#pending;
  }

  /** Sends a piece; `arrive` is called at the other end. */
  send(octets: number, arrive: () => void): void {
    const link = this.#fabric.links.from(this.#from.host, this.#to.host);
    if (link.cut) {
      this.#stalled.push({ octets, arrive });
      this.#pending += octets;
      this.#giveUp ??= this.#fabric.clock.after(this.#fabric.stallMilliseconds, () => {
        this.drop();
        this.#gaveUp();
      });
      this.#stopWaiting ??= link.whenHealed(() => this.#resume());
      return;
    }
    this.#latest = Math.max(this.#latest, link.piece(this.#fabric.clock.now()));
    this.#fabric.at(this.#latest, arrive);
  }

  /** Forgets what waits. */
  drop(): void {
    this.#giveUp?.cancel();
    this.#stopWaiting?.();
    this.#giveUp = this.#stopWaiting = undefined;
    this.#stalled = [];
    this.#pending = 0;
  }

  #resume(): void {
    const stalled = this.#stalled;
    this.drop();
    for (const piece of stalled) this.send(piece.octets, piece.arrive);
  }
}

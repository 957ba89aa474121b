/**
 * A tunnel that stands: packets under Kmncn between two nodes (NTM-5, NTM-12).
 *
 * @module
 */
import type { Address } from "../../core/net/address.ts";
import type { Association } from "../../core/ntm/association.ts";
import { DATA, KEEP_ALIVE } from "../../core/ntm/message_types.ts";
import type { Instruction } from "../../core/ntm/messages/parts.ts";
import type { Clock, Timer } from "../../core/runtime/runtime.ts";
import type { NodeTiming } from "./config.ts";

/** What a tunnel needs of the node. */
export interface TunnelPorts {
  readonly clock: Clock;
  readonly timing: NodeTiming;
  send(bytes: Uint8Array, to: Address): void;
  /** A packet came; authentic, not yet looked at. */
  packet(packet: Uint8Array, tunnel: Tunnel): void;
  /** It is gone; called once. */
  closed(tunnel: Tunnel, reason: string): void;
  /** Its key is in its last quarter and applications use it: time for the next one. */
  ageing(tunnel: Tunnel): void;
}

/** One tunnel. */
export class Tunnel {
  readonly instruction: Instruction;
  /** Where the peer, or the RS, is. A handover moves it. */
  readonly remote: Address;
  readonly #ports: TunnelPorts;
  readonly #association: Association;
  readonly #expires: number;
  #sent: number;
  #heard: number;
  #used: number;
  #aged = false;
  #timer?: Timer;
  #open = true;

  constructor(
    ports: TunnelPorts,
    of: { instruction: Instruction; association: Association; remote: Address },
  ) {
    this.#ports = ports;
    this.instruction = of.instruction;
    this.#association = of.association;
    this.remote = of.remote;
    const now = ports.clock.now();
    this.#sent = this.#heard = this.#used = now;
    this.#expires = now + of.instruction.lifetime * 1_000;
    this.#watch();
  }

  /** In the header of its datagrams. */
  get id(): number {
    return this.#association.id;
  }

  /** Whether packets can go through it. */
  get open(): boolean {
    return this.#open;
  }

  /** Sends an IP packet. Throws `AssociationSpentError` once its key is used up. */
  send(packet: Uint8Array): void {
    this.#used = this.#ports.clock.now();
    this.#transmit(DATA, packet);
  }

  /** Takes what was opened under Kmncn. */
  received(type: number, plaintext: Uint8Array): void {
    this.#heard = this.#ports.clock.now();
    if (type !== DATA) return;
    this.#used = this.#heard;
    this.#ports.packet(plaintext, this);
  }

  /** Ends it, on this side. */
  close(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#timer?.cancel();
    this.#association.release();
    this.#ports.closed(this, reason);
  }

  #transmit(type: number, plaintext: Uint8Array): void {
    this.#sent = this.#ports.clock.now();
    this.#ports.send(this.#association.seal(type, plaintext), this.remote);
  }

  /** Does what is due, and comes back when the next thing is. */
  #watch(): void {
    const { clock, timing } = this.#ports;
    const now = clock.now();
    const silent = this.#heard + timing.silenceMilliseconds;
    const idle = this.#used + timing.idleMilliseconds;
    if (now >= this.#expires) return this.close("its key has expired");
    if (now >= silent) return this.close("the peer is silent");
    if (now >= idle) return this.close("idle");
    if (now >= this.#sent + timing.keepAliveMilliseconds) {
      this.#transmit(KEEP_ALIVE, new Uint8Array(0));
    }
    const old = this.#expires - this.instruction.lifetime * 250;
    if (!this.#aged && now >= old) {
      this.#aged = true;
      this.#ports.ageing(this);
    }
    const due = Math.min(
      silent,
      idle,
      this.#sent + timing.keepAliveMilliseconds,
      this.#aged ? this.#expires : old,
    );
    this.#timer = clock.after(due - now, () => this.#watch());
  }
}

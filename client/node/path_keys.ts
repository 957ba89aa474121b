/**
 * The keys of one path at one of its nodes, from the instruction (docs/wire.md, "Keys").
 *
 * @module
 */
import { Association } from "../../core/ntm/association.ts";
import { NtmDecodeError } from "../../core/ntm/errors.ts";
import type { Direction, KeyLabel } from "../../core/ntm/key_labels.ts";
import { tunnelContent } from "../../core/ntm/messages/mod.ts";
import type { Instruction } from "../../core/ntm/messages/parts.ts";

/** Ktmp, Ktun or the RS key, and Kmncn once it is known. */
export class PathKeys {
  readonly #instruction: Instruction;
  readonly temporary: Association;
  /** Ktun (`security`) or the RS key (`platform`, relayed). */
  readonly outer: Association | undefined;
  #tunnel?: Association;

  constructor(instruction: Instruction) {
    this.#instruction = instruction;
    const { temporaryKey, tunnelKey, profile, relay, side } = instruction;
    this.temporary = this.#associate("ktmp", temporaryKey, side);
    if (tunnelKey === undefined) return;
    if (profile === "platform") this.outer = this.#associate("krs", tunnelKey, "initiator");
    else {
      const others: Direction[] = [this.#other, ...(relay ? ["relay" as const] : [])];
      this.outer = this.#associate("ktun", tunnelKey, side, others);
    }
  }

  /** Kmncn. */
  get tunnel(): Association | undefined {
    return this.#tunnel;
  }

  /** Kmncn is known from now on. */
  makeTunnel(secret: Uint8Array): Association {
    return this.#tunnel = this.#associate("kmncn", secret, this.#instruction.side);
  }

  /** Our Tunnel Content sealed under Ktmp; with Kmncn if we make it. */
  sealContent(transaction: number, key: Uint8Array | undefined): Uint8Array {
    const { side } = this.#instruction;
    return this.temporary.seal(
      tunnelContent.type,
      tunnelContent.encode({ transaction, side, ...(key && { key }) }),
    );
  }

  /**
   * Opens the peer's Tunnel Content; undefined if it is not the peer's under Ktmp. `key` is there if the
   * peer makes Kmncn, and only then.
   */
  openContent(sealed: Uint8Array): { readonly key?: Uint8Array } | undefined {
    const opened = this.temporary.open(sealed);
    if (!opened.ok || opened.header.type !== tunnelContent.type) return undefined;
    try {
      const { side, key } = tunnelContent.decode(opened.plaintext);
      const fits = side === this.#other && (key === undefined) === this.#instruction.makesKey;
      return fits ? { ...(key && { key }) } : undefined;
    } catch (error) {
      if (error instanceof NtmDecodeError) return undefined;
      throw error;
    }
  }

  /** Forgets Ktmp and what it was sent under; Kmncn is the tunnel's. */
  forgetTemporary(): void {
    this.temporary.release();
    this.outer?.release();
  }

  get #other(): "initiator" | "responder" {
    return this.#instruction.side === "initiator" ? "responder" : "initiator";
  }

  #associate(
    label: KeyLabel,
    secret: Uint8Array,
    own: "initiator" | "responder",
    others?: readonly Direction[],
  ): Association {
    const { pathId: id, suite } = this.#instruction;
    return new Association({ id, secret, label, suite, own, ...(others && { others }) });
  }
}

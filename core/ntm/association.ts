/**
 * An association: one secret, a key for each direction, sequence numbers and replay windows. It seals
 * what we send and opens what the others send (docs/wire.md, "Datagram").
 *
 * @module
 */
import { type Aead, type AeadKey, NOT_AUTHENTIC } from "../crypto/aead/aead.ts";
import { nodeAead } from "../crypto/aead/node.ts";
import { NtmDecodeError } from "./errors.ts";
import {
  decodeHeader,
  HEADER_OCTETS,
  type NtmHeader,
  OVERHEAD_OCTETS,
  TAG_OCTETS,
  U48_LIMIT,
  writeHeader,
  writeU48,
} from "./header.ts";
import type { Direction } from "./key_labels.ts";
import { type AssociationSecret, directionKey } from "./key_schedule.ts";
import { REPLAY_WINDOW, ReplayWindow } from "./replay_window.ts";

/** Octets of a nonce: the salt, then the sequence number. */
const NONCE_OCTETS = 12;
/** Largest plaintext: what fits a UDP datagram over IPv4 with the overhead. */
export const PLAINTEXT_LIMIT = 65_507 - OVERHEAD_OCTETS;

/** Why a datagram was dropped. Whoever sent it is told nothing. */
export type DropCause = "malformed" | "other association" | "replayed" | "not authentic";

/** What opening gives. */
export type Opened =
  | {
    readonly ok: true;
    readonly header: NtmHeader;
    readonly plaintext: Uint8Array<ArrayBuffer>;
    /** Who sealed it. */
    readonly from: Direction;
    /** Whether its number is above all before it: only such a datagram may move its sender's address. */
    readonly newest: boolean;
  }
  | { readonly ok: false; readonly cause: DropCause };

/** How an association is set up. */
export interface AssociationOptions extends AssociationSecret {
  /** Who we are. */
  readonly own: Direction;
  /** Who else seals under this secret. Default: the other one of initiator and responder. */
  readonly others?: readonly Direction[];
  /** First sequence number to use; above all that were used under this secret before. Default 0. */
  readonly firstSequence?: number;
  /** Datagrams we may seal; default 2^40. */
  readonly limit?: number;
  /** Default `node:crypto`. */
  readonly aead?: Aead;
  /** Default {@link REPLAY_WINDOW}. */
  readonly replayWindow?: number;
}

/** The key has sealed as much as it may: it must be renewed. */
export class AssociationSpentError extends Error {
  override readonly name = "AssociationSpentError";
}

interface Incoming {
  readonly from: Direction;
  readonly salt: Uint8Array;
  readonly key: AeadKey;
  readonly window: ReplayWindow;
}

/** Default of `AssociationOptions.limit`: 2^40 datagrams. */
export const SEAL_LIMIT = 2 ** 40;

/** One secret in use. */
export class Association {
  readonly id: number;
  readonly #outgoing: { readonly salt: Uint8Array; readonly key: AeadKey };
  readonly #incoming: readonly Incoming[];
  readonly #end: number;
  #sequence: number;

  constructor(options: AssociationOptions) {
    const { own, others, firstSequence = 0, limit = SEAL_LIMIT, aead = nodeAead } = options;
    const from = others ?? [own === "initiator" ? "responder" : "initiator"];
    if (from.includes(own)) {
      throw new RangeError(`association: ${own} cannot be both ends, its datagrams would reflect`);
    }
    this.id = options.id;
    this.#sequence = firstSequence;
    this.#end = Math.min(firstSequence + limit, U48_LIMIT + 1);
    const ready = (direction: Direction) => {
      const { key, salt } = directionKey(options, direction);
      return { salt, key: aead.key(options.suite, key) };
    };
    this.#outgoing = ready(own);
    this.#incoming = from.map((direction) => ({
      from: direction,
      ...ready(direction),
      window: new ReplayWindow(options.replayWindow ?? REPLAY_WINDOW),
    }));
  }

  /** The next sequence number. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Seals a plaintext; gives the whole datagram, 32 octets longer. Throws
   * {@link AssociationSpentError} when no number is left, a `RangeError` if the plaintext is too long.
   */
  seal(type: number, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
    if (plaintext.length > PLAINTEXT_LIMIT) {
      throw new RangeError(
        `association: ${plaintext.length} octets, at most ${PLAINTEXT_LIMIT} fit a datagram`,
      );
    }
    if (this.#sequence >= this.#end) {
      throw new AssociationSpentError(
        "association: its sequence numbers are used up, renew the key",
      );
    }
    const sequence = this.#sequence++;
    const datagram = new Uint8Array(plaintext.length + OVERHEAD_OCTETS);
    writeHeader(datagram, { type, pathId: this.id, sequence });
    this.#outgoing.key.seal(
      nonceOf(this.#outgoing.salt, sequence),
      datagram.subarray(0, HEADER_OCTETS),
      plaintext,
      datagram.subarray(HEADER_OCTETS),
    );
    return datagram;
  }

  /** Opens a datagram, once. Never throws because of its octets. */
  open(datagram: Uint8Array): Opened {
    const header = headerOf(datagram);
    if (!header) return { ok: false, cause: "malformed" };
    if (header.pathId !== this.id) return { ok: false, cause: "other association" };
    let cause: DropCause = "replayed";
    for (const incoming of this.#incoming) {
      // The window is asked first: a replay costs no decryption. It moves only for what is authentic.
      if (!incoming.window.fits(header.sequence)) continue;
      cause = "not authentic";
      const plaintext = unseal(incoming, header.sequence, datagram);
      if (!plaintext) continue;
      const newest = header.sequence > incoming.window.newest;
      incoming.window.accept(header.sequence);
      return { ok: true, header, plaintext, from: incoming.from, newest };
    }
    return { ok: false, cause };
  }

  /** Forgets the keys. */
  release(): void {
    this.#outgoing.key.release();
    for (const { key } of this.#incoming) key.release();
  }
}

function headerOf(datagram: Uint8Array): NtmHeader | undefined {
  try {
    return decodeHeader(datagram);
  } catch (error) {
    if (error instanceof NtmDecodeError) return undefined;
    throw error;
  }
}

function unseal(
  { salt, key }: Incoming,
  sequence: number,
  datagram: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  const plaintext = new Uint8Array(datagram.length - HEADER_OCTETS - TAG_OCTETS);
  const length = key.open(
    nonceOf(salt, sequence),
    datagram.subarray(0, HEADER_OCTETS),
    datagram.subarray(HEADER_OCTETS),
    plaintext,
  );
  return length === NOT_AUTHENTIC ? undefined : plaintext;
}

/** 4 octets of salt, 8 of the sequence number. */
function nonceOf(salt: Uint8Array, sequence: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_OCTETS);
  nonce.set(salt, 0);
  writeU48(nonce, 6, sequence);
  return nonce;
}

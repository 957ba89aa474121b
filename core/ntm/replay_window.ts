/**
 * The replay window of RFC 6479: a ring of blocks of bits, so that moving it on clears whole blocks
 * instead of shifting.
 *
 * @module
 */

const BLOCK_BITS = 32;
/** Sequence numbers behind the newest that are still told apart (design: 8192). */
export const REPLAY_WINDOW = 8192;

/** Which sequence numbers were seen. */
export class ReplayWindow {
  readonly #size: number;
  readonly #blocks: Uint32Array;
  #newest = -1;

  /** @param size how far behind the newest number one may be; a multiple of 32 */
  constructor(size = REPLAY_WINDOW) {
    if (!Number.isInteger(size) || size < BLOCK_BITS || size % BLOCK_BITS !== 0) {
      throw new RangeError(`replay window: ${size} is no positive multiple of ${BLOCK_BITS}`);
    }
    this.#size = size;
    // One block more than the window has: the newest one is partly in the future (RFC 6479 §3).
    this.#blocks = new Uint32Array(size / BLOCK_BITS + 1);
  }

  /** The newest number seen; -1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Whether this number is new and not too far behind; changes nothing. */
  fits(sequence: number): boolean {
    if (sequence > this.#newest) return true;
    if (this.#newest - sequence >= this.#size) return false;
    return (this.#blocks[this.#block(sequence)]! & bit(sequence)) === 0;
  }

  /** Notes a number whose datagram is authentic; false if it did not fit. */
  accept(sequence: number): boolean {
    if (!this.fits(sequence)) return false;
    if (sequence > this.#newest) this.#advance(sequence);
    const block = this.#block(sequence);
    this.#blocks[block] = this.#blocks[block]! | bit(sequence);
    return true;
  }

  #advance(sequence: number): void {
    const from = Math.floor(this.#newest / BLOCK_BITS);
    const steps = Math.min(Math.floor(sequence / BLOCK_BITS) - from, this.#blocks.length);
    for (let step = 1; step <= steps; step++) {
      this.#blocks[(from + step + this.#blocks.length) % this.#blocks.length] = 0;
    }
    this.#newest = sequence;
  }

  #block(sequence: number): number {
    return Math.floor(sequence / BLOCK_BITS) % this.#blocks.length;
  }
}

function bit(sequence: number): number {
  return 1 << (sequence % BLOCK_BITS);
}

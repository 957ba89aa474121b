/**
 * Control messages over TLS (docs/wire.md, "Over TLS"): one after the other, each with its length.
 *
 *     version u8 | type u8 | length u16 | content (CBOR), `length` octets
 *
 * @module
 */
import { NtmDecodeError, NtmEncodeError } from "./errors.ts";
import { NTM_VERSION } from "./header.ts";

const HEAD_OCTETS = 4;
/** Octets of content a frame may have; no message needs more. */
export const FRAME_LIMIT = 16_384;

/** A message between its type octet and its meaning. */
export interface Frame {
  readonly type: number;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** A frame's octets. Throws {@link NtmEncodeError} if the content is too long. */
export function encodeFrame(type: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  if (content.length > FRAME_LIMIT) {
    throw new NtmEncodeError(`${content.length} octets, at most ${FRAME_LIMIT} fit`, "frame");
  }
  const octets = new Uint8Array(HEAD_OCTETS + content.length);
  octets.set([NTM_VERSION, type, content.length >> 8, content.length & 255]);
  octets.set(content, HEAD_OCTETS);
  return octets;
}

/** Octets in, frames out. It keeps no more than one frame; after an error it is of no more use. */
export class FrameReader {
  #kept = new Uint8Array(0);

  /** Octets of a frame that has begun. */
  get pending(): number {
    return this.#kept.length;
  }

  /** The frames these octets complete. Throws {@link NtmDecodeError}: close the connection. */
  push(octets: Uint8Array): Frame[] {
    const all = new Uint8Array(this.#kept.length + octets.length);
    all.set(this.#kept, 0);
    all.set(octets, this.#kept.length);
    const frames: Frame[] = [];
    let at = 0;
    while (all.length - at >= 1) {
      if (all[at] !== NTM_VERSION) {
        throw new NtmDecodeError(`version ${all[at]}`, { where: "frame", offset: at });
      }
      if (all.length - at < HEAD_OCTETS) break;
      const length = all[at + 2]! * 256 + all[at + 3]!;
      if (length > FRAME_LIMIT) {
        const what = `${length} octets, at most ${FRAME_LIMIT} are allowed`;
        throw new NtmDecodeError(what, { where: "frame", offset: at + 2 });
      }
      const end = at + HEAD_OCTETS + length;
      if (end > all.length) break;
      frames.push({ type: all[at + 1]!, content: all.slice(at + HEAD_OCTETS, end) });
      at = end;
    }
    this.#kept = all.slice(at);
    return frames;
  }
}

/**
 * What becomes of a datagram: passed on to the other end of its path, handed to the control plane, or
 * dropped for a cause that is counted (NTM-13: nothing inside it can be read here, so only the header
 * and the source are judged).
 *
 * @module
 */
import { HEADER_OCTETS, NTM_VERSION, TAG_OCTETS } from "../../../core/ntm/header.ts";
import { place } from "./counters.ts";
import { ABSENT, PATH, type PathTable } from "./path_table.ts";

const SHORTEST = HEADER_OCTETS + TAG_OCTETS;

/** The verdict for the control plane. Zero and more: the end to send to. Less: see {@link counterOf}. */
export const TO_CONTROL = -1;

const drop = (cause: Parameters<typeof place>[0]): number => -2 - place(cause);
const TOO_SHORT = drop("tooShort");
const VERSION = drop("version");
const UNKNOWN_PATH = drop("unknownPath");
const WRONG_SOURCE = drop("wrongSource");
const NO_PEER = drop("noPeer");

/** Place of the counter of a verdict that drops. */
export function counterOf(verdict: number): number {
  return -2 - verdict;
}

/** Judges datagrams by the table; allocates nothing. */
export class Judge {
  readonly #table: PathTable;
  readonly #relayed: Uint8Array;
  readonly #seen: Uint32Array;
  readonly #now: Uint32Array;

  /**
   * `relayedTypes`: message types that are passed on; others go to the control plane. `seen`: for each
   * row, the tick of the last datagram passed on; `now`: the tick.
   */
  constructor(
    table: PathTable,
    ports: { relayedTypes: readonly number[]; seen: Uint32Array; now: Uint32Array },
  ) {
    this.#table = table;
    this.#relayed = new Uint8Array(256);
    for (const type of ports.relayedTypes) this.#relayed[type] = 1;
    this.#seen = ports.seen;
    this.#now = ports.now;
  }

  /**
   * The verdict on the datagram of `length` octets at `at` of `data`, whose source is the socket address
   * at word `nameAt` of `names`.
   */
  verdict(
    data: Uint8Array,
    at: number,
    length: number,
    names: Int32Array,
    nameAt: number,
  ): number {
    if (length < SHORTEST) return TOO_SHORT;
    if (data[at] !== NTM_VERSION) return VERSION;
    const high = data[at + 2]! << 8 | data[at + 3]!;
    const low = data[at + 4]! << 24 | data[at + 5]! << 16 | data[at + 6]! << 8 | data[at + 7]!;
    const table = this.#table;
    const row = table.find(low, high);
    if (row === ABSENT) return UNKNOWN_PATH;
    if (this.#relayed[data[at + 1]!] === 0 || table.kind(row) !== PATH) return TO_CONTROL;
    let other: number;
    if (table.isAt(row * 2, names, nameAt)) other = row * 2 + 1;
    else if (table.isAt(row * 2 + 1, names, nameAt)) other = row * 2;
    else return WRONG_SOURCE;
    if (!table.isKnown(other)) return NO_PEER;
    this.#seen[row] = this.#now[0]!;
    return other;
  }
}

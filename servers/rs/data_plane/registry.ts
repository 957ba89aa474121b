/**
 * Which paths and associations there are: the one place that changes the table, and lets idle paths go.
 *
 * @module
 */
import type { Address } from "../../../core/net/address.ts";
import { endWords, type PathEnds } from "./ends.ts";
import type { TableChange } from "./path_table.ts";

/** Largest id: 48 bits. */
const LARGEST_ID = 2 ** 48 - 1;

/** Says that the table is full. */
export class TableFullError extends Error {
  override readonly name = "TableFullError";
}

/** The table's owner. */
export class PathRegistry {
  readonly #rows = new Map<number, { row: number; expires: boolean }>();
  readonly #free: number[] = [];
  #used = 0;
  readonly #capacity: number;
  readonly #idleTicks: number;
  readonly #seen: Uint32Array;
  readonly #now: Uint32Array;
  readonly #sockets: readonly Address[];
  readonly #publish: (change: TableChange) => void;

  /** `seen` and `now` are shared with those who relay; `publish` brings them each change. */
  constructor(ports: {
    capacity: number;
    idleTicks: number;
    seen: Uint32Array;
    now: Uint32Array;
    sockets: readonly Address[];
    publish: (change: TableChange) => void;
  }) {
    this.#capacity = ports.capacity;
    this.#idleTicks = ports.idleTicks;
    this.#seen = ports.seen;
    this.#now = ports.now;
    this.#sockets = ports.sockets;
    this.#publish = ports.publish;
  }

  /** Paths and associations. */
  get size(): number {
    return this.#rows.size;
  }

  /** Adds a path or changes its ends; it is new again for its idle time. */
  setPath(id: number, ends: PathEnds): void {
    checkId(id);
    this.#set(id, endWords(ends, this.#sockets));
  }

  /** Adds an association, whose datagrams all go to the control plane; it stays until it is removed. */
  setAssociation(id: number): void {
    checkId(id);
    this.#set(id, undefined);
  }

  #set(id: number, ends: Int32Array | undefined): void {
    const row = this.#rows.get(id)?.row ?? this.#free.pop() ?? this.#nextRow();
    this.#rows.set(id, { row, expires: ends !== undefined });
    this.#seen[row] = this.#now[0]!;
    this.#publish({ do: "set", id, row, ends });
  }

  #nextRow(): number {
    if (this.#used === this.#capacity) {
      throw new TableFullError(
        `relay: ${this.#capacity} paths and associations are held, the limit; raise maxEntries or use another relay`,
      );
    }
    return this.#used++;
  }

  /** Removes a path or association; false if there is none of that id. */
  remove(id: number): boolean {
    const found = this.#rows.get(id);
    if (!found) return false;
    this.#rows.delete(id);
    this.#free.push(found.row);
    this.#publish({ do: "remove", id });
    return true;
  }

  /** A tick has passed: removes the paths that were idle for longer than allowed, and gives their ids. */
  tick(): number[] {
    const now = this.#now[0]! + 1;
    this.#now[0] = now;
    const idle: number[] = [];
    for (const [id, { row, expires }] of this.#rows) {
      // The last datagram may have come at the end of its tick.
      if (expires && now - this.#seen[row]! > this.#idleTicks) idle.push(id);
    }
    for (const id of idle) this.remove(id);
    return idle;
  }
}

function checkId(id: number): void {
  if (!Number.isInteger(id) || id < 1 || id > LARGEST_ID) {
    throw new RangeError(`relay: ${id} is no path id; it is an integer from 1 to 2^48-1`);
  }
}

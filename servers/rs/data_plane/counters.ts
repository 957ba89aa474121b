/**
 * What the data plane counts: datagrams passed on, and every one dropped, by its cause.
 *
 * @module
 */

/** Names of the counters, in their order in memory. */
export const COUNTERS = [
  /** Datagrams passed on to the other end, and their octets (UDP payload). */
  "relayed",
  "relayedOctets",
  /** Datagrams handed to the control plane. */
  "control",
  /** Dropped: shorter than header and tag. */
  "tooShort",
  /** Dropped: longer than `datagramOctets`. */
  "tooLong",
  /** Dropped: another version of the header. */
  "version",
  /** Dropped: no path or association of that id. */
  "unknownPath",
  /** Dropped: from neither end of the path. */
  "wrongSource",
  /** Dropped: the other end has not shown its address yet. */
  "noPeer",
  /** Dropped: the system did not take it, for example as its buffer was full. */
  "sendFailed",
  /** Dropped: too many wait for the control plane. */
  "controlFull",
] as const;

/** Name of a counter. */
export type CounterName = typeof COUNTERS[number];

/** All counters since the start. */
export type Counters = Readonly<Record<CounterName, number>>;

/** Place of a counter in memory. */
export function place(name: CounterName): number {
  return COUNTERS.indexOf(name);
}

/** The sums over the memory of all workers. */
export function sumCounters(memories: readonly Float64Array[]): Counters {
  const entries = COUNTERS.map((name, at) => [
    name,
    memories.reduce((sum, memory) => sum + memory[at]!, 0),
  ]);
  return Object.fromEntries(entries);
}

/**
 * Codecs that write, seal, open or decide wrongly on NTMobile's wire.
 *
 * @module
 */
import type { Mutant } from "../implementation.ts";
import type { CodecFunction } from "../codec_function.ts";
import { codecMutant } from "./define.ts";

type Facts = Record<string, unknown>;

const scope = ["ntm/wire/**"];

function mutant(
  id: string,
  fault: string,
  name: string,
  weaken: (right: CodecFunction) => (input: Facts) => unknown,
): Mutant {
  const own = (right: CodecFunction) => {
    const weak = weaken(right);
    return (input: unknown) => weak(input as Facts);
  };
  return codecMutant(`ntm-${id}`, fault, name, own, scope);
}

/** A function that makes up what it cannot compute. */
function forgiving(id: string, fault: string, name: string, madeUp: unknown): Mutant {
  return mutant(id, fault, name, (right) => (input) => {
    try {
      return right(input);
    } catch {
      return madeUp;
    }
  });
}

interface Result {
  readonly dropped?: string;
}

/** Opens one datagram by itself: nothing was seen before. */
function alone(right: CodecFunction, input: Facts, datagram: string, changes: Facts = {}): Result {
  const opened = right({ ...input, ...changes, datagrams: [datagram] }) as { results: Result[] };
  return opened.results[0]!;
}

/** Looks again at what the right function dropped. */
function again(look: (right: CodecFunction, input: Facts, at: number, cause: string) => Result) {
  return (right: CodecFunction) => (input: Facts) => {
    const { results } = right(input) as { results: Result[] };
    return {
      results: results.map((result, at) =>
        result.dropped === undefined ? result : look(right, input, at, result.dropped)
      ),
    };
  };
}

const datagramsOf = (input: Facts) => input["datagrams"] as readonly string[];

/** Mutants of the functions `ntm.…`. */
export const ntmWireMutants: readonly Mutant[] = [
  forgiving("header-forgiving", "takes anything for a header", "ntm.header.decode", {
    type: 0,
    pathId: "000000000000",
    sequence: 0,
  }),
  mutant(
    "header-little-endian",
    "writes the path id with its last octet first",
    "ntm.header.encode",
    (right) => (input) => {
      const swapped = String(input["pathId"]).match(/../g)!.toReversed().join("");
      return right({ ...input, pathId: swapped });
    },
  ),
  mutant(
    "one-key-for-both-directions",
    "derives one key for both directions",
    "ntm.keys.derive",
    (right) => (input) => right({ ...input, direction: "initiator" }),
  ),
  mutant(
    "one-key-for-all",
    "leaves the label out of the derivation",
    "ntm.keys.derive",
    (right) => (input) => right({ ...input, label: "kmndc" }),
  ),
  mutant(
    "renewal-without-the-old-key",
    "renews a key without proving that it holds the old one",
    "ntm.keys.agree",
    (right) => ({ old: _, ...input }) => right(input),
  ),
  forgiving("agrees-with-anybody", "takes a share that gives a secret of zeros", "ntm.keys.agree", {
    secret: "00".repeat(32),
  }),
  mutant(
    "seals-with-the-peers-key",
    "seals with the initiator's key whoever it is",
    "ntm.seal",
    (right) => (input) => right({ ...input, direction: "initiator" }),
  ),
  mutant(
    "sequence-number-of-32-bits",
    "counts datagrams with 32 bits",
    "ntm.seal",
    (right) => (input) => right({ ...input, sequence: Number(input["sequence"]) % 2 ** 32 }),
  ),
  mutant(
    "opens-replays",
    "opens a datagram as often as it comes",
    "ntm.open",
    again((right, input, at) => alone(right, input, datagramsOf(input)[at]!)),
  ),
  mutant(
    "window-without-end",
    "opens a number it has not seen, however old",
    "ntm.open",
    again((right, input, at, dropped) => {
      const datagram = datagramsOf(input)[at]!;
      const seen = datagramsOf(input).indexOf(datagram) < at;
      return seen ? { dropped } : alone(right, input, datagram);
    }),
  ),
  mutant("in-order-only", "drops what comes out of order", "ntm.open", (right) => (input) => {
    let newest = -1;
    const { results } = right(input) as { results: (Result & { sequence?: number })[] };
    return {
      results: results.map((result) => {
        if (result.sequence === undefined) return result;
        if (result.sequence < newest) return { dropped: "replayed" };
        newest = result.sequence;
        return result;
      }),
    };
  }),
  mutant(
    "opens-its-own",
    "opens what it has sealed itself",
    "ntm.open",
    again((right, input, at) =>
      alone(right, input, datagramsOf(input)[at]!, { from: ["initiator", "responder"] })
    ),
  ),
  mutant(
    "type-not-authenticated",
    "leaves the type out of the associated data",
    "ntm.open",
    again((right, input, at, dropped) => {
      const datagram = datagramsOf(input)[at]!;
      if (datagram.length < 64 || dropped !== "not authentic") return { dropped };
      for (let type = 0; type < 256; type++) {
        const octet = type.toString(16).padStart(2, "0");
        const result = alone(right, input, datagram.slice(0, 2) + octet + datagram.slice(4));
        if (result.dropped === undefined) return result;
      }
      return { dropped };
    }),
  ),
  mutant(
    "any-label",
    "opens with whatever key of the secret fits",
    "ntm.open",
    again((right, input, at, dropped) => {
      const labels = ["kasdc", "kdcrs", "kdcdc", "kmndc", "ktmp", "ktun", "krs", "kmncn"];
      const results = labels.map((label) =>
        alone(right, input, datagramsOf(input)[at]!, { label })
      );
      return results.find((result) => result.dropped === undefined) ?? { dropped };
    }),
  ),
  forgiving(
    "content-forgiving",
    "reads what is no content as empty",
    "ntm.message.decode",
    { fields: {} },
  ),
  mutant(
    "transaction-forgotten",
    "gives every request and answer the transaction number 0",
    "ntm.message.encode",
    (right) => (input) =>
      right({ ...input, fields: { ...input["fields"] as Facts, transaction: 0 } }),
  ),
  mutant(
    "answers-without-transaction",
    "reads every transaction number as 0",
    "ntm.message.decode",
    (right) => (input) => {
      const { fields } = right(input) as { fields: Facts };
      return { fields: { ...fields, transaction: 0 } };
    },
  ),
  mutant("always-relay", "relays every path", "ntm.path.decide", () => () => ({ path: "relay" })),
  mutant(
    "initiator-always-starts",
    "lets the node that asked start, behind a NAT or not",
    "ntm.path.decide",
    (right) => (input) => {
      const path = right(input) as Facts;
      return path["path"] === "direct" ? { ...path, starts: "initiator" } : path;
    },
  ),
  mutant(
    "seen-addresses-only",
    "sends two nodes behind one NAT to its public address",
    "ntm.path.decide",
    (right) => (input) => {
      const path = right(input) as Facts;
      if (path["path"] !== "direct" || path["family"] !== 4) return path;
      const seen = (side: string) => [(input[side] as { v4: { seen: string } }).v4.seen];
      return { ...path, endpoints: { initiator: seen("initiator"), responder: seen("responder") } };
    },
  ),
];

/**
 * Codecs that read, write or judge wrongly.
 *
 * @module
 */
import type { Mutant } from "../implementation.ts";
import { codecMutant } from "./define.ts";

type Facts = Record<string, unknown>;

/** A field of an input, as text. */
function text(input: unknown, field: string): string {
  return String((input as Facts)[field] ?? "");
}

const pass = () => ({ verdict: "pass" });

/** Mutants of the codec functions. */
export const codecMutants: readonly Mutant[] = [
  codecMutant(
    "codec-list-reversed",
    "reads Route-Security from the oldest to the newest",
    "route-security.parse",
    (right) => (input) => {
      const { values } = right(input) as { values: unknown[] };
      return { values: values.toReversed() };
    },
  ),
  codecMutant(
    "codec-list-forgiving",
    "reads as many values as it can and leaves the rest",
    "route-security.parse",
    (right) => (input) => {
      try {
        return right(input);
      } catch {
        return { values: [] };
      }
    },
  ),
  codecMutant(
    "codec-without-brackets",
    "writes an IPv4 address without brackets",
    "route-security.format",
    (right) => (input) => ({
      text: text(right(input), "text").replace(/\[([0-9.]+)\]/, "$1"),
    }),
  ),
  codecMutant(
    "codec-request-passes",
    "passes every request",
    "route-security.check-request",
    () => pass,
  ),
  codecMutant(
    "codec-response-passes",
    "passes every response",
    "route-security.check-response",
    () => pass,
  ),
  codecMutant("codec-chain-passes", "trusts every chain", "route-security.judge-chain", () => pass),
  codecMutant(
    "codec-from-searched",
    "looks for a name anywhere in From",
    "spoof.check",
    (right) => (input) => {
      const from = /^(?:from|f):(.*)$/im.exec(text(input, "message"))?.[1] ?? "";
      const names = (input as { names: string[] }).names;
      return names.some((name) => from.includes(name)) ? pass() : right(input);
    },
  ),
  codecMutant(
    "codec-proof-of-the-request",
    "computes the server's proof like the request's",
    "digest.answer",
    (right) => (input) => {
      const { response } = right(input) as { response: string };
      return { response, rspauth: response };
    },
  ),
  codecMutant(
    "codec-any-algorithm",
    "takes SHA-256 for every algorithm it does not know",
    "digest.answer",
    (right) => (input) => {
      const known = /^(SHA-256|SHA-512-256|MD5)$/.test(text(input, "algorithm"));
      return right(known ? input : { ...(input as Facts), algorithm: "SHA-256" });
    },
  ),
  codecMutant(
    "codec-lower-case-names",
    "writes the whole name in lower case",
    "name.canonical",
    (right) => (input) => ({ name: text(right(input), "name").toLowerCase() }),
  ),
  codecMutant(
    "codec-addresses-as-written",
    "takes an address for canonical as it is written",
    "address.canonical",
    (right) => (input) => {
      right(input);
      return { address: text(input, "text") };
    },
  ),
  codecMutant(
    "codec-attributes-lost",
    "loses the attributes of a session description",
    "sdp.parse",
    (right) => (input) => ({ ...(right(input) as Facts), attributes: [] }),
  ),
  codecMutant(
    "codec-rewrites",
    "writes header names its own way",
    "sip.roundtrip",
    (right) => (input) => ({ ...(right(input) as Facts), same: false }),
  ),
  codecMutant(
    "codec-tolerant",
    "reads a malformed message as far as it goes",
    "sip.parse",
    (right) => (input) => {
      try {
        return right(input);
      } catch {
        return right({ ...(input as Facts), mode: "tolerant" });
      }
    },
  ),
  codecMutant("codec-checks-nothing", "finds no mistake in a vector", "vector.check", () => () => ({
    problems: [],
  })),
  codecMutant(
    "codec-matches-all",
    "takes every value for the expected one",
    "vector.match",
    () => () => ({
      matches: true,
    }),
  ),
];

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
const refuse = () => ({ verdict: "refuse", cause: "everything" });

/** A function that never fails: what it cannot compute it makes up. */
function forgiving(
  id: string,
  fault: string,
  name: string,
  madeUp: (input: unknown) => unknown,
): Mutant {
  return codecMutant(id, fault, name, (right) => (input) => {
    try {
      return right(input);
    } catch {
      return madeUp(input);
    }
  });
}

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
  forgiving(
    "codec-list-forgiving",
    "reads as many values as it can and leaves the rest",
    "route-security.parse",
    () => ({ values: [] }),
  ),
  codecMutant(
    "codec-parameters-lost",
    "reads an address only as it is written, and no parameter but level",
    "route-security.parse",
    (right) => (input) => {
      const { values } = right(input) as { values: Facts[] };
      const written = String((input as { fields: string[] }).fields[0]);
      const [, first = ""] = /^\[?([^\];]+)/.exec(written) ?? [];
      return {
        values: values.map((value, at) => ({
          ...value,
          ...(at === 0 && { address: first }),
          parameters: {},
        })),
      };
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
    "codec-request-refused",
    "refuses every request",
    "route-security.check-request",
    () => refuse,
  ),
  codecMutant(
    "codec-response-refused",
    "refuses every response",
    "route-security.check-response",
    () => refuse,
  ),
  codecMutant("codec-chain-refused", "trusts no chain", "route-security.judge-chain", () => refuse),
  codecMutant("codec-from-believed", "believes every From", "spoof.check", () => pass),
  codecMutant("codec-from-refused", "believes no From", "spoof.check", () => refuse),
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
    "codec-digest-of-another-method",
    "computes the request's digest for REGISTER whatever the method is, without its URI",
    "digest.answer",
    (right) => (input) => right({ ...(input as Facts), method: "REGISTER", uri: "" }),
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
    "codec-names-as-written",
    "takes a name for canonical as it is written",
    "name.canonical",
    (right) => (input) => {
      right(input);
      return { name: text(input, "uri") };
    },
  ),
  codecMutant(
    "codec-names-without-port",
    "drops port and escapes from a name",
    "name.canonical",
    (right) => (input) => ({
      name: decodeURIComponent(text(right(input), "name")).replace(/:\d+$/, ""),
    }),
  ),
  forgiving(
    "codec-names-forgiving",
    "has a canonical form for everything",
    "name.canonical",
    (input) => ({
      name: text(input, "uri"),
    }),
  ),
  forgiving(
    "codec-addresses-forgiving",
    "has a canonical form for everything",
    "address.canonical",
    (input) => ({ address: text(input, "text") }),
  ),
  codecMutant(
    "codec-addresses-expanded",
    "writes IPv6 addresses without abbreviation, and mapped ones as IPv4",
    "address.canonical",
    (right) => (input) => ({
      address: text(right(input), "address").replace("::ffff:", "").replace("::", ":0:"),
    }),
  ),
  forgiving(
    "codec-descriptions-forgiving",
    "reads everything as a session description",
    "sdp.parse",
    () => ({
      media: [],
      attributes: [],
    }),
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

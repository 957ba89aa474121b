/**
 * Which variables a vector may use, and whether it uses others.
 *
 * @module
 */
import type { SchemaProblem } from "../../core/config/schema_problems.ts";
import type { Vector } from "../format/vector.ts";
import { expressionsIn } from "../expand/variables.ts";

/** Parts of a peer's variable. */
export const peerParts = [
  "address",
  "bracketed",
  "port",
  "name",
  "user",
  "domain",
  "password",
  "contact",
  "transport",
  "level",
  "routeSecurity",
  "iut",
  "last",
  "sent",
  "dialog",
  "rspauth",
] as const;
/** Parts of `${iut}`, `${a}`, `${b}` and `${alice.iut}`. */
export const iutParts = [
  "address",
  "bracketed",
  "port",
  "host",
  "routeSecurity",
  "domain",
  "name",
] as const;
/** Parts of `${alice.dialog}`. */
export const dialogParts = [
  "callId",
  "localTag",
  "remoteTag",
  "target",
  "routes",
  "localUri",
  "remoteUri",
  "cseq",
] as const;
/** Parts of `${sdp}`. */
export const sdpParts = ["offer", "answer"] as const;
/** Names that are always there. */
export const fixedNames = ["iut", "domain", "unique", "mode", "sdp"] as const;

/** Names that variables of the vector may begin with. */
export function namesOf(vector: Vector): Set<string> {
  const names = new Set<string>(fixedNames);
  if (vector.profile === "sm-chain" || vector.profile?.includes("sm-chain")) {
    names.add("a").add("b");
  }
  const collect = (values: object | undefined) => {
    for (const name of Object.keys(values ?? {})) names.add(name);
  };
  collect(vector.axes);
  collect(vector.variables);
  collect(vector.peers);
  for (const one of vector.cases ?? []) collect(one.axes);
  for (const name of captures(vector)) names.add(name);
  return names;
}

/** Names that the vector's steps give to values. */
function captures(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(captures);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    (key === "as" || key === "capture") && typeof item === "string" ? [item] : captures(item)
  );
}

/** What is wrong with the variables used anywhere in the vector. */
export function checkNames(vector: Vector): SchemaProblem[] {
  const names = namesOf(vector);
  const peers = new Set(Object.keys(vector.peers ?? {}));
  const problems: SchemaProblem[] = [];
  visit(vector, [], (text, path) => {
    for (const expression of expressionsIn(text)) {
      const wrong = checkExpression(expression, names, peers);
      if (wrong) problems.push({ path, key: false, ...wrong });
    }
  });
  return problems;
}

function checkExpression(
  expression: string,
  names: ReadonlySet<string>,
  peers: ReadonlySet<string>,
): { what: string; allowed: string[]; written: string } | undefined {
  const [first = "", second, third] = expression.trim().split(".");
  if (!names.has(first)) {
    return { what: `unknown variable "\${${expression}}"`, allowed: [...names], written: first };
  }
  const parts = (allowed: readonly string[], written: string | undefined) =>
    written === undefined || allowed.includes(written)
      ? undefined
      : { what: `"\${${expression}}" has no part "${written}"`, allowed: [...allowed], written };
  if (peers.has(first)) {
    return parts(peerParts, second) ??
      (second === "iut" ? parts(iutParts, third) : undefined) ??
      (second === "dialog" ? parts(dialogParts, third) : undefined);
  }
  if (first === "iut" || first === "a" || first === "b") return parts(iutParts, second);
  return first === "sdp" ? parts(sdpParts, second) : undefined;
}

function visit(
  value: unknown,
  path: (string | number)[],
  text: (value: string, path: (string | number)[]) => void,
): void {
  if (typeof value === "string") text(value, path);
  else if (Array.isArray(value)) {
    value.forEach((item, index) => visit(item, [...path, index], text));
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) visit(item, [...path, key], text);
  }
}

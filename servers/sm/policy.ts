/**
 * Connection policy: who may reach whom (SM-17).
 *
 * @module
 */
import type { PolicyConfig } from "./config.ts";

/** Decides on canonical names (`sip:user@host`). */
export interface Policy {
  allows(from: string, to: string): boolean;
}

/** The policy of the configuration: the first rule that fits both names decides, else the default. */
export function createPolicy(config: PolicyConfig): Policy {
  const fallback = config.default === "allow";
  if (config.rules.length === 0) return { allows: () => fallback };
  const rules = config.rules.map((rule) => ({
    from: nameMatcher(rule.from),
    to: nameMatcher(rule.to),
    allow: rule.action === "allow",
  }));
  return {
    allows(from, to) {
      for (const rule of rules) if (rule.from(from) && rule.to(to)) return rule.allow;
      return fallback;
    },
  };
}

/**
 * A test for names: `*` stands for any run of characters, everything else for itself. `sip:` may be
 * left out, as in `*@xyz.test`. The host part compares in lower case, as canonical names have it.
 */
export function nameMatcher(pattern: string): (name: string) => boolean {
  if (pattern === "*") return () => true;
  const at = pattern.lastIndexOf("@");
  const canonical = (pattern.startsWith("sip:") ? "" : "sip:") + pattern.slice(0, at + 1) +
    pattern.slice(at + 1).toLowerCase();
  const pieces = canonical.split("*");
  if (pieces.length === 1) return (name) => name === canonical;
  return (name) => fits(name, pieces);
}

/** Whether the pieces stand in `name` in order, the first at its start and the last at its end. */
function fits(name: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? "";
  const last = pieces[pieces.length - 1] ?? "";
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end;
}

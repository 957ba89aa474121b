/**
 * A Route-Security chain as people read it: one link a value, newest first.
 *
 * @module
 */
import type { SecurityLevel } from "../../core/net/channel.ts";
import type { RouteSecurity } from "../../core/sip/route_security.ts";

/** One link of the chain: from the node that vouched for it to the next one. */
export interface ChainLink {
  /** Address of the node that vouched for this link. */
  readonly from: string;
  /** Address of the node the link leads to; undefined for the link that ends here. */
  readonly to?: string;
  /** Level as stated; undefined where the previous node stated none. */
  readonly level?: SecurityLevel | "invalid";
  /** What is wrong with it, or `ok`. */
  readonly verdict: "ok" | "no level" | "no such level" | "level too low";
}

/** Shows each value as a link. `values` are newest first. */
export function chainLinks(
  values: readonly RouteSecurity[],
  minimumLevel: SecurityLevel,
): ChainLink[] {
  return values.map((value, index) => ({
    from: value.address,
    ...(index > 0 && { to: values[index - 1]!.address }),
    ...(value.level !== undefined && { level: value.level }),
    verdict: verdictOf(value.level, minimumLevel),
  }));
}

function verdictOf(level: ChainLink["level"], minimumLevel: SecurityLevel): ChainLink["verdict"] {
  if (level === undefined) return "no level";
  if (level === "invalid") return "no such level";
  return level < minimumLevel ? "level too low" : "ok";
}

/**
 * Route Direction (NTM-10).
 *
 *     route-direction = {
 *       0 => transaction
 *       1 => node
 *       ? 2 => session
 *       3 => instruction
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { fqdn, number32 } from "../values.ts";
import { instruction } from "./parts.ts";

/** How a node is to build its end of the tunnel, by way of its DC. */
export const routeDirection = message({
  name: "Route Direction",
  type: 0x2a,
  carriage: [["kmndc", "kdcdc"]],
}, {
  /** Whom the instruction is for. */
  node: required(1, fqdn),
  /** Of the Direction Request, to the node that asked. */
  session: optional(2, number32),
  instruction: required(3, instruction),
});
/** Content of Route Direction. */
export type RouteDirection = ValueOf<typeof routeDirection>;

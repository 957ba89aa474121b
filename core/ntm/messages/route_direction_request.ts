/**
 * Route Direction Request (NTM-33).
 *
 *     route-direction-request = {
 *       0 => transaction
 *       1 => fqdn
 *       ? 2 => pathId
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { fqdn, pathId } from "../values.ts";

/** A node that was woken fetches its instruction. */
export const routeDirectionRequest = message({
  name: "Route Direction Request",
  type: 0x2c,
  carriage: [["kmndc"]],
}, {
  /** The node. */
  fqdn: required(1, fqdn),
  /** From the notification, if it had one. */
  pathId: optional(2, pathId),
});
/** Content of Route Direction Request. */
export type RouteDirectionRequest = ValueOf<typeof routeDirectionRequest>;

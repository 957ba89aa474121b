/**
 * Route Direction Ack (NTM-10).
 *
 *     route-direction-ack = {
 *       0 => transaction
 *       1 => pathId
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { pathId } from "../values.ts";

/** The node has its instruction and follows it. */
export const routeDirectionAck = message({
  name: "Route Direction Ack",
  type: 0x2b,
  carriage: [["kmndc", "kdcdc"]],
}, {
  pathId: required(1, pathId),
});
/** Content of Route Direction Ack. */
export type RouteDirectionAck = ValueOf<typeof routeDirectionAck>;

/**
 * Route Direction Response (NTM-33).
 *
 *     route-direction-response = {
 *       0 => transaction
 *       1 => instruction
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { instruction } from "./parts.ts";

/** The instruction that was waiting. */
export const routeDirectionResponse = message({
  name: "Route Direction Response",
  type: 0x2d,
  carriage: [["kmndc"]],
}, {
  instruction: required(1, instruction),
});
/** Content of Route Direction Response. */
export type RouteDirectionResponse = ValueOf<typeof routeDirectionResponse>;

/**
 * Direction Request (NTM-7).
 *
 *     direction-request = {
 *       0 => transaction
 *       1 => fqdn
 *       2 => session
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { fqdn, number32 } from "../values.ts";

/** A node wants a path to a correspondent. */
export const directionRequest = message({
  name: "Direction Request",
  type: 0x24,
  carriage: [["kmndc"]],
}, {
  /** The correspondent's name. */
  fqdn: required(1, fqdn),
  /** The node's own number of the session; Route Direction names it. */
  session: required(2, number32),
});
/** Content of Direction Request. */
export type DirectionRequest = ValueOf<typeof directionRequest>;

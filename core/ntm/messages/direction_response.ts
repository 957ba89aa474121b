/**
 * Direction Response (NTM-7).
 *
 *     direction-response = {
 *       0 => transaction
 *       1 => session
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { number32 } from "../values.ts";

/** The DC looks for a path; Route Direction follows. */
export const directionResponse = message({
  name: "Direction Response",
  type: 0x25,
  carriage: [["kmndc"]],
}, {
  session: required(1, number32),
});
/** Content of Direction Response. */
export type DirectionResponse = ValueOf<typeof directionResponse>;

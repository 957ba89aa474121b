/**
 * Path Opened (NTM-11).
 *
 *     path-opened = {
 *       0 => transaction
 *       1 => seen
 *       2 => complete
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { flag } from "../kinds.ts";
import { required } from "../structure.ts";
import { endpoint } from "../values.ts";

/** The RS has learnt where the node is. */
export const pathOpened = message({ name: "Path Opened", type: 0x31, carriage: [["ktun"]] }, {
  /** Where Path Open came from. */
  seen: required(1, endpoint),
  /** Whether both nodes are known now. */
  complete: required(2, flag),
});
/** Content of Path Opened. */
export type PathOpened = ValueOf<typeof pathOpened>;

/**
 * Path Open (NTM-9, NTM-23).
 *
 *     path-open = {
 *       0 => transaction
 *       1 => pathId
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { pathId } from "../values.ts";

/** An end shows where it is: to the RS, or to the other end that makes the key. */
export const pathOpen = message({ name: "Path Open", type: 0x30, carriage: [["ktun"]] }, {
  /** As in the header. */
  pathId: required(1, pathId),
});
/** Content of Path Open. */
export type PathOpen = ValueOf<typeof pathOpen>;

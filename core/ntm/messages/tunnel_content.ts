/**
 * Tunnel Content (NTM-12, NTM-13, NTM-35).
 *
 *     tunnel-content = {
 *       0 => transaction
 *       1 => side
 *       ? 2 => key
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { secret, side } from "../values.ts";

/** What only the two nodes may read; travels inside Tunnel Request and Tunnel Response. */
export const tunnelContent = message({ name: "Tunnel Content", type: 0x34, carriage: [["ktmp"]] }, {
  /** Whose it is. */
  side: required(1, side),
  /** Kmncn, from the end that makes it. */
  key: optional(2, secret),
});
/** Content of Tunnel Content. */
export type TunnelContent = ValueOf<typeof tunnelContent>;

/**
 * Tunnel Response (NTM-12, NTM-34, NTM-35).
 *
 *     tunnel-response = {
 *       0 => transaction
 *       ? 1 => content
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional } from "../structure.ts";
import { sealed } from "../values.ts";

/** The tunnel stands: under Kmncn, which proves that it arrived; over an RS of `platform` it brings the other node's content. */
export const tunnelResponse = message({
  name: "Tunnel Response",
  type: 0x33,
  carriage: [["kmncn", "krs"]],
}, {
  /** Only under an RS key: the other node's Tunnel Content. */
  content: optional(1, sealed),
});
/** Content of Tunnel Response. */
export type TunnelResponse = ValueOf<typeof tunnelResponse>;

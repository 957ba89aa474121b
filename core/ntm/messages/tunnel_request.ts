/**
 * Tunnel Request (NTM-12, NTM-23, NTM-34, NTM-35).
 *
 *     tunnel-request = {
 *       0 => transaction
 *       ? 1 => content
 *       ? 2 => key
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional } from "../structure.ts";
import { sealed, secret } from "../values.ts";

/** Builds the tunnel: under Ktun (`security`), Ktmp (`platform`) or the RS key (`platform`, relayed). */
export const tunnelRequest = message(
  { name: "Tunnel Request", type: 0x32, carriage: [["ktun", "ktmp", "krs"]] },
  {
    /** Ktmp(Kmncn): a Tunnel Content datagram under Ktmp. */
    content: optional(1, sealed),
    /** Under Ktmp itself: Kmncn. */
    key: optional(2, secret),
  },
  ({ content, key }) =>
    (content === undefined) === (key === undefined) ? "either content or key is needed" : undefined,
);
/** Content of Tunnel Request. */
export type TunnelRequest = ValueOf<typeof tunnelRequest>;

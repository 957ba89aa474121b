/**
 * Key Distribution Ack (NTM-21).
 *
 *     key-distribution-ack = {
 *       0 => transaction
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";

/** The DC holds the key; only now the AS answers the node. */
export const keyDistributionAck = message({
  name: "Key Distribution Ack",
  type: 0x13,
  carriage: [["kasdc"]],
}, {});
/** Content of Key Distribution Ack. */
export type KeyDistributionAck = ValueOf<typeof keyDistributionAck>;

/**
 * Key Renewal Response (NTM-3).
 *
 *     key-renewal-response = {
 *       0 => transaction
 *       1 => share
 *       2 => nonce
 *       3 => id
 *       4 => suite
 *       5 => lifetime
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { nonce, pathId, seconds, share, suite } from "../values.ts";

/** The new association stands; the old one is good until its own end. */
export const keyRenewalResponse = message({
  name: "Key Renewal Response",
  type: 0x11,
  carriage: [["kasdc", "kdcrs", "kdcdc"]],
}, {
  share: required(1, share),
  nonce: required(2, nonce),
  id: required(3, pathId),
  suite: required(4, suite),
  lifetime: required(5, seconds),
});
/** Content of Key Renewal Response. */
export type KeyRenewalResponse = ValueOf<typeof keyRenewalResponse>;

/**
 * Key Renewal Request (NTM-3).
 *
 *     key-renewal-request = {
 *       0 => transaction
 *       1 => share
 *       2 => nonce
 *       3 => suites
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { nonce, share, suites } from "../values.ts";

/** Two servers renew their key over the datagrams it protects, before it expires. */
export const keyRenewalRequest = message({
  name: "Key Renewal Request",
  type: 0x10,
  carriage: [["kasdc", "kdcrs", "kdcdc"]],
}, {
  share: required(1, share),
  nonce: required(2, nonce),
  suites: required(3, suites),
});
/** Content of Key Renewal Request. */
export type KeyRenewalRequest = ValueOf<typeof keyRenewalRequest>;

/**
 * Key Agreement Request (NTM-3).
 *
 *     key-agreement-request = {
 *       0 => transaction
 *       1 => key
 *       2 => share
 *       3 => nonce
 *       4 => suites
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { nonce, serverKey, share, suites } from "../values.ts";

/** First contact of two servers, inside mutual TLS. */
export const keyAgreementRequest = message({
  name: "Key Agreement Request",
  type: 0x06,
  carriage: ["tls"],
}, {
  /** Which key; it says the roles that the two certificates must bear. */
  key: required(1, serverKey),
  share: required(2, share),
  nonce: required(3, nonce),
  suites: required(4, suites),
});
/** Content of Key Agreement Request. */
export type KeyAgreementRequest = ValueOf<typeof keyAgreementRequest>;

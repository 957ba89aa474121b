/**
 * Key Agreement Response (NTM-3).
 *
 *     key-agreement-response = {
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

/** The accepting server chooses id, suite and life. */
export const keyAgreementResponse = message({
  name: "Key Agreement Response",
  type: 0x07,
  carriage: ["tls"],
}, {
  share: required(1, share),
  nonce: required(2, nonce),
  /** The new association; the accepting server makes it up. */
  id: required(3, pathId),
  suite: required(4, suite),
  lifetime: required(5, seconds),
});
/** Content of Key Agreement Response. */
export type KeyAgreementResponse = ValueOf<typeof keyAgreementResponse>;

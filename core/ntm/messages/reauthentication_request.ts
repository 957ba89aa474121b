/**
 * Reauthentication Request (NTM-31).
 *
 *     reauthentication-request = {
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

/** A node renews Kmndc by the key itself, without the AS. */
export const reauthenticationRequest = message({
  name: "Reauthentication Request",
  type: 0x22,
  carriage: [["kmndc"]],
}, {
  share: required(1, share),
  nonce: required(2, nonce),
  suites: required(3, suites),
});
/** Content of Reauthentication Request. */
export type ReauthenticationRequest = ValueOf<typeof reauthenticationRequest>;

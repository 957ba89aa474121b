/**
 * Authentication Request (NTM-30).
 *
 *     authentication-request = {
 *       0 => transaction
 *       1 => fqdn
 *       2 => password
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { fqdn, password } from "../values.ts";

/** The DC asks the AS whether a password is right. */
export const authenticationRequest = message({
  name: "Authentication Request",
  type: 0x14,
  carriage: [["kasdc"]],
}, {
  fqdn: required(1, fqdn),
  password: required(2, password),
});
/** Content of Authentication Request. */
export type AuthenticationRequest = ValueOf<typeof authenticationRequest>;

/**
 * Authentication Response (NTM-30, NTM-37).
 *
 *     authentication-response = {
 *       0 => transaction
 *       1 => fqdn
 *       ? 2 => mail
 *       ? 3 => token
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { fqdn, mail, token } from "../values.ts";

/** The AS has an account of that name and password; anything else is an Error `refused`. */
export const authenticationResponse = message({
  name: "Authentication Response",
  type: 0x15,
  carriage: [["kasdc"]],
}, {
  fqdn: required(1, fqdn),
  mail: optional(2, mail),
  /** For the CS. */
  token: optional(3, token),
});
/** Content of Authentication Response. */
export type AuthenticationResponse = ValueOf<typeof authenticationResponse>;

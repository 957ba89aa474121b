/**
 * Login Response (NTM-20, NTM-21, NTM-30).
 *
 *     login-response = {
 *       0 => transaction
 *       1 => fqdn
 *       2 => dc
 *       3 => id
 *       4 => secret
 *       5 => suite
 *       6 => lifetime
 *       ? 7 => token
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { endpoints, fqdn, pathId, seconds, secret, suite, token } from "../values.ts";

/** The node is logged in, and holds Kmndc. */
export const loginResponse = message({ name: "Login Response", type: 0x03, carriage: ["tls"] }, {
  /** The node's name. */
  fqdn: required(1, fqdn),
  /** Where its DC takes datagrams. */
  dc: required(2, endpoints),
  /** The association of Kmndc. */
  id: required(3, pathId),
  /** Kmndc. */
  secret: required(4, secret),
  suite: required(5, suite),
  /** Of Kmndc. */
  lifetime: required(6, seconds),
  /** For the CS (NTM-37). */
  token: optional(7, token),
});
/** Content of Login Response. */
export type LoginResponse = ValueOf<typeof loginResponse>;

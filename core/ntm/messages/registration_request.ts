/**
 * Registration Request (NTM-6, NTM-32, NTM-36).
 *
 *     registration-request = {
 *       0 => transaction
 *       1 => fqdn
 *       2 => endpoints
 *       3 => application
 *       ? 4 => deviceToken
 *       5 => suites
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { anyEndpoints, fqdn, suites, token, word } from "../values.ts";

/** A node tells its DC where it is. */
export const registrationRequest = message({
  name: "Registration Request",
  type: 0x20,
  carriage: [["kmndc"]],
}, {
  fqdn: required(1, fqdn),
  /** Addresses of its interfaces, each with the port of its socket. */
  endpoints: required(2, anyEndpoints),
  /** Application id. */
  application: required(3, word),
  /** For the push service. */
  deviceToken: optional(4, token),
  /** AEADs for its tunnels. */
  suites: required(5, suites),
});
/** Content of Registration Request. */
export type RegistrationRequest = ValueOf<typeof registrationRequest>;

/**
 * Registration Response (NTM-2, NTM-6).
 *
 *     registration-response = {
 *       0 => transaction
 *       1 => ipv4
 *       2 => ipv6
 *       3 => seen
 *       4 => lifetime
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { endpoint, ipv4, ipv6, seconds } from "../values.ts";

/** What the node is called and where it was seen. */
export const registrationResponse = message({
  name: "Registration Response",
  type: 0x21,
  carriage: [["kmndc"]],
}, {
  /** Virtual address. */
  ipv4: required(1, ipv4),
  /** Virtual address. */
  ipv6: required(2, ipv6),
  /** Where its datagram came from. */
  seen: required(3, endpoint),
  /** When to register again, at half of it. */
  lifetime: required(4, seconds),
});
/** Content of Registration Response. */
export type RegistrationResponse = ValueOf<typeof registrationResponse>;

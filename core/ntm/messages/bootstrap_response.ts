/**
 * Bootstrap Response (NTM-17).
 *
 *     bootstrap-response = {
 *       0 => transaction
 *       1 => zone
 *       2 => dc
 *       3 => dcName
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { endpoints, fqdn } from "../values.ts";

/** The DC of a zone, the same answer for a name that has no account. */
export const bootstrapResponse = message({
  name: "Bootstrap Response",
  type: 0x05,
  carriage: ["tls"],
}, {
  zone: required(1, fqdn),
  /** Where the DC takes TLS and datagrams. */
  dc: required(2, endpoints),
  /** The name in the DC's certificate. */
  dcName: required(3, fqdn),
});
/** Content of Bootstrap Response. */
export type BootstrapResponse = ValueOf<typeof bootstrapResponse>;

/**
 * NTM Information Request (NTM-8).
 *
 *     ntm-information-request = {
 *       0 => transaction
 *       1 => correspondent
 *       2 => node
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { fqdn } from "../values.ts";

/** A DC asks the DC of another zone where a node of its is. */
export const ntmInformationRequest = message({
  name: "NTM Information Request",
  type: 0x28,
  carriage: [["kdcdc"]],
}, {
  /** A name of the asked DC's zone. */
  correspondent: required(1, fqdn),
  /** Who wants to reach it, a name of the asking DC's zone. */
  node: required(2, fqdn),
});
/** Content of NTM Information Request. */
export type NtmInformationRequest = ValueOf<typeof ntmInformationRequest>;

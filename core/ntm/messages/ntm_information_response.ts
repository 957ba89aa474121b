/**
 * NTM Information Response (NTM-8).
 *
 *     ntm-information-response = {
 *       0 => transaction
 *       1 => network
 *       2 => ipv4
 *       3 => ipv6
 *       4 => suites
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { ipv4, ipv6, suites } from "../values.ts";
import { network } from "./parts.ts";

/** Where the correspondent is. */
export const ntmInformationResponse = message({
  name: "NTM Information Response",
  type: 0x29,
  carriage: [["kdcdc"]],
}, {
  network: required(1, network),
  /** Virtual address. */
  ipv4: required(2, ipv4),
  /** Virtual address. */
  ipv6: required(3, ipv6),
  /** AEADs for the correspondent's tunnels. */
  suites: required(4, suites),
});
/** Content of NTM Information Response. */
export type NtmInformationResponse = ValueOf<typeof ntmInformationResponse>;

/**
 * Key Distribution (NTM-21).
 *
 *     key-distribution = {
 *       0 => transaction
 *       1 => fqdn
 *       2 => id
 *       3 => secret
 *       4 => suite
 *       5 => lifetime
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { fqdn, pathId, seconds, secret, suite } from "../values.ts";

/** The AS gives the DC the key it made for a node. */
export const keyDistribution = message({
  name: "Key Distribution",
  type: 0x12,
  carriage: [["kasdc"]],
}, {
  fqdn: required(1, fqdn),
  id: required(2, pathId),
  /** Kmndc. */
  secret: required(3, secret),
  suite: required(4, suite),
  lifetime: required(5, seconds),
});
/** Content of Key Distribution. */
export type KeyDistribution = ValueOf<typeof keyDistribution>;

/**
 * Relay Direction (NTM-11, NTM-22, NTM-35).
 *
 *     relay-direction = {
 *       0 => transaction
 *       1 => pathId
 *       2 => profile
 *       3 => suite
 *       ? 4 => tunnelKey
 *       ? 5 => initiatorKey
 *       ? 6 => responderKey
 *       7 => lifetime
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { optional, required } from "../structure.ts";
import { pathId, profile, seconds, secret, suite } from "../values.ts";

/** A DC asks an RS to relay a path; the RS never gets Ktmp. */
export const relayDirection = message({
  name: "Relay Direction",
  type: 0x2e,
  carriage: [["kdcrs"]],
}, {
  pathId: required(1, pathId),
  profile: required(2, profile),
  suite: required(3, suite),
  /** `security`: Ktun. */
  tunnelKey: optional(4, secret),
  /** `platform`: RS key of the node that asked. */
  initiatorKey: optional(5, secret),
  /** `platform`: RS key of the correspondent. */
  responderKey: optional(6, secret),
  lifetime: required(7, seconds),
}, ({ profile, tunnelKey, initiatorKey, responderKey }) => {
  const security = tunnelKey !== undefined && !initiatorKey && !responderKey;
  const platform = tunnelKey === undefined && initiatorKey !== undefined &&
    responderKey !== undefined;
  return (profile === "security" ? security : platform)
    ? undefined
    : "security has tunnelKey, platform has initiatorKey and responderKey";
});
/** Content of Relay Direction. */
export type RelayDirection = ValueOf<typeof relayDirection>;

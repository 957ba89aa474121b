/**
 * Relay Response (NTM-11).
 *
 *     relay-response = {
 *       0 => transaction
 *       1 => endpoints
 *       2 => paths
 *       3 => capacity
 *     }
 *
 * @module
 */
import { message, type ValueOf } from "../message.ts";
import { required } from "../structure.ts";
import { endpoints, number32 } from "../values.ts";

/** Where the RS waits for both nodes. */
export const relayResponse = message(
  { name: "Relay Response", type: 0x2f, carriage: [["kdcrs"]] },
  {
    /** Of each family it has. */
    endpoints: required(1, endpoints),
    /** Paths it holds, this one included. */
    paths: required(2, number32),
    /** Paths it may hold. */
    capacity: required(3, number32),
  },
);
/** Content of Relay Response. */
export type RelayResponse = ValueOf<typeof relayResponse>;

/**
 * Functions that codec vectors may call. docs/vectors.md has their inputs and outputs.
 *
 * @module
 */

/** Names of the functions. */
export const codecFunctions: readonly string[] = [
  "sip.parse",
  "sip.roundtrip",
  "name.canonical",
  "address.canonical",
  "route-security.parse",
  "route-security.format",
  "route-security.check-request",
  "route-security.check-response",
  "route-security.judge-chain",
  "spoof.check",
  "digest.answer",
  "sdp.parse",
  "vector.check",
  "vector.match",
];

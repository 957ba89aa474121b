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
  "ntm.header.decode",
  "ntm.header.encode",
  "ntm.message.decode",
  "ntm.message.encode",
  "ntm.keys.derive",
  "ntm.keys.agree",
  "ntm.seal",
  "ntm.open",
  "ntm.path.decide",
  "vector.check",
  "vector.match",
];

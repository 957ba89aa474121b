/**
 * The keys of NTMobile by label (docs/wire.md, "Keys"). The label goes into every derivation, so a key
 * never serves for what another one protects.
 *
 * @module
 */

/** Labels, as they stand in the derivation. */
export const KEY_LABELS = [
  "kasdc",
  "kdcrs",
  "kdcdc",
  "kmndc",
  "ktmp",
  "ktun",
  "krs",
  "kmncn",
] as const;
/** A key's label; `kmndc` is also Kcndc, which is the same key of another node. */
export type KeyLabel = (typeof KEY_LABELS)[number];

/** Who seals: each has a key and salt of its own. `relay` is the RS, which answers under Ktun. */
export const DIRECTIONS = ["initiator", "responder", "relay"] as const;
/** A direction. */
export type Direction = (typeof DIRECTIONS)[number];

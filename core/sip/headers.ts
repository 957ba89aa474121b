/**
 * Header fields, in order and lossless: a field that was parsed keeps the octets it was written with.
 *
 * @module
 */

/** One header field. */
export interface HeaderField {
  /** Canonical key: the long form in lower case, `via` for `Via`, `VIA` and `v`. */
  readonly key: string;
  /** Field name as written. */
  readonly name: string;
  /** Value, unfolded and trimmed. */
  readonly value: string;
  /** The whole field as written, with folds and line end; undefined for a field that was made here. */
  readonly raw?: string;
}

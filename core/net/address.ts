/**
 * IP addresses in one canonical text form, so that equality is `===`.
 *
 * @module
 */

/** An IP address and a port. */
export interface Address {
  /** Canonical text: dotted quad, or RFC 5952 without brackets and zone. */
  readonly host: string;
  readonly port: number;
}

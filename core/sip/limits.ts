/**
 * Bounds on what a message may cost.
 *
 * @module
 */

/** Limits of one message. Each is configurable; a message beyond one is refused with the status named. */
export interface ParseLimits {
  /** Octets of the start line (414 for a request). Default 8,192. */
  readonly startLineOctets: number;
  /** Octets of one header field with its folds (513). Default 8,192. */
  readonly fieldOctets: number;
  /** Header fields of a message (513). Default 256. */
  readonly fields: number;
  /** Octets from the first one to the empty line before the body (513). Default 65,536. */
  readonly headOctets: number;
  /** Octets of the body (413). Default 1,048,576. */
  readonly bodyOctets: number;
}

/** The limits that hold where none are configured. */
export const defaultParseLimits: ParseLimits = {
  startLineOctets: 8_192,
  fieldOctets: 8_192,
  fields: 256,
  headOctets: 65_536,
  bodyOctets: 1_048_576,
};

/**
 * Limits for reading what was refused, as far as it takes to tell its sender: the head's own limit bounds
 * its parts.
 */
export function partialLimits(limits: Partial<ParseLimits> = {}): Partial<ParseLimits> {
  const { headOctets } = { ...defaultParseLimits, ...limits };
  return { ...limits, startLineOctets: headOctets, fieldOctets: headOctets, fields: headOctets };
}

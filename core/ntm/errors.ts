/**
 * What can be wrong with octets or values of the NTMobile wire (docs/wire.md, "NTMobile").
 *
 * @module
 */

/** Where in a message or datagram something is wrong. */
export interface WirePlace {
  /** The message and the field, for example `Login Request, fqdn`. */
  readonly where: string;
  /** Octets from the first one of what was decoded. */
  readonly offset: number;
}

/** Octets that are no valid datagram, message or packet. */
export class NtmDecodeError extends Error {
  override readonly name = "NtmDecodeError";
  readonly where: string;
  readonly offset: number;

  /** @param what what is wrong, without where */
  constructor(readonly what: string, place: WirePlace) {
    super(`${place.where ? `${place.where}: ` : ""}${what} (octet ${place.offset})`);
    this.where = place.where;
    this.offset = place.offset;
  }

  /** The same error within something larger. */
  within(outer: string, offset = 0): NtmDecodeError {
    const where = this.where ? `${outer}, ${this.where}` : outer;
    return new NtmDecodeError(this.what, { where, offset: this.offset + offset });
  }
}

/** A value that no valid message can hold. */
export class NtmEncodeError extends Error {
  override readonly name = "NtmEncodeError";

  constructor(readonly what: string, readonly where = "") {
    super(`${where ? `${where}: ` : ""}${what}`);
  }

  /** The same error within something larger. */
  within(outer: string): NtmEncodeError {
    return new NtmEncodeError(this.what, this.where ? `${outer}, ${this.where}` : outer);
  }
}

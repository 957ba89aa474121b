/**
 * How a case ends other than well.
 *
 * @module
 */

/** The IUT did not do what the vector expects. */
export class Failure extends Error {
  override readonly name = "Failure";
  constructor(readonly expected: string, readonly got: string) {
    super(`expected ${expected}, got ${got}`);
  }
}

/** The case could not be judged: a precondition is missing, or a control was not accepted. */
export class Inconclusive extends Error {
  override readonly name = "Inconclusive";
}

/** The IUT does not have what the case needs. */
export class NotClaimed extends Error {
  override readonly name = "NotClaimed";
}

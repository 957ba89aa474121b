/**
 * The expected-failures file: what is known to fail, and why.
 *
 * @module
 */
import { z } from "zod";

/** Schema of an expected-failures file. */
export const expectedFailuresSchema = z.strictObject({
  expected: z.array(z.strictObject({
    case: z.string().min(1).describe("case id, or a glob over ids"),
    reason: z.string().min(10).describe("why it fails, for the reader in a year"),
  })),
}).meta({ title: "ntm expected failures" });
/** An expected-failures file as written. */
export type ExpectedFailures = z.infer<typeof expectedFailuresSchema>;

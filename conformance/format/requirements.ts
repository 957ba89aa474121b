/**
 * The requirements as data: vectors/requirements.yaml.
 *
 * @module
 */
import { z } from "zod";
import { requirementId } from "./vector.ts";

/** Schema of vectors/requirements.yaml. */
export const requirementsSchema = z.strictObject({
  requirements: z.array(z.strictObject({
    id: requirementId,
    text: z.string().describe("in the project's own words"),
    clause: z.string().describe("claim, paragraph or section of the seed"),
    seed: z.string().optional().describe("the seed's number, such as 001"),
    part: z.string().describe("what part of the work it belongs to, such as session-management"),
    status: z.enum(["now", "later"]).describe("later: no vector is expected yet"),
    note: z.string().optional(),
  })).min(1),
}).meta({ title: "ntm requirements" });
/** One requirement. */
export type Requirement = z.infer<typeof requirementsSchema>["requirements"][number];

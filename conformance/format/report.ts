/**
 * The result of a run as data: what `--reporter json` prints. docs/schemas/report.json is the
 * published JSON Schema.
 *
 * @module
 */
import { z } from "zod";
import { levels } from "./vector.ts";
import { roles } from "./profiles.ts";

/** Verdicts of a case. */
export const verdicts = ["pass", "fail", "inconclusive", "notClaimed"] as const;
/** Verdict of a case. */
export type Verdict = (typeof verdicts)[number];

/** One message or event in a case's ladder. */
export const ladderEntry = z.strictObject({
  at: z.number().describe("milliseconds since the case began"),
  from: z.string(),
  to: z.string(),
  label: z.string(),
  detail: z.array(z.string()).optional(),
  phase: z.enum(["setup", "control", "case", "barrier", "tidy"]),
});
/** One message or event in a case's ladder. */
export type LadderEntry = z.infer<typeof ladderEntry>;

/** One case's result. */
export const caseResult = z.strictObject({
  id: z.string(),
  title: z.string(),
  requirement: z.array(z.string()),
  level: z.enum(levels),
  iut: z.enum(roles),
  profile: z.array(z.string()),
  verdict: z.enum(verdicts),
  milliseconds: z.number(),
  expected: z.boolean().optional().describe(
    "the verdict is fail and the expected-failures file says so",
  ),
  failure: z.strictObject({
    step: z.string(),
    place: z.string().optional().describe("file:line:column of the step"),
    expected: z.string(),
    got: z.string(),
  }).optional(),
  reason: z.string().optional().describe("why it is inconclusive or notClaimed"),
  remarks: z.array(z.string()).optional().describe("deviations from what is only recommended"),
  evidence: z.array(z.string()).optional().describe("how `receives nothing` was proven"),
  ladder: z.array(ladderEntry).optional(),
});
/** One case's result. */
export type CaseResult = z.infer<typeof caseResult>;

/** Schema of the JSON report. */
export const reportSchema = z.strictObject({
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  target: z.strictObject({ name: z.string(), mode: z.enum(["live", "simulated"]) }),
  seed: z.number(),
  summary: z.strictObject({
    total: z.number(),
    passed: z.number(),
    failed: z.number(),
    inconclusive: z.number(),
    expected: z.number(),
    notClaimed: z.number(),
  }),
  milliseconds: z.number(),
  errors: z.array(z.string()).describe("expected-failure entries that passed or matched nothing"),
  cases: z.array(caseResult),
}).meta({ title: "ntm conformance report" });
/** The JSON report. */
export type Report = z.infer<typeof reportSchema>;

import assert from "node:assert/strict";
import type { CaseResult } from "../format/report.ts";
import { applyExpectedFailures } from "./expected.ts";

function result(id: string, verdict: CaseResult["verdict"]): CaseResult {
  return {
    id,
    title: "t",
    requirement: ["SM-5"],
    level: "must",
    iut: "session-manager",
    profile: ["sm"],
    verdict,
    milliseconds: 1,
  };
}

const entry = (glob: string) => ({ glob, reason: "known for long", place: "e.yaml:2:5" });
const ids = ["sm/a", "sm/b", "sm/c"];

Deno.test("applyExpectedFailures: a failure that is listed is expected, others are not", () => {
  const { cases, errors } = applyExpectedFailures(
    [result("sm/a", "fail"), result("sm/b", "fail")],
    [entry("sm/a")],
    ids,
  );
  assert.deepEqual(cases.map(({ expected }) => expected), [true, undefined]);
  assert.equal(cases[0]!.reason, "known for long");
  assert.deepEqual(errors, []);
});

Deno.test("applyExpectedFailures: an entry that passed, or that matches no case, is an error", () => {
  const { errors } = applyExpectedFailures(
    [result("sm/a", "pass")],
    [entry("sm/a"), entry("sm/x")],
    ids,
  );
  assert.match(errors[0]!, /e\.yaml:2:5: "sm\/a" is expected to fail, but passed/);
  assert.match(errors[1]!, /"sm\/x" matches no case/);
});

Deno.test("applyExpectedFailures: cases that were not run or not judged say nothing", () => {
  for (const results of [[], [result("sm/a", "inconclusive")], [result("sm/a", "notClaimed")]]) {
    assert.deepEqual(applyExpectedFailures(results, [entry("sm/a")], ids).errors, []);
  }
});

Deno.test("applyExpectedFailures: what could not be judged never counts as expected", () => {
  const { cases } = applyExpectedFailures([result("sm/a", "inconclusive")], [entry("sm/a")], ids);
  assert.equal(cases[0]!.expected, undefined);
});

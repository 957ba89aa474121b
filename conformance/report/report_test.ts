import assert from "node:assert/strict";
import fc from "fast-check";
import { type CaseResult, type Report, reportSchema } from "../format/report.ts";
import { ladderLines } from "./ladder.ts";
import { reporters } from "./mod.ts";
import { exitStatus, makeReport } from "./summary.ts";

const base: CaseResult = {
  id: "sm/spoof/x[method=INVITE,channel=tls]",
  title: "A title",
  requirement: ["SM-5"],
  level: "must",
  iut: "session-manager",
  profile: ["sm"],
  verdict: "pass",
  milliseconds: 1.5,
};
const failed: CaseResult = {
  ...base,
  verdict: "fail",
  failure: { step: "alice receives", place: "v.yaml:3:5", expected: "403", got: "200 OK" },
  ladder: [
    { at: 0, from: "alice", to: "iut", label: "INVITE sip:b@abc.test", phase: "case" },
    { at: 2, from: "iut", to: "bob", label: "INVITE sip:b@abc.test", phase: "case" },
  ],
};

function report(cases: readonly CaseResult[], errors: readonly string[] = []): Report {
  return makeReport({
    version: "0",
    target: { name: "it", mode: "live" },
    seed: 1,
    milliseconds: 10,
    cases,
    errors,
  });
}

const context = { clause: () => "claim 1", color: false, ladders: true };

Deno.test("makeReport: counts, and fits its published schema", () => {
  const made = report([
    base,
    failed,
    { ...failed, expected: true, reason: "known" },
    { ...base, verdict: "inconclusive", reason: "not there" },
    { ...base, verdict: "notClaimed", reason: "udp" },
  ]);
  const counts = { total: 5, passed: 1, failed: 1, inconclusive: 1, expected: 1, notClaimed: 1 };
  assert.deepEqual(made.summary, counts);
  assert.deepEqual(reportSchema.parse(JSON.parse(JSON.stringify(made))), made);
});

Deno.test("exitStatus: 0 passed, 1 failed or unexpectedly passed, 3 not judged or nothing judged", () => {
  assert.equal(exitStatus(report([base])), 0);
  assert.equal(exitStatus(report([base, failed])), 1);
  assert.equal(exitStatus(report([base], ["entry passed"])), 1);
  assert.equal(exitStatus(report([{ ...failed, expected: true }])), 0);
  assert.equal(exitStatus(report([base, { ...base, verdict: "inconclusive" }])), 3);
  assert.equal(exitStatus(report([{ ...base, verdict: "notClaimed" }])), 3);
  assert.equal(exitStatus(report([])), 3);
});

Deno.test("human: requirement with its clause, expected, got and the ladder", () => {
  const text = reporters.human(report([failed]), context);
  for (
    const part of [
      /SM-5 \(claim 1\), must/,
      /expected: +403/,
      /got: +200 OK/,
      /v\.yaml:3:5/,
      /alice +iut +bob/,
    ]
  ) {
    assert.match(text, part);
  }
});

Deno.test("human: many cases undecided for one reason are said once", () => {
  const cases = Array.from(
    { length: 9 },
    () => ({ ...base, verdict: "inconclusive" as const, reason: "not there" }),
  );
  const text = reporters.human(report(cases), context);
  assert.equal(text.match(/not there/g)?.length, 1);
  assert.match(text, /INCONCLUSIVE 9 cases: not there/);
});

Deno.test("ladderLines: arrows in order, their direction and phases", () => {
  const lines = ladderLines(failed.ladder!);
  assert.match(lines[0]!, /^alice +iut +bob$/);
  assert.match(lines[1]!, /^-- case -/);
  assert.match(lines[2]!, /^\|-- INVITE sip:b@abc\.test -+>\| {2}0\.000s$/);
  assert.match(lines[3]!, /^ +\|-- INVITE sip:b@abc\.test -+>\| {2}0\.002s$/);
});

Deno.test("tap: TAP 14 with plan, numbers, SKIP, TODO and diagnostics", () => {
  const cases = [base, failed, { ...failed, expected: true, reason: "known # yes" }, {
    ...base,
    verdict: "notClaimed" as const,
    reason: "udp",
  }];
  const lines = reporters.tap(report(cases, ["entry x passed"]), context).trimEnd().split("\n");
  assert.deepEqual(lines.slice(0, 2), ["TAP version 14", "1..5"]);
  const tests = lines.filter((line) => /^(not )?ok /.test(line));
  assert.deepEqual(tests.map((line) => line.split(" - ")[0]), [
    "ok 1",
    "not ok 2",
    "not ok 3",
    "ok 4",
    "not ok 5",
  ]);
  assert.match(tests[2]!, /# TODO known \\# yes$/);
  assert.match(tests[3]!, /# SKIP udp$/);
  assert.ok(lines.includes("  ---") && lines.includes("  ..."));
});

/** Whether XML is well-formed as far as tags, attributes and references go. */
function assertWellFormed(text: string): void {
  const body = text.replace(/^<\?xml[^?]*\?>\s*/, "");
  const open: string[] = [];
  let at = 0;
  for (const match of body.matchAll(/<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g)) {
    const between = body.slice(at, match.index);
    assert.ok(!/[<>]/.test(between), `stray markup in ${between}`);
    assert.ok(!/&(?!#\d+;)/.test(between + match[3]), `bare ampersand in ${between}`);
    at = match.index + match[0].length;
    if (match[1]) assert.equal(open.pop(), match[2]);
    else if (!match[4]) open.push(match[2]!);
  }
  assert.deepEqual(open, []);
  assert.equal(body.slice(at).trim(), "");
  // deno-lint-ignore no-control-regex -- characters XML 1.0 does not have
  assert.ok(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text));
}

Deno.test("junit: well-formed whatever a peer sent, and its counts are right", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (got, title) => {
      const odd = { ...failed, title, failure: { step: "s", expected: "<&>\"'", got } };
      assertWellFormed(reporters.junit(report([base, odd], [got]), context));
    }),
  );
  const text = reporters.junit(report([base, failed, { ...base, verdict: "notClaimed" }]), context);
  assert.match(text, /<testsuites name="it" tests="3" failures="1" errors="0" skipped="1"/);
});

Deno.test("github and markdown: nothing a peer sent starts a command or a cell", () => {
  const odd = { ...failed, failure: { step: "s", expected: "a|b", got: "x\n::error::forged" } };
  const lines = reporters.github(report([odd]), context).split("\n");
  assert.equal(lines.filter((line) => line.startsWith("::error")).length, 1);
  const rows = reporters.markdown(report([odd]), context).split("\n").filter((line) =>
    line.startsWith("| sm")
  );
  assert.equal(rows.length, 1);
  assert.match(rows[0]!, /a\\\|b/);
});

Deno.test("html: one page that loads and runs nothing", () => {
  const odd = {
    ...failed,
    failure: { step: "s", expected: "e", got: "<script>alert(1)</script>" },
  };
  const text = reporters.html(report([odd]), context);
  assert.ok(!text.includes("<script"));
  assert.ok(!/(src|href)=/.test(text));
});

/**
 * Verdicts are only worth something if they are not given lightly: what is missing, late or never tried must not
 * pass.
 */
import assert from "node:assert/strict";
import type { CaseResult } from "../format/report.ts";
import { reference } from "../reference/mod.ts";
import type { Implementation } from "../reference/implementation.ts";
import { casesOf } from "../testing/inline.ts";
import { EmbeddedAttachment } from "./embedded.ts";
import { Identities } from "./identities.ts";
import { runCases } from "./run.ts";
import { selfTest, selfTestProblems } from "./kill_matrix.ts";

const identities = new Identities();
const head = `
title: A title that is long enough
requirement: SM-5
level: must
iut: session-manager
peers:
  alice: { is: terminal, name: "sip:user-a@abc.test" }
  bob: { is: terminal, name: "sip:user-b@abc.test" }
`;

async function run(text: string, implementation: Implementation = reference): Promise<CaseResult> {
  const attachment = new EmbeddedAttachment(implementation, "simulated", identities);
  const [result] = await runCases(casesOf(text), attachment, { seed: 1, jobs: 1 });
  return result!;
}

Deno.test("runCases: a right exchange passes, and says how nothing was proven", async () => {
  const result = await run(`${head}
control:
  - alice sends: { request: "MESSAGE sip:user-b@abc.test" }
  - bob receives: { request: MESSAGE }
cases: [{ id: one, change: { From: "<sip:user-b@abc.test>" } }]
expect:
  - alice receives: { status: 403 }
  - bob receives: nothing
`);
  assert.equal(result.verdict, "pass", JSON.stringify(result));
  assert.match(result.evidence!.join(), /barrier MESSAGE from alice through the IUT to bob/);
});

Deno.test("runCases: what is not answered as expected fails, with step, place, expected and got", async () => {
  const result = await run(`${head}
steps:
  - alice sends: { request: "MESSAGE sip:user-b@abc.test" }
  - bob receives: { request: MESSAGE }
  - bob answers: { status: 200 }
  - alice receives: { status: 202 }
`);
  assert.equal(result.verdict, "fail");
  assert.equal(result.failure!.place, "test/vector.yaml:14:5");
  assert.deepEqual([result.failure!.expected, result.failure!.got], [
    "response 202",
    "200 OK to MESSAGE",
  ]);
  assert.ok(
    result.ladder!.some(({ from, to, label }) =>
      from === "iut" && to === "bob" && label.startsWith("MESSAGE")
    ),
  );
});

Deno.test("runCases: a control that is not accepted makes the case inconclusive, never passed", async () => {
  const result = await run(`${head}
control:
  - alice sends: { request: "MESSAGE sip:user-x@abc.test" }
  - bob receives: { request: MESSAGE }
cases: [{ id: one, change: { From: "<sip:user-b@abc.test>" } }]
expect:
  - alice receives: { status: 403 }
`);
  assert.equal(result.verdict, "inconclusive");
  assert.match(result.reason!, /^control failed at "bob receives"/);
});

Deno.test("runCases: a peer that cannot register makes the case inconclusive", async () => {
  const result = await run(
    `${head.replace('user-a@abc.test" }', 'user-a@abc.test", password: wrong }')}
steps:
  - alice sends: { request: "OPTIONS sip:abc.test" }
  - alice receives: { status: 200 }
`,
  );
  assert.equal(result.verdict, "inconclusive");
  assert.match(result.reason!, /alice registers: expected 200 to REGISTER/);
});

Deno.test("runCases: an IUT that does not start makes the case inconclusive", async () => {
  const absent: Implementation = {
    id: "absent",
    title: "absent",
    roles: ["session-manager"],
    startSessionManager: () => Promise.reject(new Error("nobody at home")),
  };
  const result = await run(
    `${head}\nsteps: [{ alice sends: { request: "OPTIONS sip:abc.test" } }]`,
    absent,
  );
  assert.deepEqual([result.verdict, result.reason], ["inconclusive", "nobody at home"]);
});

Deno.test("runCases: an IUT that throws where nobody catches ends no run, and does not pass", async () => {
  const throwing: Implementation = {
    ...reference,
    startSessionManager: (settings, runtime) => {
      void Promise.reject(new TypeError("lost in a callback"));
      return reference.startSessionManager!(settings, runtime);
    },
  };
  const result = await run(
    `${head}\nsteps: [{ alice sends: { request: "OPTIONS sip:abc.test" } }, { alice receives: { status: 200 } }]`,
    throwing,
  );
  assert.equal(result.verdict, "inconclusive");
  assert.match(result.reason!, /uncaught while the case ran: TypeError: lost in a callback/);
});

Deno.test("runCases: a role the target does not have is not claimed, never passed", async () => {
  const codecOnly: Implementation = { ...reference, roles: ["codec"] };
  const result = await run(
    `${head}\nsteps: [{ alice sends: { request: "OPTIONS sip:abc.test" } }]`,
    codecOnly,
  );
  assert.equal(result.verdict, "notClaimed");
});

Deno.test("receives nothing: what was forwarded before the barrier is seen", async () => {
  const result = await run(`${head}
control: { none: "this is about the harness itself" }
steps:
  - alice sends: { request: "MESSAGE sip:user-b@abc.test" }
  - bob receives: nothing
`);
  assert.equal(result.verdict, "fail");
  assert.match(result.failure!.got, /^MESSAGE sip:user-b@/);
});

Deno.test("receives: a request that is already there is matched in order, not skipped", async () => {
  const result = await run(`${head}
steps:
  - alice sends: { request: "MESSAGE sip:user-b@abc.test" }
  - alice sends: { request: "INFO sip:user-b@abc.test" }
  - bob receives: { request: INFO }
`);
  assert.equal(result.verdict, "fail");
  assert.match(result.failure!.got, /^MESSAGE/);
});

Deno.test("runCases: simulated runs of one seed are alike, and results keep the order of the cases", async () => {
  const cases = casesOf(`${head}
axes: { method: [MESSAGE, INFO, OPTIONS] }
control:
  - alice sends: { request: "\${method} sip:user-b@abc.test" }
  - bob receives: { request: "\${method}" }
cases: [{ id: one, change: { From: "<sip:user-b@abc.test>" } }]
expect:
  - alice receives: { status: 404 }
`);
  const all = async (jobs: number) => {
    const attachment = new EmbeddedAttachment(reference, "simulated", identities);
    const results = await runCases(cases, attachment, { seed: 7, jobs });
    return results.map(({ id, failure, ladder }) => ({
      id,
      got: failure?.got,
      times: ladder!.map(({ at, from, to }) => [at, from, to]),
    }));
  };
  const first = await all(1);
  assert.deepEqual(first.map(({ id }) => id), cases.map(({ id }) => id));
  assert.deepEqual(await all(3), first);
});

Deno.test("selfTest: a mutant that does no harm, and a vector that catches nothing, are problems", async () => {
  const cases = casesOf(`${head}
steps:
  - alice sends: { request: "OPTIONS sip:abc.test" }
  - alice receives: { status: 200 }
`);
  const harmless = { ...reference, id: "harmless", fault: "none at all" };
  const result = await selfTest(cases, reference, [harmless], {
    mode: "simulated",
    seed: 1,
    jobs: 1,
  });
  assert.deepEqual(selfTestProblems(result), [
    "mutant harmless is not caught: none at all",
    "vector test/vector catches no mutant",
  ]);
});

Deno.test("selfTest: a mutant that only cannot be judged is not caught", async () => {
  const cases = casesOf(`${head}
steps:
  - alice sends: { request: "OPTIONS sip:abc.test" }
  - alice receives: { status: 200 }
`);
  const broken = {
    id: "broken",
    title: "broken",
    fault: "does not start",
    roles: ["session-manager"] as const,
    startSessionManager: () => Promise.reject(new Error("no")),
  };
  const result = await selfTest(cases, reference, [broken], {
    mode: "simulated",
    seed: 1,
    jobs: 1,
  });
  assert.deepEqual(result.mutants[0]!.caughtBy, []);
});

Deno.test("runCases: live over loopback the same case passes", async () => {
  const cases = casesOf(`${head}
control:
  - alice sends: { request: "MESSAGE sip:user-b@abc.test" }
  - bob receives: { request: MESSAGE }
cases: [{ id: one, change: { From: "<sip:user-b@abc.test>" } }]
expect:
  - alice receives: { status: 403 }
  - bob receives: nothing
`);
  const attachment = new EmbeddedAttachment(reference, "live", identities);
  const [result] = await runCases(cases, attachment, { seed: 1, jobs: 1 });
  assert.equal(result!.verdict, "pass", JSON.stringify(result));
});

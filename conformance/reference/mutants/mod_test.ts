import assert from "node:assert/strict";
import { globMatches } from "../../expand/glob.ts";
import { plan } from "../../expand/plan.ts";
import { loadSuite } from "../../load/vectors.ts";
import { mutants } from "./mod.ts";

Deno.test("mutants have ids of their own and say their fault", () => {
  const ids = mutants.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, fault } of mutants) {
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)+$/);
    assert.match(fault, /^[a-z].{9,}[^.]$/, id);
  }
});

Deno.test("mutants can play each role they claim", () => {
  for (const mutant of mutants) {
    const able = {
      "session-manager": mutant.startSessionManager,
      "terminal": mutant.startTerminal,
      "codec": mutant.codec,
    };
    for (const role of mutant.roles) assert(able[role], `${mutant.id}: ${role}`);
  }
});

Deno.test("mutants: every glob of a scope finds a case", async () => {
  const cases = (await loadSuite()).vectors.flatMap(plan);
  for (const { id, roles, scope = [] } of mutants) {
    for (const glob of scope) {
      assert(
        cases.some((one) => roles.includes(one.iut) && globMatches(glob, one.id)),
        `${id}: nothing matches ${glob}`,
      );
    }
  }
});

import assert from "node:assert/strict";
import { globMatches } from "./glob.ts";

const id = "sm/spoof/from_not_bound/another-user[method=INVITE,channel=tls]";

Deno.test("globMatches: a path takes everything below it, and nothing beside it", () => {
  for (const glob of ["sm", "sm/spoof", "sm/spoof/from_not_bound", id]) {
    assert.ok(globMatches(glob, id), glob);
  }
  for (const glob of ["s", "sm/spo", "spoof", "sm/spoof/from"]) {
    assert.ok(!globMatches(glob, id), glob);
  }
});

Deno.test("globMatches: * stays within a segment, ** does not, ? is one character", () => {
  assert.ok(globMatches("sm/*/from_not_bound", id));
  assert.ok(globMatches("**/another-user", id));
  assert.ok(globMatches("sm/spoo?/**", id));
  assert.ok(!globMatches("*/from_not_bound", id));
});

Deno.test("globMatches: brackets and dots are ordinary characters", () => {
  assert.ok(globMatches("**[method=INVITE,*", id));
  assert.ok(!globMatches("sm.spoof", id));
});

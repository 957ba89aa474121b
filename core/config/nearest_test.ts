import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, nearest } from "./nearest.ts";

Deno.test("nearest finds a name with a slip, and none where nothing is like it", () => {
  const names = ["listen", "domain", "routeSecurity", "tls"];
  assert.equal(nearest("domian", names), "domain");
  assert.equal(nearest("Listen", names), "listen");
  assert.equal(nearest("routesecurty", names), "routeSecurity");
  assert.equal(nearest("tsl", names), "tls");
  assert.equal(nearest("policy", names), undefined);
  assert.equal(nearest("", names), undefined);
  assert.equal(nearest("x".repeat(100_000), names), undefined);
});

Deno.test("editDistance counts insertion, deletion, replacement and swap as one", () => {
  const cases: [string, string, number][] = [
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "abxc", 1],
    ["abc", "ac", 1],
    ["abc", "axc", 1],
    ["abc", "acb", 1],
    ["kitten", "sitting", 3],
    ["", "abc", 3],
  ];
  for (const [a, b, distance] of cases) assert.equal(editDistance(a, b), distance, `${a} ${b}`);
});

Deno.test("editDistance is symmetric, 0 only for equal texts, and at most the longer length", () => {
  const text = fc.string({ maxLength: 12, unit: fc.constantFrom("a", "b", "c") });
  fc.assert(fc.property(text, text, (a, b) => {
    const distance = editDistance(a, b);
    assert.equal(distance, editDistance(b, a));
    assert.equal(distance === 0, a === b);
    assert(distance <= Math.max(a.length, b.length));
  }));
});

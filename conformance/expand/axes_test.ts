import assert from "node:assert/strict";
import fc from "fast-check";
import { combinationLabel, combinationLimit, combinations, holds } from "./axes.ts";

Deno.test("combinations: one for each choice of values, the last axis fastest", () => {
  assert.deepEqual(combinations({ a: [1, 2], b: ["x", "y"] }), [
    { a: 1, b: "x" },
    { a: 1, b: "y" },
    { a: 2, b: "x" },
    { a: 2, b: "y" },
  ]);
  assert.deepEqual(combinations({}), [{}]);
});

Deno.test("combinations: exclude leaves out what all its axes describe", () => {
  const left = combinations({ a: [1, 2], b: ["x", "y", "z"] }, [{ a: 1, b: ["x", "y"] }]);
  assert.deepEqual(left.map(combinationLabel), [
    "[a=1,b=z]",
    "[a=2,b=x]",
    "[a=2,b=y]",
    "[a=2,b=z]",
  ]);
});

Deno.test("combinations: as many as the product of the sizes, all different", () => {
  const axes = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,4}$/),
    fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 4 }),
    { maxKeys: 4 },
  );
  fc.assert(fc.property(axes, (given) => {
    const all = combinations(given);
    assert.equal(all.length, Object.values(given).reduce((n, values) => n * values.length, 1));
    assert.equal(new Set(all.map(combinationLabel)).size, all.length);
  }));
});

Deno.test("combinations: a vector that explodes is refused", () => {
  const values = Array.from({ length: 50 }, (_, index) => index);
  assert.throws(
    () => combinations({ a: values, b: values }),
    new RegExp(`over ${combinationLimit}`),
  );
});

Deno.test("holds: values are compared as text, an axis that is not there does not hold", () => {
  assert.ok(holds({ ip: "4" }, { ip: 4 }));
  assert.ok(!holds({ ip: 4 }, {}));
  assert.ok(holds({}, { ip: 4 }));
});

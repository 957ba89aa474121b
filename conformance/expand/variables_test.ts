import assert from "node:assert/strict";
import fc from "fast-check";
import {
  expressionsIn,
  fixedScope,
  parts,
  substitute,
  substituteAll,
  VariableError,
} from "./variables.ts";

const message = parts(
  (name) =>
    name === "Via"
      ? parts((n) => n === "1" ? "first" : undefined, () => "first, second")
      : undefined,
  () => "INVITE",
);
const scope = fixedScope({ method: "INVITE", count: 3, message });

Deno.test("substitute: names, parts and whole values", () => {
  assert.equal(substitute("${method} x${count}", scope), "INVITE x3");
  assert.equal(
    substitute("${message.Via.1}|${message.Via}|${message}", scope),
    "first|first, second|INVITE",
  );
});

Deno.test("substitute: $${ is a literal ${", () => {
  assert.equal(substitute("$${method}", scope), "${method}");
});

Deno.test("substitute: what has no value says which part is missing", () => {
  assert.throws(() => substitute("${nobody}", scope), /nothing is named nobody/);
  assert.throws(() => substitute("${message.Via.2}", scope), /message\.Via has no 2/);
  assert.throws(() => substitute("${method.length}", scope), VariableError);
});

Deno.test("substitute: text without variables is left alone", () => {
  fc.assert(fc.property(fc.string().filter((text) => !text.includes("${")), (text) => {
    assert.equal(substitute(text, scope), text);
    assert.deepEqual(expressionsIn(text), []);
  }));
});

Deno.test("substituteAll: every text of a structure, keys and other values stay", () => {
  const given = { "${method}": ["${count}", 1, null, { a: "${method}" }] };
  assert.deepEqual(substituteAll(given, scope), { "${method}": ["3", 1, null, { a: "INVITE" }] });
});

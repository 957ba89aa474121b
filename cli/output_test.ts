import assert from "node:assert/strict";
import fc from "fast-check";
import { printable } from "./output.ts";

Deno.test("printable: nothing is left that moves a cursor, ends a line or turns text around", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }));
  assert.equal(printable("a\u001b[2Jb\u202ec\n"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}");
});

Deno.test("printable: other text stays as it is", () => {
  const text = "sip:üser-日本@abc.test — “level 3” → here";
  assert.equal(printable(text), text);
});

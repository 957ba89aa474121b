import assert from "node:assert/strict";
import { Headers } from "./headers.ts";

Deno.test("Headers.set keeps NUL, which a quoted pair may hold (RFC 4475 §3.1.1.2)", () => {
  const value = '"NUL:\\\0" <sip:a@abc.test>;tag=1';
  assert.equal(new Headers().set("To", value).get("To"), value);
});

Deno.test("Headers.set refuses line ends, which would add fields", () => {
  for (const end of ["\r", "\n", "\r\n"]) {
    assert.throws(() => new Headers().set("To", `<sip:a@abc.test>${end}X: y`), RangeError);
  }
});

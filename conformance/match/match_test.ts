import assert from "node:assert/strict";
import fc from "fast-check";
import type { Matcher } from "../format/message.ts";
import { matchFields, matchStructure, matchText, regexInputLimit } from "./match.ts";
import { listElements, parametersOf, uriOf } from "./text.ts";

const ignore = () => {};
const fits = (matcher: Matcher, ...fields: string[]) =>
  matchFields(matcher, fields, ignore) === undefined;

Deno.test("matchFields: exact text, numbers, ranges and regular expressions", () => {
  assert.ok(fits("70", "70"));
  assert.ok(fits(70, "70"));
  assert.ok(!fits("70", "701"));
  assert.ok(fits("400..499", "404"));
  assert.ok(!fits("400..499", "500") && !fits("400..499", "4e2") && !fits("400..499", ""));
  assert.ok(fits("/^spoof/i", "Spoof check"));
  assert.ok(!fits("/^spoof$/", "spoof check"));
});

Deno.test("matchFields: absent, present, any", () => {
  assert.ok(fits("absent") && !fits("absent", ""));
  assert.ok(!fits("present") && fits("present", ""));
  assert.ok(fits("any") && fits("any", "x"));
  assert.ok(!fits("x"), "a value that is expected must be there");
});

Deno.test("matchFields: a list is every element in order, over several fields and commas alike", () => {
  assert.ok(fits(["a", "/b/"], "a, b"));
  assert.ok(fits(["a", "b"], "a", "b"));
  assert.ok(!fits(["a", "b"], "b, a") && !fits(["a"], "a, b") && !fits(["a", "b"], "a"));
});

Deno.test("matchFields: object matchers over URI, parameters and elements", () => {
  const from = '"a, <b>" <sip:user-a@abc.test;x=1>;tag=9';
  assert.ok(fits({ uri: "sip:user-a@abc.test;x=1" }, from));
  assert.ok(fits({ parameter: { tag: "9", x: "absent" } }, from));
  assert.ok(!fits({ parameter: { tag: "absent" } }, from));
  assert.ok(fits({ first: "a", last: "c", count: 3, any: "b" }, "a, b", "c"));
  assert.ok(!fits({ count: 2 }, "a, b, c") && !fits({ any: "x" }, "a, b"));
  assert.ok(fits({ not: "x" }, "y") && !fits({ not: "x" }, "x"));
  assert.ok(fits({ not: "present" }) && !fits({ not: "present" }, "x"));
  assert.ok(fits({ oneOf: ["absent", "x"] }) && fits({ oneOf: ["absent", "x"] }, "x"));
  assert.ok(fits({ contains: "/a/" }, "x/a/x") && !fits({ contains: "b" }, "a"));
});

Deno.test("matchText: capture keeps what matched, and nothing when it did not", () => {
  const kept = new Map<string, string>();
  const capture = (name: string, text: string) => void kept.set(name, text);
  assert.equal(matchText({ is: "/^a/", capture: "x" }, "abc", capture), undefined);
  assert.ok(matchText({ is: "/^b/", capture: "y" }, "abc", capture));
  assert.deepEqual([...kept], [["x", "abc"]]);
});

Deno.test("matchText: a text beyond the limit fits no regular expression", () => {
  assert.ok(matchText("/a/", "a".repeat(regexInputLimit + 1), ignore));
});

Deno.test("matchStructure: every key and element counts, leaves are matchers", () => {
  const got = { values: [{ address: "::1", level: 3 }], extra: true };
  const same = (expected: unknown) => matchStructure(expected, got, ignore);
  assert.equal(same({ values: [{ address: "/::/", level: 3 }], extra: true }), undefined);
  assert.match(same({ values: [{ address: "::1", level: 3 }] })!.expected, /extra: absent/);
  assert.match(
    same({ values: [{ address: "::1", level: 2 }], extra: true })!.expected,
    /values\[1\]\.level/,
  );
  assert.ok(same({ values: [], extra: true }));
  assert.ok(same({ values: [{ address: "::1", level: "absent" }], extra: true }));
});

Deno.test("matchStructure: a structure matches itself, and not itself with one leaf changed", () => {
  const leaf = fc.integer();
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^k[a-z]{1,3}$/), leaf, { minKeys: 1 }),
      (value) => {
        assert.equal(matchStructure(value, { ...value }, ignore), undefined);
        const [key] = Object.keys(value);
        assert.ok(matchStructure(value, { ...value, [key!]: value[key!]! + 1 }, ignore));
      },
    ),
  );
});

Deno.test("listElements, uriOf, parametersOf: quotes and brackets hide commas and semicolons", () => {
  const value = '"a, \\"b;c" <sip:a@b;p=1,2>;tag=x;q="y;z"';
  assert.deepEqual(listElements(`${value}, <sip:c@d>`), [value, "<sip:c@d>"]);
  assert.equal(uriOf(value), "sip:a@b;p=1,2");
  assert.deepEqual([...parametersOf(value)], [["tag", "x"], ["q", '"y;z"']]);
  assert.equal(uriOf("sip:a@b;tag=1"), "sip:a@b");
});

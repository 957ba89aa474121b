import assert from "node:assert/strict";
import fc from "fast-check";
import { createPolicy, nameMatcher } from "./policy.ts";

Deno.test("createPolicy: without rules the default decides", () => {
  assert.equal(createPolicy({ default: "allow", rules: [] }).allows("sip:a@x", "sip:b@x"), true);
  assert.equal(createPolicy({ default: "refuse", rules: [] }).allows("sip:a@x", "sip:b@x"), false);
});

Deno.test("createPolicy: the first rule that fits both names decides", () => {
  const policy = createPolicy({
    default: "refuse",
    rules: [
      { from: "sip:user-a@abc.test", to: "sip:user-d@abc.test", action: "refuse" },
      { from: "*@xyz.test", to: "user-b@abc.test", action: "allow" },
      { from: "*@abc.test", to: "*", action: "allow" },
    ],
  });
  assert.equal(policy.allows("sip:user-a@abc.test", "sip:user-d@abc.test"), false);
  assert.equal(policy.allows("sip:user-b@abc.test", "sip:user-d@abc.test"), true);
  assert.equal(policy.allows("sip:user-d@abc.test", "sip:user-a@abc.test"), true);
  assert.equal(policy.allows("sip:x@xyz.test", "sip:user-b@abc.test"), true);
  assert.equal(policy.allows("sip:x@xyz.test", "sip:user-a@abc.test"), false);
});

Deno.test("nameMatcher takes the host without regard to case, the user with regard to it", () => {
  const match = nameMatcher("sip:User@ABC.test");
  assert.equal(match("sip:User@abc.test"), true);
  assert.equal(match("sip:user@abc.test"), false);
});

Deno.test("nameMatcher: a star cannot make two pieces share characters", () => {
  assert.equal(nameMatcher("sip:aba*aba@h")("sip:ababa@h"), false);
  assert.equal(nameMatcher("sip:ab*b@h")("sip:ab@h"), false);
  assert.equal(nameMatcher("*a@h*")("sip:a@h"), true);
});

Deno.test("nameMatcher agrees with a regular expression made of the same pattern", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "@", ".", "*"), maxLength: 12 });
  fc.assert(fc.property(text, text, (pattern, rest) => {
    const name = `sip:${rest.replaceAll("*", "")}`;
    const source = `sip:${pattern}`.split("*").map((piece) => piece.replaceAll(".", "\\."));
    const expected = pattern === "*" || new RegExp(`^${source.join(".*")}$`).test(name);
    assert.equal(nameMatcher(pattern === "*" ? "*" : `sip:${pattern}`)(name), expected);
  }));
});

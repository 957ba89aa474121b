import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import {
  formatPath,
  formatProblem,
  jsonSchemaOf,
  parseDocument,
  type Problem,
} from "./document.ts";

const step = z.union([
  z.strictObject({ send: z.string() }),
  z.strictObject({
    receive: z.union([
      z.literal("nothing"),
      z.strictObject({ status: z.int().min(100).max(699) }),
    ]),
  }),
  z.strictObject({ wait: z.number().positive() }),
]);
const act = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("call"), to: z.string() }),
  z.strictObject({ type: z.literal("register") }),
]);
const schema = z.strictObject({
  domain: z.string().min(1).optional(),
  listen: z.array(z.strictObject({
    kind: z.enum(["udp", "tcp", "tls"]),
    address: z.string().regex(/^.+:\d+$/, { error: 'expected "host:port".' }),
  })).min(1).max(3).optional(),
  mismatch: z.enum(["refuse", "mark"]).default("refuse"),
  level: z.int().min(0).max(3).optional(),
  steps: z.array(step).default([]),
  acts: z.array(act).default([]),
  peers: z.record(z.string().regex(/^[a-z]+$/), z.strictObject({ name: z.string() })).optional(),
  mixed: z.union([z.string(), z.number(), z.array(z.string()), z.null()]).optional(),
  checked: z.string().refine((text) => text !== "bad", { error: "bad is bad." }).optional(),
  password: z.string().optional(),
  form: z.string().regex(/^a+$/).optional(),
});

function problemsOf(text: string): readonly Problem[] {
  const parsed = parseDocument(text, { file: "t.yaml", schema });
  assert(!parsed.ok, `no problem in ${JSON.stringify(text)}`);
  return parsed.problems;
}

/** The first problem as the user sees it, without the file's name. */
function first(text: string): string {
  return formatProblem(problemsOf(text)[0]!).replace("t.yaml:", "");
}

Deno.test("parseDocument gives the value with defaults, and where each value and key is", () => {
  const parsed = parseDocument(
    "# note\ndomain: abc.test\nlisten:\n  - { kind: udp, address: '[::1]:5060' }\n",
    { file: "t.yaml", schema },
  );
  assert(parsed.ok);
  assert.equal(parsed.value.mismatch, "refuse");
  assert.equal(parsed.value.listen?.[0]?.kind, "udp");
  const { positions } = parsed;
  assert.deepEqual(positions(["domain"]), { line: 2, column: 9 });
  assert.deepEqual(positions(["domain"], { key: true }), { line: 2, column: 1 });
  assert.deepEqual(positions(["listen", 0, "address"]), { line: 4, column: 27 });
  assert.deepEqual(positions(["listen", 0, "address"], { key: true }), { line: 4, column: 18 });
  // What is not there is where its parent is.
  assert.deepEqual(positions(["listen", 0, "nothing", "here"]), { line: 4, column: 5 });
  assert.deepEqual(positions(["listen", 7]), { line: 4, column: 3 });
  assert.deepEqual(positions([]), { line: 2, column: 1 });
});

Deno.test("parseDocument says for each kind of mistake where, what, what is allowed, what was meant", () => {
  const cases: Record<string, string> = {
    "domian: x":
      '1:1: domian: unknown key "domian"; did you mean "domain"? Allowed: domain, listen, ' +
      "mismatch, level, steps, acts, peers, mixed, checked, password, form",
    "listen:\n  - kind: tsl\n    address: a:1":
      '2:11: listen[0].kind: "tsl" is not allowed; did you mean "tls"? Allowed: udp, tcp, tls',
    "listen: [{ address: a:1 }]":
      '1:10: listen[0].kind: key "kind" is missing; allowed: udp, tcp, tls',
    "listen: [{ kind: udp, address: a }]": '1:32: listen[0].address: expected "host:port"',
    "listen: []": "1:9: listen: needs at least 1 entries",
    "domain: ''": "1:9: domain: needs at least 1 characters",
    "domain: 5": "1:9: domain: expected text, got 5",
    "domain: { a: 1 }": "1:9: domain: expected text, got a mapping",
    "level: 4": "1:8: level: 4 is out of range: at most 3",
    "level: 1.5": "1:8: level: expected a whole number, got 1.5",
    "mismatch: Refuse":
      '1:11: mismatch: "Refuse" is not allowed; did you mean "refuse"? Allowed: refuse, mark',
    "steps:\n- recieve: nothing":
      '2:3: steps[0].recieve: unknown key "recieve"; did you mean "receive"? Allowed: send, receive, wait',
    "steps:\n- receive: nothin":
      '2:12: steps[0].receive: "nothin" is not allowed; did you mean "nothing"? Allowed: nothing, a mapping',
    "steps:\n- receive: { status: 99 }":
      "2:22: steps[0].receive.status: 99 is out of range: at least 100",
    "steps:\n- wait: 0": "2:9: steps[0].wait: 0 is out of range: more than 0",
    "steps: [5]": "1:9: steps[0]: expected a mapping, got 5",
    "steps: 5": "1:8: steps: expected a list, got 5",
    "acts: [{ type: cal }]":
      '1:16: acts[0].type: "cal" is not allowed; did you mean "call"? Allowed: call, register',
    "acts: [{}]": '1:8: acts[0].type: key "type" is missing; allowed: call, register',
    "acts: [{ type: call }]": '1:8: acts[0].to: key "to" is missing; expected text',
    "peers: { Bob: { name: x } }":
      '1:10: peers.Bob: key "Bob" is not allowed: expected like /^[a-z]+$/',
    "peers: { bob: { nam: x } }": '1:15: peers.bob.name: key "name" is missing; expected text',
    "mixed: {}": "1:8: mixed: expected text, a number, a list or null, got a mapping",
    "checked: bad": "1:10: checked: bad is bad",
    "password: 12345": "1:11: password: expected text, got this value (not shown)",
    "form: b": '1:7: form: "b" is not written right: expected like /^a+$/',
    "": "1:1: expected a mapping, got null",
    "- a": "1:1: expected a mapping, got a list of 1",
    "domain: a\ndomain: b": '2:1: key "domain" stands here a second time',
    "domain: *x": "1:9: alias *x stands for nothing: no anchor &x before it",
    "domain: !tag x": "1:9: Unresolved tag: !tag",
    "domain: x\n---\ndomain: y": "2:1: a second document begins here; one file holds one document",
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(first(text), expected, text);
});

Deno.test("parseDocument reports all problems in one go, in the order of the text", () => {
  const problems = problemsOf("level: 9\nlevel: 8\nmismatch: x\ndomian: y\nacts: [{ type: z }]\n");
  assert.deepEqual(problems.map(({ line }) => line), [2, 2, 3, 4, 5]);
});

Deno.test("parseDocument cuts the list of problems at the limit and says so", () => {
  const text = Array.from({ length: 30 }, (_, index) => `unknown${index}: 1\n`).join("");
  const parsed = parseDocument(text, { file: "f", schema, limits: { problems: 10 } });
  assert(!parsed.ok);
  assert.equal(parsed.problems.length, 11);
  assert.match(parsed.problems[10]?.what ?? "", /20 more problems/);
});

Deno.test("parseDocument limits: size, depth, aliases; each at and beyond its limit", () => {
  const any = z.unknown();
  const ok = (text: string, limits: Record<string, number>) =>
    parseDocument(text, { file: "f", schema: any, limits }).ok;
  assert(ok("a: bcdef", { characters: 8 }) && !ok("a: bcdefg", { characters: 8 }));
  for (const [open, close] of [["[", "]"], ["{a: ", "}"]] as const) {
    const nested = (depth: number) => open.repeat(depth) + "1" + close.repeat(depth);
    assert(ok(nested(20), { depth: 20 }), open);
    assert(!ok(nested(23), { depth: 20 }), open);
  }
  const bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: &d [*c,*c]\ne: [*d,*d]\n";
  assert(ok(bomb, { aliases: 100 }) && !ok(bomb, { aliases: 10 }));
});

Deno.test("parseDocument: a hundred thousand brackets are refused at once, without overflowing the stack", () => {
  for (const text of ["[", "{a: ", "- ", "? "].map((part) => part.repeat(100_000))) {
    const parsed = parseDocument(text, { file: "f", schema: z.unknown() });
    assert(!parsed.ok, text.slice(0, 10));
  }
});

Deno.test("parseDocument: every prefix of a valid document gives a value or located problems", () => {
  const text = 'domain: "abc"\nlisten:\n  - { kind: udp, address: "a:1" }\nsteps:\n' +
    "  - send: |\n      INVITE\n      x\n  - receive: { status: 200 }\n  - wait: 1.5\n";
  assert(parseDocument(text, { file: "t.yaml", schema }).ok);
  for (let end = 0; end < text.length; end++) {
    const parsed = parseDocument(text.slice(0, end), { file: "t.yaml", schema });
    if (parsed.ok) continue;
    for (const problem of parsed.problems) assert(problem.line >= 1 && problem.column >= 1);
  }
});

Deno.test("parseDocument never throws because of the text", () => {
  const yamlish = fc.array(
    fc.constantFrom(
      ..."abc: -[]{},&*!|>'\"%@#\n\t?01".split(""),
      "steps",
      "peers",
      "__proto__",
      "<<",
    ),
    { maxLength: 40 },
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(yamlish, fc.string()), (text) => {
    const parsed = parseDocument(text, { file: "f", schema });
    assert(parsed.ok || parsed.problems.length > 0);
  }));
});

Deno.test("jsonSchemaOf describes what may be written: what has a default need not be there", () => {
  const json = jsonSchemaOf(schema, { id: "https://example.test/x.json", title: "X" });
  assert.equal(json.$schema, "https://json-schema.org/draft/2020-12/schema");
  assert.equal(json.$id, "https://example.test/x.json");
  assert.equal(json.title, "X");
  assert.equal(json.additionalProperties, false);
  assert.equal(json.required, undefined);
});

Deno.test("formatPath", () => {
  assert.equal(formatPath(["a", 0, "b c", "d-e"]), 'a[0]["b c"].d-e');
  assert.equal(formatPath([0, "a"]), "[0].a");
});

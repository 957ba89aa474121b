import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError, formatProblem } from "../../core/config/document.ts";
import { defaultVectors, loadSuite, loadVector } from "./vectors.ts";

/** Problems of a vector, one a line, without the file's folder. */
async function problems(text: string): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "v.yaml");
    await Deno.writeTextFile(file, text);
    await loadVector(file, folder, new Set(["SM-5", "SM-6"]));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((one) => formatProblem(one).replace(`${folder}/`, ""));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const good = `title: A title that is long enough
requirement: SM-5
level: must
iut: session-manager
axes: { method: [INVITE, MESSAGE] }
peers:
  alice: { is: terminal, name: "sip:user-a@abc.test" }
control:
  - alice sends: { request: "\${method} sip:user-b@abc.test" }
  - alice receives: { status: 200 }
cases:
  - id: one
    change: { From: "<sip:x@abc.test>" }
expect:
  - alice receives: { status: 403 }
`;

/** The vector with one text replaced, and what is wrong with it then. */
async function wrong(from: string, to: string, ...expected: RegExp[]): Promise<void> {
  assert.ok(good.includes(from), from);
  const found = await problems(good.replace(from, to));
  assert.ok(found.length > 0, `nothing is wrong with ${to}`);
  for (const one of expected) assert.match(found.join("\n"), one);
}

Deno.test("loadVector: a right vector has no problem", async () => {
  assert.deepEqual(await problems(good), []);
});

Deno.test("loadVector: unknown keys and values with place and nearest name", async () => {
  await wrong("level: must", "levle: must", /v\.yaml:3:1: .*levle.*did you mean "level"/);
  await wrong("level: must", "level: most", /v\.yaml:3:8: level: "most".*did you mean "must"/);
  await wrong("{ status: 403 }", "{ staus: 403 }", /v\.yaml:15:23: .*staus.*did you mean "status"/);
});

Deno.test("loadVector: steps that are none, of nobody, or of another kind of vector", async () => {
  await wrong(
    "alice receives: { status: 403",
    "alice recieves: { status: 403",
    /v\.yaml:15:5: .*did you mean "alice receives"/,
  );
  await wrong(
    "alice receives: { status: 403",
    "alise receives: { status: 403",
    /no peer is named "alise"; did you mean "alice"/,
  );
  await wrong(
    "alice receives: { status: 403 }",
    "iut exits: success",
    /"iut exits" is for iut: terminal/,
  );
});

Deno.test("loadVector: unknown variables, parts, axes, axis values and requirements", async () => {
  await wrong(
    "${method} sip",
    "${methud} sip",
    /v\.yaml:9:\d+: .*unknown variable "\$\{methud\}"; did you mean "method"/,
  );
  await wrong(
    "<sip:x@abc.test>",
    "<${alice.contcat}>",
    /no part "contcat"; did you mean "contact"/,
  );
  await wrong(
    "{ status: 403 }",
    "{ status: 403 }\n    when: { methode: INVITE }",
    /v\.yaml:16:\d+: .*no axis is named "methode"/,
  );
  await wrong(
    "{ status: 403 }",
    "{ status: 403 }\n    when: { method: INVIT }",
    /axis method has no value "INVIT"; did you mean "INVITE"/,
  );
  await wrong(
    "requirement: SM-5",
    "requirement: SM-7",
    /v\.yaml:2:14: .*no requirement has the number SM-7/,
  );
});

Deno.test("loadVector: a refusal without its valid twin is refused", async () => {
  const start = good.indexOf("control:");
  const alone = good.slice(0, start) + `steps:
  - alice sends: { request: "\${method} sip:user-b@abc.test" }
  - alice receives: { status: 403 }
`;
  assert.match((await problems(alone)).join(), /a control is needed/);
  assert.deepEqual(
    await problems(
      alone.replace("steps:", 'control: { none: "there is no valid one of it" }\nsteps:'),
    ),
    [],
  );
});

Deno.test("loadVector: files named by raw must be there, expressions must compile", async () => {
  await wrong(
    '{ request: "${method} sip:user-b@abc.test" }',
    "{ raw: { file: no-such.dat } }",
    /there is no file no-such\.dat/,
  );
  await wrong(
    "{ status: 403 }",
    '{ status: 403, Reason: "/(/" }',
    /v\.yaml:15:\d+: .*Invalid regular expression/,
  );
});

Deno.test("loadVector: two mistakes are reported in one go, in order", async () => {
  const found = await problems(
    good.replace("level: must", "level: most").replace("iut: session-manager", "iut: session"),
  );
  assert.equal(found.length, 2);
  assert.match(found[0]!, /v\.yaml:3:/);
  assert.match(found[1]!, /v\.yaml:4:/);
});

Deno.test("loadSuite: the suite that comes with the program has no problem", async () => {
  const suite = await loadSuite(defaultVectors);
  assert.ok(suite.vectors.length > 100);
  assert.ok(suite.requirements.has("SM-5"));
});

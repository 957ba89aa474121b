import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { ConfigError } from "./problem.ts";
import { environmentName, resolveSettings } from "./settings.ts";

const schema = z.strictObject({
  store: z.string().default("sm.db"),
  port: z.int().min(1).max(65535).default(5060),
  verbose: z.boolean().default(false),
  networks: z.array(z.string()).default([]),
  levels: z.array(z.int()).default([]),
  routeSecurity: z.strictObject({
    mismatch: z.enum(["refuse", "mark"]).default("refuse"),
    minimumLevel: z.union([z.literal(0), z.literal(3)]).optional(),
  }).prefault({}),
});

function problemsOf(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    assert(error instanceof ConfigError);
    return error;
  }
  assert.fail("no ConfigError");
}

Deno.test("resolveSettings: option over environment over file over default, each alone and together", () => {
  const flags = { store: "flag.db" };
  const env = { NTM_STORE: "env.db" };
  const file = { name: "ntm.yaml", text: "store: file.db\n" };
  const all = [
    ["flag.db", "option", { flags, env, file }],
    ["env.db", "environment", { env, file }],
    ["env.db", "environment", { flags: { store: undefined }, env, file }],
    ["file.db", "file", { file }],
    ["flag.db", "option", { flags, file }],
    ["sm.db", "default", {}],
  ] as const;
  for (const [store, source, input] of all) {
    const settings = resolveSettings({ schema, ...input });
    assert.equal(settings.value.store, store);
    assert.equal(settings.source(["store"]), source);
  }
});

Deno.test("resolveSettings reads text from the environment as what the schema wants", () => {
  const { value, source } = resolveSettings({
    schema,
    env: {
      NTM_PORT: "5070",
      NTM_VERBOSE: "yes",
      NTM_NETWORKS: "10.0.0.0/8, 192.0.2.0/24",
      NTM_LEVELS: "1,2",
      NTM_ROUTE_SECURITY_MISMATCH: "mark",
      NTM_ROUTE_SECURITY_MINIMUM_LEVEL: "3",
      NTM_UNKNOWN: "other programs' names are no business of ours",
      PORT: "1",
    },
  });
  assert.deepEqual(value, {
    store: "sm.db",
    port: 5070,
    verbose: true,
    networks: ["10.0.0.0/8", "192.0.2.0/24"],
    levels: [1, 2],
    routeSecurity: { mismatch: "mark", minimumLevel: 3 },
  });
  assert.equal(source(["routeSecurity"]), "environment");
  assert.equal(source(["levels", 1]), "environment");
});

Deno.test("resolveSettings keeps the file's neighbours of a nested setting that an option changes", () => {
  const { value, source } = resolveSettings({
    schema,
    flags: { "routeSecurity.mismatch": "mark" },
    file: { name: "f", text: "routeSecurity: { mismatch: refuse, minimumLevel: 0 }\n" },
  });
  assert.deepEqual(value.routeSecurity, { mismatch: "mark", minimumLevel: 0 });
  assert.equal(source(["routeSecurity", "mismatch"]), "option");
  assert.equal(source(["routeSecurity", "minimumLevel"]), "file");
});

Deno.test("resolveSettings reports all problems in one go, each at its source", () => {
  const { problems } = problemsOf(() =>
    resolveSettings({
      schema,
      flags: { "routeSecurity.mismatch": "marc" },
      env: { NTM_PORT: "seventy", NTM_VERBOSE: "perhaps" },
      file: { name: "ntm.yaml", text: "\nstroe: x\n" },
    })
  );
  assert.deepEqual(
    problems.map(({ file, line, column, what, nearest }) => [file, line, column, what, nearest]),
    [
      ["ntm.yaml", 2, 1, 'unknown key "stroe"', "store"],
      ["environment variable NTM_PORT", 0, 0, 'expected a number, got "seventy"', undefined],
      [
        "environment variable NTM_VERBOSE",
        0,
        0,
        'expected true or false, got "perhaps"',
        undefined,
      ],
      ["option --route-security-mismatch", 0, 0, '"marc" is not allowed', "mark"],
    ],
  );
});

Deno.test("resolveSettings: a broken value in the file does not count once an option replaces it", () => {
  const file = { name: "ntm.yaml", text: "port: http\n" };
  assert.equal(resolveSettings({ schema, flags: { port: "80" }, file }).value.port, 80);
  assert.equal(problemsOf(() => resolveSettings({ schema, file })).problems[0]?.line, 1);
});

Deno.test("resolveSettings: problem() names the place a setting came from", () => {
  const file = { name: "ntm.yaml", text: "# here\nport: 5061\n" };
  const settings = resolveSettings({ schema, file, env: { NTM_STORE: "x" } });
  const facts = { what: "is in use" };
  assert.equal(settings.problem(["port"], facts).line, 2);
  assert.equal(settings.problem(["store"], facts).file, "environment variable NTM_STORE");
});

Deno.test("resolveSettings: an empty file sets nothing; one that is no YAML throws ConfigError", () => {
  assert.equal(resolveSettings({ schema, file: { name: "f", text: "" } }).value.port, 5060);
  problemsOf(() => resolveSettings({ schema, file: { name: "f", text: "a: [" } }));
});

Deno.test("resolveSettings: no text of option, environment or file throws anything but ConfigError", () => {
  fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (port, networks, text) => {
    try {
      resolveSettings({
        schema,
        flags: { networks, "__proto__.polluted": "x" },
        env: { NTM_PORT: port },
        file: { name: "f", text },
      });
    } catch (error) {
      assert(error instanceof ConfigError);
    }
    assert(!("polluted" in {}));
  }));
});

Deno.test("environmentName parts camelCase", () => {
  assert.equal(
    environmentName(["routeSecurity", "minimumLevel"]),
    "NTM_ROUTE_SECURITY_MINIMUM_LEVEL",
  );
  assert.equal(environmentName(["a-b"], "X_"), "X_A_B");
});

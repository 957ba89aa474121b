import assert from "node:assert/strict";
import { report } from "./main.ts";
import { CliError, Exit } from "./output.ts";
import { ntm } from "./testing/ntm.ts";

const commands = ["serve", "lab", "node", "terminal", "conform", "account", "ca", "sip"];

Deno.test("ntm --help: every command with a line about it, on stdout, exit 0", async () => {
  const { code, stdout, stderr } = await ntm(["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const name of commands) assert.match(stdout, new RegExp(`^  ${name} +\\S`, "m"));
});

for (const name of commands) {
  Deno.test(`ntm ${name} --help: exit 0`, async () => {
    const { code, stdout, stderr } = await ntm([name, "--help"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^Usage: ntm ${name}`));
  });
}

Deno.test("ntm: without a command it says how it is used, on stderr, exit 2", async () => {
  const { code, stdout, stderr } = await ntm([]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Usage: ntm <command>/);
});

Deno.test("ntm: a misspelt command names the nearest one, exit 2", async () => {
  const { code, stdout, stderr } = await ntm(["termnal"]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^ntm: unknown command 'termnal'\n\(Did you mean terminal\?\)/);
});

Deno.test("ntm --version: the version of deno.json", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  const { code, stdout } = await ntm(["--version"]);
  assert.equal(code, 0);
  assert.equal(stdout, `ntm ${version} (deno ${Deno.version.deno})\n`);
});

Deno.test("ntm complete: a script for the shell, and answers to it", async () => {
  const script = await ntm(["complete", "bash"]);
  assert.equal(script.code, 0, script.stderr);
  assert.match(script.stdout, /ntm complete --/);
  const answer = await ntm(["complete", "--", "ca", ""]);
  assert.match(answer.stdout, /^issue\t/m);
});

Deno.test("ntm --debug: shows where an error arose, and changes nothing else", async () => {
  const plain = await ntm(["ca", "show", "nothing.pem"]);
  const debug = await ntm(["--debug", "ca", "show", "nothing.pem"]);
  const variable = await ntm(["ca", "show", "nothing.pem"], { env: { NTM_DEBUG: "1" } });
  assert.doesNotMatch(plain.stderr, /^ +at /m);
  for (const { code, stderr } of [debug, variable]) {
    assert.equal(code, plain.code);
    assert.match(stderr, /^ +at .*files\.ts/m);
    assert.ok(stderr.endsWith(plain.stderr));
  }
});

Deno.test("report: what nobody expected is one line and status 3", () => {
  assert.equal(
    report(new Error("a test of errors nobody expected\nsecond line"), false),
    Exit.broken,
  );
  assert.equal(
    report(new CliError(Exit.failed, "a test of errors with a status"), false),
    Exit.failed,
  );
});

Deno.test("main: --help loads no command: only types and the output helpers are imported", async () => {
  const source = await Deno.readTextFile(new URL("./main.ts", import.meta.url));
  const imports = [...source.matchAll(/^import (?!type)[^;]* from "([^"]+)";$/gm)]
    .map(([, from]) => from);
  assert.deepEqual(imports, ["./output.ts"]);
});

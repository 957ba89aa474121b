import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reportSchema } from "../conformance/format/report.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const config = fileURLToPath(new URL("../deno.json", import.meta.url));

/** Runs `ntm conform …` as a user does. */
async function conform(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--config", config, "-P=ntm", main, "conform", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Runs with a folder for files of its own. */
async function withFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const passing = "sm/spoof/from_not_bound/nobody[method=INVITE,channel=tls]";

Deno.test("ntm conform run: exit 0, and JSON alone on stdout that fits the published schema", async () => {
  const { code, out } = await conform(
    "run",
    "--sim",
    "--filter",
    passing,
    "--reporter",
    "json",
    "--seed",
    "5",
  );
  assert.equal(code, 0);
  const report = reportSchema.parse(JSON.parse(out));
  assert.deepEqual(report.summary, {
    total: 1,
    passed: 1,
    failed: 0,
    inconclusive: 0,
    expected: 0,
    notClaimed: 0,
  });
  assert.equal(report.seed, 5);
  assert.equal(report.cases[0]!.id, passing);
});

Deno.test("ntm conform run: over real sockets, TAP to a file", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "report.tap");
    const { code, out } = await conform(
      "run",
      "--filter",
      passing,
      "--reporter",
      "tap",
      "--output",
      file,
    );
    assert.deepEqual([code, out], [0, ""]);
    assert.match(await Deno.readTextFile(file), /^TAP version 14\n1\.\.1\nok 1 - /);
  });
});

Deno.test("ntm conform run: exit 1 with the ladder when a case fails, 0 when it is expected to", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "wrong.yaml"),
      `title: The server answers OPTIONS with 299
requirement: SM-22
level: must
iut: session-manager
peers: { alice: { is: terminal, name: "sip:user-a@abc.test" } }
steps:
  - alice sends: { request: "OPTIONS sip:abc.test" }
  - alice receives: { status: 299 }
`,
    );
    const run = ["run", "--sim", "--vectors", folder];
    const { code, out } = await conform(...run);
    assert.equal(code, 1);
    assert.match(out, /FAIL wrong\n/);
    assert.match(out, /wrong\.yaml:8:5/);
    assert.match(out, /expected: +response 299\n +got: +200 OK/);
    assert.match(out, /\|-+ OPTIONS sip:abc\.test -+>\|/);

    const list = join(folder, "..", `${folder.split("/").at(-1)}-expected.yaml`);
    try {
      await Deno.writeTextFile(
        list,
        'expected: [{ case: wrong, reason: "it is wrong on purpose" }]\n',
      );
      const expected = await conform(...run, "--expected-failures", list);
      assert.equal(expected.code, 0);
      assert.match(expected.out, /expected failure wrong: it is wrong on purpose/);
    } finally {
      await Deno.remove(list);
    }
  });
});

Deno.test("ntm conform run: an expected failure that passes, or matches nothing, is exit 1", async () => {
  await withFolder(async (folder) => {
    const list = join(folder, "expected.yaml");
    await Deno.writeTextFile(
      list,
      'expected:\n  - { case: sm/spoof/from_not_bound, reason: "thought to fail" }\n  - { case: sm/nothing, reason: "thought to exist" }\n',
    );
    const { code, out } = await conform(
      "run",
      "--sim",
      "--filter",
      passing,
      "--expected-failures",
      list,
    );
    assert.equal(code, 1);
    assert.match(
      out,
      /expected\.yaml:2:\d+: "sm\/spoof\/from_not_bound" is expected to fail, but passed/,
    );
    assert.match(out, /expected\.yaml:3:\d+: "sm\/nothing" matches no case/);
  });
});

Deno.test("ntm conform run: exit 2 for a bad option, a bad file, or nothing selected", async () => {
  const wrong = await conform("run", "--reporter", "jsn");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /did you mean "json"/);
  const nothing = await conform("run", "--sim", "--filter", "no/such/case");
  assert.equal(nothing.code, 2);
  assert.match(nothing.err, /no case is selected/);
  const file = await conform("run", "--target", "no-such.yaml");
  assert.equal(file.code, 2);
  assert.match(file.err, /no-such\.yaml: there is no such file/);
  assert.deepEqual([wrong.out, nothing.out, file.out], ["", "", ""]);
});

Deno.test("ntm conform run: exit 3 for an IUT that is not there", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "ca.pem"), "");
    // Port 1 of loopback: nobody listens there.
    await Deno.writeTextFile(
      join(folder, "target.yaml"),
      'name: absent\nsession-manager: { profiles: { sm: { tcp: "127.0.0.1:1" } }, claims: [sm-plain], trust: [ca.pem] }\n',
    );
    const { code, out } = await conform(
      "run",
      "--target",
      join(folder, "target.yaml"),
      "--suite",
      "sm/plain",
    );
    assert.equal(code, 3);
    assert.match(out, /INCONCLUSIVE .*is not there/);
    assert.match(out, / 0 passed, 0 failed, \d+ inconclusive/);
  });
});

Deno.test("ntm conform check: file, line, column and the nearest name; exit 2", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "v.yaml");
    await Deno.writeTextFile(
      file,
      "title: A title that is long enough\nrequirment: SM-5\nlevel: must\niut: codec\nsteps: []\n",
    );
    const { code, out } = await conform("check", file);
    assert.equal(code, 2);
    assert.match(out, /v\.yaml:2:1: .*did you mean "requirement"/);
  });
  const all = await conform("check");
  assert.equal(all.code, 0);
  assert.match(all.err, /0 problems/);
});

Deno.test("ntm conform init: what it writes is a right target file and list", async () => {
  await withFolder(async (folder) => {
    const { code } = await conform("init", "--out", folder);
    assert.equal(code, 0);
    const files = [join(folder, "target.yaml"), join(folder, "expected-failures.yaml")];
    const checked = await conform("check", ...files);
    assert.deepEqual([checked.code, checked.out], [0, ""]);
    const again = await conform("init", "--out", folder);
    assert.equal(again.code, 2);
    assert.match(again.err, /is there already/);
  });
});

Deno.test("ntm conform coverage: every requirement of now has a vector; --json lists none uncovered", async () => {
  const { code, out } = await conform("coverage", "--json");
  assert.equal(code, 0);
  assert.deepEqual((JSON.parse(out) as { uncovered: string[] }).uncovered, []);
});

Deno.test("ntm conform list and show: ids, and a case's steps; an unknown id names the nearest", async () => {
  const listed = await conform("list", "--filter", passing, "--json");
  assert.deepEqual((JSON.parse(listed.out) as { id: string }[]).map(({ id }) => id), [passing]);
  const shown = await conform("show", passing);
  assert.match(shown.out, /SM-5: .*\n/);
  assert.match(shown.out, /bob receives: nothing/);
  const wrong = await conform("show", "sm/spoof/from_not_bond");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /did you mean "sm\/spoof\/from_not_bound"/);
});

Deno.test("ntm conform self-test: exit 0 and a matrix for a mutant that is caught", async () => {
  const { code, out } = await conform(
    "self-test",
    "--suite",
    "sm/spoof",
    "--mutant",
    "spoof-invite-only",
    "--json",
  );
  const result = JSON.parse(out) as { ok: boolean; mutants: { caughtBy: string[] }[] };
  assert.equal(code, 0, out.slice(0, 500));
  assert.ok(result.ok && result.mutants[0]!.caughtBy.length > 0);
});

Deno.test("ntm conform adapter: one answer a line, wrong lines included", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--config", config, "-P=ntm", main, "conform", "adapter"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(
    '{"id":1,"function":"address.canonical","input":{"text":"[2001:DB8::0:1]"}}\nnot json\n{"id":2,"function":"no.such","input":{}}\n',
  ));
  await writer.close();
  const { stdout, code } = await child.output();
  const answers = new TextDecoder().decode(stdout).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  assert.equal(code, 0);
  assert.deepEqual(answers[0], { id: 1, output: { address: "2001:db8::1" } });
  assert.equal(answers[1].error.code, "json");
  assert.deepEqual(answers[2], { id: 2, unsupported: true });
});

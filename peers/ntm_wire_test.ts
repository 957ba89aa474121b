/**
 * A second opinion on NTMobile's wire: a program in Python, written from docs/wire.md, against the vectors.
 */
import assert from "node:assert/strict";
import { run } from "../bench/process.ts";
import { ntm, root } from "./tools.ts";

const adapter = `${root}conformance/adapters/python/ntm_wire.py`;

/** A Python that has the package; undefined if there is none. */
async function pythonWithCryptography(): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      if ((await run([python, "-c", "import cryptography"])).code === 0) return python;
    } catch { /* there is no such program */ }
  }
  return undefined;
}

const python = await pythonWithCryptography();
const name = "docs/wire.md: an adapter in Python passes every vector of ntm/wire";
if (!python) console.error(`skipped: python3-cryptography is not installed: ${name}`);

Deno.test({
  name: python ? name : `${name} (skipped: python3-cryptography not installed)`,
  ignore: !python,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const target = `${folder}/target.yaml`;
      const command = JSON.stringify([python, adapter]);
      await Deno.writeTextFile(target, `name: Python\ncodec: { command: ${command} }\n`);
      const judge = async (suite: string) => {
        const args = ["conform", "run", "--suite", suite, "--target", target, "--reporter", "json"];
        const { stdout, stderr, code } = await run([...ntm, ...args], { cwd: root });
        return { code, stderr, ...JSON.parse(stdout) } as {
          code: number;
          stderr: string;
          summary: Record<"total" | "passed" | "failed" | "notClaimed", number>;
        };
      };
      const wire = await judge("ntm/wire");
      assert.equal(wire.code, 0, wire.stderr);
      assert.ok(wire.summary.total > 150);
      assert.equal(wire.summary.passed, wire.summary.total);
      // It says what it cannot do instead of passing it.
      const names = await judge("codec/names");
      assert.notEqual(names.code, 0);
      assert.equal(names.summary.notClaimed, names.summary.total);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

import assert from "node:assert/strict";

const root = new URL("../", import.meta.url);

Deno.test("docs/security.md names only files and folders that are there, and every folder of vectors", async () => {
  const text = await Deno.readTextFile(new URL("docs/security.md", root));
  const named = [...text.matchAll(/`((?:vectors|core|servers|client|conformance)\/[^`]*)`/g)]
    .map(([, path]) => path!);
  assert(named.length > 10);
  for (const path of named) {
    assert((await Deno.stat(new URL(path, root))).isFile !== undefined, path);
  }
  for (const suite of ["sm", "terminal"]) {
    for await (const { name, isDirectory } of Deno.readDir(new URL(`vectors/${suite}/`, root))) {
      const path = `vectors/${suite}/${name}/`;
      assert(!isDirectory || named.some((one) => one.startsWith(path)), `${path} is not named`);
    }
  }
});

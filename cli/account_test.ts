import assert from "node:assert/strict";

const main = new URL("./main.ts", import.meta.url).pathname;

async function account(
  args: readonly string[],
  input: string | undefined,
  env: Record<string, string> = {},
) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=ntm", main, "account", ...args],
    env: { NO_COLOR: "1", ...env },
    cwd: new URL("..", import.meta.url).pathname,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("ntm account: add from a file, the environment and stdin, list, replace, remove", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const store = ["--store", `${folder}/sm.db`];
    await Deno.writeTextFile(`${folder}/password`, "secret of a\n");
    const add = await account(
      ["add", "sip:user-a@ABC.test", ...store, "--password-file", `${folder}/password`],
      undefined,
    );
    assert.equal(add.code, 0, add.stderr);
    assert.equal(
      (await account(["add", "sip:user-b@abc.test", ...store], "secret of b\n")).code,
      0,
    );
    const md5 = await account(["add", "sip:user-c@abc.test", "--md5"], undefined, {
      NTM_PASSWORD: "secret of c",
      NTM_STORE: `${folder}/sm.db`,
    });
    assert.equal(md5.code, 0, md5.stderr);
    const list = await account(["list", ...store], undefined);
    assert.equal(list.stdout, "sip:user-a@abc.test\nsip:user-b@abc.test\nsip:user-c@abc.test\n");
    const json = JSON.parse((await account(["list", ...store, "--json"], undefined)).stdout);
    assert.deepEqual(json.map(({ algorithms }: { algorithms: string[] }) => algorithms), [
      ["SHA-256"],
      ["SHA-256"],
      ["SHA-256", "MD5"],
    ]);
    assert.doesNotMatch(JSON.stringify(json), /secret|[0-9a-f]{32}/);
    const twice = await account(["add", "sip:user-b@abc.test", ...store], "other\n");
    assert.equal(twice.code, 1);
    assert.match(twice.stderr, /is in store .* already/);
    const replaced = await account(
      ["add", "sip:user-b@abc.test", ...store, "--replace"],
      "other\n",
    );
    assert.equal(replaced.code, 0);
    assert.equal((await account(["remove", "sip:user-b@abc.test", ...store], undefined)).code, 0);
    assert.equal((await account(["remove", "sip:user-b@abc.test", ...store], undefined)).code, 1);
    assert.equal((await account(["registrations", ...store, "--json"], undefined)).stdout, "[]\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ntm account: what is wrong is said, exit 2", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const store = ["--store", `${folder}/sm.db`];
    const fails = async (args: string[], input: string | undefined, text: RegExp) => {
      const { code, stderr } = await account(args, input);
      assert.equal(code, 2, stderr);
      assert.match(stderr, text);
    };
    await fails(["add", "user-a", ...store], "x\n", /write sip:user@domain/);
    await fails(["add", "sip:a@abc.test"], "x\n", /--store FILE or NTM_STORE/);
    await fails(["add", "sip:a@abc.test", ...store], "", /no password/);
    await fails(["list", ...store], undefined, /sm\.db: no such file/);
    await fails(["list", "--store", folder], undefined, /a folder/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { inDirectory, ntm, type NtmOptions, RunningNtm } from "./testing/ntm.ts";

const page = await Deno.readTextFile(new URL("../docs/two-domains.md", import.meta.url));
const blocks = page.split("\n\n").flatMap((block) =>
  block.startsWith("    ") ? [block.split("\n").map((line) => line.slice(4))] : []
);
const PREFIX = "deno task --quiet ntm ";
const commands = blocks.flat().filter((line) => line.startsWith(PREFIX));

/** The page's own command with these words, so that what the page says is what is tried. */
function command(...words: string[]): string[] {
  const found = commands.filter((line) => words.every((word) => line.includes(word)));
  assert.equal(found.length, 1, `${found.length} commands of the page have ${words.join(", ")}`);
  return found[0]!.slice(PREFIX.length).split(" ");
}

/** The page's port replaced by one of this test's own, below those the system gives out. */
function own(text: string): string {
  return text.replaceAll(":5061", `:${10_000 + Deno.pid % 20_000}`);
}

const args = (...words: string[]) => command(...words).map(own);

/** Lines of a block of the page that begins with this text. */
function shown(first: string): string[] {
  const block = blocks.find(([line]) => line!.startsWith(first));
  assert.ok(block, `the page has no block that begins with "${first}"`);
  return block.map(own);
}

/** What differs from run to run. */
const steady = (text: string) => text.replace(/Call-ID [0-9a-f]+/, "Call-ID …").trimEnd();

async function succeeds(words: string[], options: NtmOptions): Promise<void> {
  const { code, stderr } = await ntm(words, options);
  assert.equal(code, 0, stderr);
}

/** Makes what the page's first chapters make; servers that are ready. */
async function start(cwd: string): Promise<RunningNtm[]> {
  await Deno.mkdir(`${cwd}/tmp`);
  await succeeds(args("ca init"), { cwd });
  await Promise.all([
    succeeds(args("ca issue", "abc.test"), { cwd }),
    succeeds(args("ca issue", "xyz.test"), { cwd }),
  ]);
  for (const line of blocks.flat()) {
    const match = /^echo "(.+)" > (\S+)$/.exec(line);
    if (match) await Deno.writeTextFile(`${cwd}/${match[2]}`, `${match[1]}\n`);
  }
  for (const user of ["user-a", "user-b", "user-c"]) {
    await succeeds(args("account add", `${user}@`), { cwd });
  }
  await Deno.writeTextFile(`${cwd}/tmp/xyz.yaml`, shown("domain: xyz.test").join("\n"));
  const servers = [
    new RunningNtm(args("serve sm", "--domain abc.test"), { cwd }),
    new RunningNtm(args("serve sm", "--config"), { cwd }),
  ];
  for (const server of servers) await server.line(/^listening tls /);
  return servers;
}

Deno.test(
  "two domains by hand: every command of docs/two-domains.md, and what it prints",
  inDirectory(async (cwd) => {
    const running = await start(cwd);
    try {
      const callee = new RunningNtm(args("terminal listen"), { cwd });
      running.push(callee);
      await callee.line(/^registered sip:user-b@xyz\.test .* level 3/, "stderr");

      const call = await ntm(args("terminal call", "--duration"), { cwd });
      assert.equal(call.code, 0, call.stderr);
      assert.equal(call.stdout.trimEnd(), shown("call with").join("\n"));
      await callee.line(/^call ended/);
      assert.equal(steady(callee.stdout), steady(shown("incoming call").join("\n")));

      const forged = await ntm(args("terminal call", "--from"), { cwd });
      assert.equal(forged.code, 1, forged.stderr);
      assert.equal(forged.stdout.trimEnd(), shown("refused: 403")[0]);

      const refused = await ntm(args("terminal call", "user-c@"), { cwd });
      const missing = await ntm(args("terminal call", "user-z@"), { cwd });
      assert.equal(refused.code, 1);
      assert.equal(refused.stdout.trimEnd(), shown("refused: 404")[0]);
      assert.deepEqual(refused.stdout, missing.stdout);
      assert.equal(refused.code, missing.code);

      // Neither the forged call nor the refused one has come through to anybody.
      assert.equal(callee.stdout.match(/incoming/g)?.length, 1);
    } finally {
      const codes = await Promise.all(running.reverse().map((one) => one.stop()));
      assert.deepEqual(codes, codes.map(() => 0));
    }
  }),
);

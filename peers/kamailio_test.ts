/**
 * Kamailio as the implementation under test, by the files that docs/targets/kamailio shows: what its script does passes, what it does
 * not do fails, and with the From check taken out exactly the spoof cases turn.
 */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { run, startServer } from "../bench/process.ts";
import { ntm, peerTest, root } from "./tools.ts";

const documented = `${root}docs/targets/kamailio`;
/** How long a step waits. Kamailio answers in a few milliseconds, so that what comes later does not come. */
const STEP_MILLISECONDS = "700";

interface Judged {
  readonly id: string;
  readonly verdict: string;
  readonly requirement: readonly string[];
  /** It fails, and expected.yaml says so. */
  readonly expected?: boolean;
}

/** The documented files with certificates, and a port of this run's own. */
async function prepare(folder: string): Promise<number> {
  const port = await freeTcpPort();
  for (const name of ["kamailio.cfg", "tls.cfg", "target.yaml", "expected.yaml"]) {
    const text = await Deno.readTextFile(`${documented}/${name}`);
    await Deno.writeTextFile(
      `${folder}/${name}`,
      text.replaceAll("127.0.0.1:5061", `127.0.0.1:${port}`),
    );
  }
  for (
    const args of [
      ["ca", "init", "--out", folder],
      ["ca", "issue", "--ca", folder, "--server", "abc.test", "--ip", "127.0.0.1"]
        .concat(["--out", `${folder}/abc.test`]),
    ]
  ) {
    const { code, stderr } = await run([...ntm, ...args], { cwd: root });
    assert.equal(code, 0, stderr);
  }
  return port;
}

function freeTcpPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("no port"));
      server.close(() => resolve(address.port));
    });
  });
}

async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Every case of the suite against Kamailio started with `options`. */
async function judge(
  folder: string,
  port: number,
  options: readonly string[],
  more: string[] = [],
) {
  const kamailio = await startServer(
    ["kamailio", ...options, "-f", "kamailio.cfg", "-w", ".", "-Y", ".", "-P", "kamailio.pid"]
      .concat(["-m", "64", "-M", "8", "-DD", "-E"]),
    { cwd: folder, ready: () => accepts(port) },
  );
  try {
    const { code, stdout, stderr } = await run(
      [...ntm, "conform", "run", "--target", `${folder}/target.yaml`, "--reporter", "json"]
        .concat(["--timeout", STEP_MILLISECONDS, ...more]),
      { cwd: root },
    );
    assert.ok(code === 0 || code === 1, `the run itself broke:\n${stderr}`);
    const { cases } = JSON.parse(stdout) as { cases: Judged[] };
    return { code, cases: new Map(cases.map((each) => [each.id, each])), stderr };
  } finally {
    await kamailio.stop();
  }
}

await peerTest(
  "Kamailio by docs/targets/kamailio gets the verdicts documented; without its From check exactly the spoof cases turn",
  ["kamailio"],
  async (folder) => {
    const port = await prepare(folder);
    const whole = await judge(folder, port, [], [
      "--expected-failures",
      `${folder}/expected.yaml`,
    ]);
    const judged = [...whole.cases.values()];
    const wrong = judged.filter(({ verdict, expected }) =>
      verdict === "inconclusive" || verdict === "fail" && !expected
    );
    assert.deepEqual(wrong.map(({ id, verdict }) => `${verdict} ${id}`), [], whole.stderr);
    assert.equal(whole.code, 0, whole.stderr);
    const passing = judged.filter(({ verdict }) => verdict === "pass");
    assert.ok(passing.length > 300, `only ${passing.length} cases pass`);

    const open = await judge(folder, port, ["-A", "NO_FROM_CHECK"]);
    assert.equal(open.code, 1);
    const turned = passing.filter(({ id }) => open.cases.get(id)?.verdict !== "pass");
    assert.deepEqual(
      turned.filter((each) =>
        open.cases.get(each.id)?.verdict !== "fail" ||
        !each.id.startsWith("sm/spoof/") || !each.requirement.includes("SM-5")
      ).map(({ id }) => id),
      [],
      "only spoof cases turn, and they fail",
    );
    // One request in the name of another for each kind of request and of channel, at the least.
    for (const method of ["INVITE", "MESSAGE", "OPTIONS", "SUBSCRIBE", "REFER", "EXTENSION"]) {
      const id = `sm/spoof/from_not_bound/third-user[method=${method},channel=tls]`;
      assert.ok(turned.some((each) => each.id === id), `${id} did not turn`);
    }
    const refusals = passing.filter(({ id }) => id.startsWith("sm/spoof/from_not_bound/"));
    assert.deepEqual(refusals.filter((each) => !turned.includes(each)), []);
  },
);

/**
 * SIPp's basic call (INVITE, 180, 200, ACK, BYE, 200) through `ntm serve sm` and through Kamailio doing the same job,
 * turn about: CPU of the server per call. Options by environment: BENCH_CALLS (calls a round), BENCH_RATE (calls a
 * second), BENCH_ROUNDS.
 *
 * @module
 */
import { installed, run, type Server, startServer } from "./process.ts";
import { freePort, isTaken } from "./ports.ts";
import { show, spread, table } from "./table.ts";

const CALLS = Number(Deno.env.get("BENCH_CALLS") ?? 4000);
const RATE = Number(Deno.env.get("BENCH_RATE") ?? 400);
const ROUNDS = Number(Deno.env.get("BENCH_ROUNDS") ?? 5);
const HOST = "127.0.0.1";

const here = new URL(".", import.meta.url).pathname;
const root = new URL("..", import.meta.url).pathname;

interface Subject {
  name: string;
  port: number;
  start(folder: string, port: number): Promise<Server>;
}

const kamailio: Subject = {
  name: "Kamailio",
  port: await freePort(HOST),
  async start(folder, port) {
    const config = (await Deno.readTextFile(`${here}kamailio.cfg`))
      .replace("LISTEN_HOST", HOST).replace("LISTEN_PORT", String(port));
    await Deno.writeTextFile(`${folder}/kamailio.cfg`, config);
    return startServer(
      [
        "kamailio",
        "-f",
        `${folder}/kamailio.cfg`,
        "-w",
        folder,
        "-Y",
        folder,
        "-P",
        `${folder}/pid`,
      ]
        .concat(["-m", "64", "-M", "8", "-DD", "-E"]),
      { cwd: folder, ready: () => isTaken(HOST, port) },
    );
  },
};

const ntm: Subject = {
  name: "ntm serve sm",
  port: await freePort(HOST),
  async start(folder, port) {
    await Deno.copyFile(`${here}ntm.yaml`, `${folder}/ntm.yaml`);
    const program = [Deno.execPath(), "run", "--quiet", "-P=ntm", `${root}cli/main.ts`];
    for (const [user, { password }] of Object.entries(terminals)) {
      const { code, stderr } = await run(
        [...program, "account", "add", `sip:${user}@abc.test`, "--md5"]
          .concat(["--store", `${folder}/sm.db`]),
        { cwd: root, env: { NTM_PASSWORD: password } },
      );
      if (code !== 0) throw new Error(`the account of ${user} could not be made:\n${stderr}`);
    }
    return startServer(
      [...program, "serve", "sm", "--config", `${folder}/ntm.yaml`]
        .concat(["--listen", `udp:${HOST}:${port}`]),
      { cwd: root, env: { NTM_LOG: "warning" }, ready: () => isTaken(HOST, port) },
    );
  },
};

const terminals = {
  "user-a": { host: "127.0.0.10", port: await freePort("127.0.0.10"), password: "password-a" },
  "user-b": { host: "127.0.0.11", port: await freePort("127.0.0.11"), password: "password-b" },
};

function sipp(
  server: number,
  scenario: string,
  user: keyof typeof terminals,
  more: string[],
): string[] {
  const { host, port } = terminals[user];
  return ["sipp", `${HOST}:${server}`, "-sf", `${here}sipp/${scenario}.xml`, "-i", host]
    .concat(["-p", String(port), "-nostdin", ...more]);
}

async function prepare(subject: Subject, folder: string): Promise<void> {
  for (const user of Object.keys(terminals) as (keyof typeof terminals)[]) {
    const csv = `${here}sipp/${user}.csv`;
    const { code, stdout, stderr } = await run(
      sipp(subject.port, "register", user, [
        "-inf",
        csv,
        "-auth_uri",
        "abc.test",
        "-m",
        "1",
        "-timeout",
        "10",
      ]),
      { cwd: folder },
    );
    if (code !== 0) {
      throw new Error(`SIPp could not register ${user} at ${subject.name}:\n${stderr}${stdout}`);
    }
  }
}

/** One round of calls; microseconds of CPU per call, and failed calls. */
async function measure(subject: Subject, server: Server, folder: string, calls: number) {
  const callee = new Deno.Command("sipp", {
    args: sipp(subject.port, "callee", "user-b", []).slice(1),
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const before = await server.cpuSeconds();
  const { stdout } = await run(
    sipp(subject.port, "caller", "user-a", [
      "-m",
      String(calls),
      "-r",
      String(RATE),
      "-timeout",
      "60",
    ]),
    { cwd: folder },
  );
  const cpu = await server.cpuSeconds() - before;
  callee.kill("SIGKILL");
  await callee.status;
  const count = (label: string) =>
    Number(new RegExp(`${label}\\s*\\|[^|]*\\|\\s*(\\d+)`).exec(stdout)?.[1] ?? 0);
  return {
    microseconds: cpu / calls * 1e6,
    successful: count("Successful call"),
    failed: count("Failed call"),
  };
}

/** Rounds turn about; a Markdown table, or what is missing. */
export async function bench(): Promise<string> {
  if (!await installed("sipp")) return "skipped: sipp is not installed";
  const subjects = await installed("kamailio") ? [ntm, kamailio] : [ntm];
  const folder = await Deno.makeTempDir();
  const running = new Map<Subject, Server>();
  const figures = new Map(
    subjects.map((subject) => [subject, { cpu: [] as number[], ok: 0, failed: 0, memory: 0 }]),
  );
  try {
    for (const subject of subjects) {
      running.set(subject, await subject.start(folder, subject.port));
      await prepare(subject, folder);
      await measure(subject, running.get(subject)!, folder, CALLS / 2); // warm-up
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const subject of subjects) {
        const server = running.get(subject)!;
        const { microseconds, successful, failed } = await measure(subject, server, folder, CALLS);
        const figure = figures.get(subject)!;
        figure.cpu.push(microseconds);
        figure.ok += successful;
        figure.failed += failed;
        figure.memory = await server.residentMebibytes();
      }
    }
  } finally {
    for (const server of running.values()) await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
  const base = subjects.includes(kamailio) ? spread(figures.get(kamailio)!.cpu).median : undefined;
  const rows = [...figures].map(([subject, { cpu, ok, failed, memory }]) => [
    subject.name,
    show(cpu),
    base ? (spread(cpu).median / base).toFixed(2) : "-",
    `${ok} / ${failed}`,
    memory.toFixed(0),
  ]);
  const note = base ? "" : "\n\nskipped: kamailio is not installed, nothing to compare with";
  return `${ROUNDS} rounds of ${CALLS} calls at ${RATE} a second, UDP.\n\n` +
    table(["server", "µs of CPU per call", "ratio", "calls good / failed", "MiB"], rows) + note;
}

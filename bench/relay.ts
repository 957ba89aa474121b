/**
 * Relays side by side, turn about: the relay's data plane, the same job in C, coturn (TURN channel data). CPU of the
 * relay per packet over 1 and over 1,000 paths. Options by environment: BENCH_RELAY_RATE (packets a second),
 * BENCH_RELAY_SECONDS, BENCH_RELAY_ROUNDS. Needs gcc; coturn is left out if it is not installed.
 *
 * @module
 */
import { installed, run, type Server, startServer } from "./process.ts";
import { freePort, isTaken } from "./ports.ts";
import { show, spread, table } from "./table.ts";

const RATE = Number(Deno.env.get("BENCH_RELAY_RATE") ?? 60_000);
const SECONDS = Number(Deno.env.get("BENCH_RELAY_SECONDS") ?? 3);
const ROUNDS = Number(Deno.env.get("BENCH_RELAY_ROUNDS") ?? 3);
const WARM_UP = 1;
const OCTETS = 1200;
const PATHS = [1, 1000];
const HOST = "127.0.0.1";

const root = new URL("..", import.meta.url).pathname;

interface Ports {
  relay: number;
  sender: number;
  sink: number;
}

interface Subject {
  name: string;
  protocol: "ntm" | "turn";
  command(folder: string, paths: number, ports: Ports): string[];
}

const numbers = (paths: number, { relay, sender, sink }: Ports) =>
  [relay, paths, sender, sink].map(String);

const ntm: Subject = {
  name: "ntm, data plane of the RS",
  protocol: "ntm",
  command: (_folder, paths, ports) =>
    [Deno.execPath(), "run", "--quiet", "-P=ntm", `${root}bench/relay/ntm_relay.ts`]
      .concat(numbers(paths, ports)),
};

const inC: Subject = {
  name: "C, recvmmsg and sendmmsg",
  protocol: "ntm",
  command: (folder, paths, ports) => [`${folder}/relay`, ...numbers(paths, ports)],
};

const coturn: Subject = {
  name: "coturn, channel data",
  protocol: "turn",
  command: (folder, _paths, { relay }) =>
    ["turnserver", "-n", "--no-auth", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp"]
      .concat(["--allow-loopback-peers", "--no-rfc5780", "--relay-threads", "1"])
      .concat(["-L", HOST, "-E", HOST, "-p", String(relay)])
      .concat(["--log-file", `${folder}/coturn.log`, "--no-stdout-log", "--simple-log"])
      .concat(["--pidfile", `${folder}/coturn.pid`, "--userdb", `${folder}/coturn.db`]),
};

async function compile(folder: string): Promise<void> {
  for (const name of ["load", "relay"]) {
    const command = ["gcc", "-O2", "-o", `${folder}/${name}`, `${root}bench/relay/${name}.c`];
    const { code, stderr } = await run([...command, "-lpthread"]);
    if (code !== 0) throw new Error(`gcc does not compile ${name}.c:\n${stderr}`);
  }
}

interface Result {
  microseconds: number;
  sent: number;
  received: number;
  p50: number;
  p99: number;
}

/** The load's lines of output, one at a time. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = `${rest}${decoder.decode(chunk)}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function measure(subject: Subject, folder: string, paths: number): Promise<Result> {
  const ports: Ports = {
    relay: await freePort(HOST),
    sender: await freePort("127.1.0.0"),
    sink: await freePort(HOST),
  };
  const server: Server = await startServer(subject.command(folder, paths, ports), {
    cwd: root,
    ready: () => isTaken(HOST, ports.relay),
  });
  try {
    const load = new Deno.Command(`${folder}/load`, {
      args: [subject.protocol, ...numbers(paths, ports)]
        .concat([RATE, OCTETS, WARM_UP, SECONDS].map(String)),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = linesOf(load.stdout);
    const first = await lines.next();
    if (first.value !== "measure") throw new Error(`no load for ${subject.name}: ${first.value}`);
    const before = await server.cpuSeconds();
    const writer = load.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\n"));
    await writer.close();
    const last = await lines.next();
    const cpu = await server.cpuSeconds() - before;
    await load.status;
    const result = JSON.parse(String(last.value)) as Omit<Result, "microseconds">;
    if (result.received === 0) throw new Error(`${subject.name} relays nothing`);
    return { ...result, microseconds: cpu / result.received * 1e6 };
  } finally {
    await server.stop();
  }
}

/** Rounds turn about; a Markdown table, or what is missing. */
export async function bench(): Promise<string> {
  if (!await installed("gcc")) return "skipped: gcc is not installed";
  const turn = await installed("turnserver");
  const subjects = turn ? [ntm, inC, coturn] : [ntm, inC];
  const folder = await Deno.makeTempDir();
  const figures = PATHS.flatMap((paths) =>
    subjects.map((subject) => ({ paths, subject, results: [] as Result[] }))
  );
  try {
    await compile(folder);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { paths, subject, results } of figures) {
        results.push(await measure(subject, folder, paths));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const rows = figures.map(({ paths, subject, results }) => {
    const all = (value: (result: Result) => number) => results.map(value);
    const other = figures.find((figure) => figure.paths === paths && figure.subject === coturn);
    const median = (of: Result[]) => spread(of.map(({ microseconds }) => microseconds)).median;
    return [
      String(paths),
      subject.name,
      show(all(({ microseconds }) => microseconds), 2),
      other ? (median(other.results) / median(results)).toFixed(2) : "-",
      show(all(({ sent, received }) => (sent - received) / sent * 100), 1),
      `${show(all(({ p50 }) => p50))}, ${show(all(({ p99 }) => p99))}`,
    ];
  });
  const head = ["paths", "relay", "µs of CPU per packet", "coturn's / its", "% lost"]
    .concat("µs on the way: p50, p99");
  return `${ROUNDS} rounds of ${SECONDS} s, ${RATE} packets of ${OCTETS} octets a second.\n\n` +
    table(head, rows) + (turn ? "" : "\n\nskipped: coturn is not installed");
}

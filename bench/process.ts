/**
 * Child processes of a measurement: started, watched for a line, measured, stopped.
 *
 * @module
 */

/** Kernel clock ticks a second, the unit of /proc/PID/stat. */
const TICKS_PER_SECOND = 100;

/** Places in /proc/PID/stat, counted from behind the program's name (proc(5)). */
const PARENT = 1;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const RESIDENT_PAGES = 21;

/** A server under measurement. */
export interface Server {
  /** CPU seconds (user and system) of the process and all its descendants, so far. */
  cpuSeconds(): Promise<number>;
  /** Largest resident set of the process and its descendants, in MiB. */
  residentMebibytes(): Promise<number>;
  stop(): Promise<void>;
}

/** True if a program of that name is on the PATH. */
export async function installed(program: string): Promise<boolean> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if ((await Deno.stat(`${folder}/${program}`)).isFile) return true;
    } catch { /* not in this folder */ }
  }
  return false;
}

/** Starts a server and waits until `ready` answers true. Throws with the program's output when it ends first. */
export async function startServer(
  command: string[],
  options: { cwd?: string; env?: Record<string, string>; ready: () => Promise<boolean> },
): Promise<Server> {
  const log = await Deno.makeTempFile({ suffix: ".log" });
  const output = await Deno.open(log, { write: true });
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd: options.cwd,
    env: options.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  const copy = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream) await output.write(chunk);
  };
  const copies = Promise.allSettled([copy(child.stdout), copy(child.stderr)]);
  const deadline = Date.now() + 20_000;
  while (!(await options.ready())) {
    if (ended || Date.now() > deadline) {
      if (!ended) child.kill("SIGKILL");
      await copies;
      throw new Error(`${command[0]} did not start:\n${await Deno.readTextFile(log)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    cpuSeconds: async () => {
      const ticks = (await family(child.pid))
        .map((fields) => Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]));
      return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
    },
    residentMebibytes: async () => {
      const pages = (await family(child.pid)).map((fields) => Number(fields[RESIDENT_PAGES]));
      return Math.max(0, ...pages) * 4096 / 2 ** 20;
    },
    async stop() {
      if (!ended) child.kill("SIGTERM");
      await status;
      await copies;
      output.close();
      await Deno.remove(log);
    },
  };
}

/** Runs a program to its end; resolves to its exit code and output. */
export async function run(
  command: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    stdin: "null",
    ...options,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The fields of /proc/PID/stat behind the program's name, by process. */
async function statistics(): Promise<Map<number, string[]>> {
  // A child reads them: Deno reads below /proc only with every permission. A process may end meanwhile.
  const { stdout } = await run(["sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null"]);
  return new Map(
    stdout.split("\n").filter(Boolean).map((line) => [
      Number.parseInt(line, 10),
      line.slice(line.lastIndexOf(")") + 2).split(" "),
    ]),
  );
}

/** The fields of a process and all its descendants. */
async function family(pid: number): Promise<string[][]> {
  const all = await statistics();
  const members = [pid];
  for (const member of members) {
    for (const [child, fields] of all) if (Number(fields[PARENT]) === member) members.push(child);
  }
  return members.map((member) => all.get(member)).filter((fields) => fields !== undefined);
}

/**
 * Child processes of a measurement: started, watched for a line, measured, stopped.
 *
 * @module
 */

/** Kernel clock ticks a second, the unit of /proc/PID/stat. */
const TICKS_PER_SECOND = 100;

/** A server under measurement. */
export interface Server {
  /** CPU seconds (user and system) of the process and all its descendants, so far. */
  cpuSeconds(): number;
  /** Largest resident set of the process and its descendants, in MiB. */
  residentMebibytes(): number;
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
    cpuSeconds: () => family(child.pid).reduce((sum, pid) => sum + cpuOf(pid), 0),
    residentMebibytes: () => Math.max(...family(child.pid).map(residentOf)),
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

function stat(pid: number): string[] | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of Deno.readDirSync("/proc")) {
    const candidate = Number(entry.name);
    const fields = Number.isInteger(candidate) ? stat(candidate) : undefined;
    if (fields) parents.set(candidate, Number(fields[1]));
  }
  const members = [pid];
  for (const member of members) {
    for (const [child, parent] of parents) if (parent === member) members.push(child);
  }
  return members;
}

function cpuOf(pid: number): number {
  const fields = stat(pid);
  return fields ? (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND : 0;
}

function residentOf(pid: number): number {
  const fields = stat(pid);
  return fields ? Number(fields[21]) * 4096 / 2 ** 20 : 0;
}

/**
 * Runs the program as a child process, for tests of what a user sees.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TextLineStream } from "./lines.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const before = ["run", "--quiet", "--config", `${root}deno.json`, "-P=ntm", `${root}cli/main.ts`];

/** How to run it. */
export interface NtmOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** What a run that has ended said. */
export interface NtmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(args: readonly string[], options: NtmOptions, streams: "piped"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [...before, ...args],
    stdin: "null",
    stdout: streams,
    stderr: streams,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    clearEnv: true,
    env: { ...inherited(), NO_COLOR: "1", ...options.env },
  });
}

/** Our environment without settings of `ntm`, which are the test's to give. */
function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("NTM_")),
  );
}

/** Runs `ntm` to its end. */
export async function ntm(args: readonly string[], options: NtmOptions = {}): Promise<NtmResult> {
  const { code, stdout, stderr } = await command(args, options, "piped").output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** An `ntm` that runs until it is stopped. */
export class RunningNtm {
  readonly #child: Deno.ChildProcess;
  readonly #lines: { stdout: string[]; stderr: string[] } = { stdout: [], stderr: [] };
  readonly #ended: Promise<unknown>;
  #waiting: (() => void)[] = [];
  #done = false;

  constructor(args: readonly string[], options: NtmOptions = {}) {
    this.#child = command(args, options, "piped").spawn();
    const read = async (name: "stdout" | "stderr") => {
      const lines = this.#child[name].pipeThrough(new TextDecoderStream())
        .pipeThrough(new TextLineStream());
      for await (const line of lines) {
        this.#lines[name].push(line);
        this.#wake();
      }
    };
    this.#ended = Promise.all([read("stdout"), read("stderr")]).then(() => {
      this.#done = true;
      this.#wake();
    });
  }

  /** All of stdout so far. */
  get stdout(): string {
    return this.#lines.stdout.join("\n");
  }

  /** All of stderr so far. */
  get stderr(): string {
    return this.#lines.stderr.join("\n");
  }

  /** Resolves once a line fits; fails when the program ends before. */
  async line(pattern: RegExp, stream: "stdout" | "stderr" = "stdout"): Promise<string> {
    while (true) {
      const found = this.#lines[stream].find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#done) {
        assert.fail(`no line ${pattern} on ${stream}:\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits for its end; the exit status. */
  async code(): Promise<number> {
    await this.#ended;
    return (await this.#child.status).code;
  }

  /** Tells it to stop, and waits for it; the exit status. */
  async stop(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<number> {
    if (!this.#done) this.#child.kill(signal);
    return await this.code();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Runs a test in a directory of its own, and removes it. */
export function inDirectory(work: (directory: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const directory = await Deno.makeTempDir({ prefix: "ntm-" });
    try {
      await work(directory);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  };
}

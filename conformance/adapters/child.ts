/**
 * A terminal under test as a child process: one process for each action.
 *
 * @module
 */
import type { Outcome, TerminalAction } from "../reference/implementation.ts";
import { NotClaimed } from "../run/failure.ts";
import type { StartedTerminal } from "../run/iut.ts";

/** Characters of output that are kept. */
export const outputLimit = 65_536;
/** Milliseconds between SIGTERM and SIGKILL. */
export const graceMilliseconds = 2000;

/** Commands of a profile, as the target file has them. */
export interface TerminalCommands {
  readonly listen: readonly string[];
  readonly call?: readonly string[] | undefined;
  readonly message?: readonly string[] | undefined;
  readonly register?: readonly string[] | undefined;
  readonly from?: readonly string[] | undefined;
}

/** How children are started. */
export interface ChildOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Values of `${name}` in the commands. */
  readonly values: Readonly<Record<string, string>>;
}

/** A terminal whose actions are processes. */
export class ChildTerminal implements StartedTerminal {
  readonly #running = new Set<Deno.ChildProcess>();

  constructor(
    private readonly commands: TerminalCommands,
    private readonly options: ChildOptions,
    private readonly cleanUp: () => Promise<void>,
  ) {}

  async does(action: TerminalAction): Promise<Outcome> {
    if (action.kind === "stop") {
      await this.#end();
      return { status: 0, output: "" };
    }
    const command = action.kind === "hangup" ? undefined : this.commands[action.kind];
    if (!command) throw new NotClaimed(`the target has no command for ${action.kind}`);
    const from = "from" in action && action.from !== undefined ? this.commands.from : [];
    if (!from) throw new NotClaimed("the target has no arguments for claiming another name");
    const values = { ...this.options.values, ...actionValues(action) };
    const [program = "", ...rest] = [...command, ...from].map((part) => fill(part, values));
    return await this.#start(program, rest);
  }

  async #start(program: string, args: string[]): Promise<Outcome> {
    const child = new Deno.Command(program, {
      args,
      cwd: this.options.directory,
      env: { ...this.options.environment },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#running.add(child);
    const [status, out, err] = await Promise.all([
      child.status,
      readAll(child.stdout),
      readAll(child.stderr),
    ]);
    this.#running.delete(child);
    return { status: status.code, output: [out, err].filter((text) => text !== "").join("\n") };
  }

  async #end(): Promise<void> {
    const ending = [...this.#running].map(async (child) => {
      signal(child, "SIGTERM");
      const timer = setTimeout(() => signal(child, "SIGKILL"), graceMilliseconds);
      await child.status;
      clearTimeout(timer);
    });
    await Promise.all(ending);
  }

  async stop(): Promise<void> {
    await this.#end();
    await this.cleanUp();
  }
}

function actionValues(action: TerminalAction): Record<string, string> {
  if (action.kind !== "call" && action.kind !== "message") return {};
  return {
    callee: action.to,
    ...(action.kind === "message" ? { text: action.text } : {}),
    ...(action.from === undefined ? {} : { from: action.from }),
  };
}

function fill(part: string, values: Readonly<Record<string, string>>): string {
  return part.replace(/\$\{([A-Za-z0-9]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new NotClaimed(`a command of the target uses \${${name}}, which has no value here`);
    }
    return value;
  });
}

function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch {
    // It has ended meanwhile.
  }
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    if (text.length < outputLimit) text += decoder.decode(chunk, { stream: true });
  }
  return text.slice(0, outputLimit);
}

/**
 * What the commands of `ntm terminal` do.
 *
 * @module
 */
import { liveRuntime } from "../core/runtime/live.ts";
import {
  type Call,
  type IncomingCall,
  startTerminal,
  type Terminal,
  TerminalError,
  type TerminalObserver,
} from "../client/terminal/mod.ts";
import type { LogLevel } from "../core/runtime/log.ts";
import { liveLog } from "./log.ts";
import { CliError, Exit, exitWith, print, say } from "./output.ts";
import { failureLine, showEvent } from "./terminal_output.ts";
import { terminalConfig, type TerminalFlags } from "./terminal_settings.ts";

/** Options all commands have besides settings. */
export interface RunOptions {
  readonly json?: true | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly log?: LogLevel | undefined;
}

/** How often the terminal looks whether its own address is still there (SM-4). */
const ADDRESS_CHECK_MILLISECONDS = 5000;

/** `ntm terminal register` */
export async function register(flags: TerminalFlags, options: RunOptions): Promise<void> {
  await withTerminal(flags, options, {}, async () => {});
}

/** `ntm terminal listen` */
export async function listen(
  flags: TerminalFlags,
  options: RunOptions & {
    readonly autoAnswer?: true | undefined;
    readonly reject?: number | true | undefined;
    readonly calls?: number | undefined;
  },
): Promise<void> {
  const enough = Promise.withResolvers<void>();
  let over = 0;
  const count = () => {
    if (++over === options.calls) enough.resolve();
  };
  const take = (call: IncomingCall) => {
    call.over.then(count);
    if (options.reject !== undefined) {
      call.reject(options.reject === true ? undefined : options.reject);
    } else if (options.autoAnswer || !Deno.stdin.isTerminal()) call.answer();
    else void ask(call);
  };
  const refusedCall = (event: { event: string; method?: string }) => {
    if (event.event === "refused" && event.method === "INVITE") count();
  };
  await withTerminal(flags, options, { call: take, event: refusedCall }, async (terminal) => {
    const lost = await first(options, terminal, enough.promise);
    if (lost === "time") {
      exitWith(options.calls === undefined ? Exit.ok : Exit.failed);
    }
  });
}

/** `ntm terminal call` */
export async function call(
  uri: string,
  flags: TerminalFlags,
  options: RunOptions & {
    readonly from?: string | undefined;
    readonly duration?: number | undefined;
  },
): Promise<void> {
  await withTerminal(flags, options, {}, async (terminal) => {
    const call = await terminal.call(uri, options.from === undefined ? {} : { from: options.from });
    const begun = await first(options, terminal, call.outcome);
    if (begun === "interrupted" || begun === "time") {
      call.hangUp();
      await call.outcome;
    }
    const outcome = await call.outcome;
    if (!outcome.established) {
      if (!options.json) print(failureLine(outcome));
      return exitWith(Exit.failed);
    }
    await conversation(terminal, call, options.duration);
  });
}

/** `ntm terminal message` */
export async function message(
  uri: string,
  text: string,
  flags: TerminalFlags,
  options: RunOptions & { readonly from?: string | undefined },
): Promise<void> {
  await withTerminal(flags, options, {}, async (terminal) => {
    const sent = terminal.message(
      uri,
      text,
      options.from === undefined ? {} : { from: options.from },
    );
    const outcome = await first(options, terminal, sent);
    if (typeof outcome !== "object") {
      throw new CliError(Exit.failed, "no answer to the message yet; it may have been delivered");
    }
    if (options.json) print(JSON.stringify({ event: "answer", ...outcome }));
    else if (outcome.delivered) print(`delivered: ${outcome.status} ${outcome.phrase}`);
    else print(failureLine({ established: false, by: "there", ...outcome }));
    if (!outcome.delivered) exitWith(Exit.failed);
  });
}

/** Until the time is up, the other side hangs up, or we are interrupted. */
async function conversation(
  terminal: Terminal,
  call: Call,
  duration: number | undefined,
): Promise<void> {
  await first({ timeout: duration }, terminal, call.over);
  call.hangUp();
  await call.over;
}

/** Starts a terminal, does `work`, and stops it again, come what may. */
async function withTerminal(
  flags: TerminalFlags,
  options: RunOptions,
  observer: TerminalObserver,
  work: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const config = await terminalConfig(flags);
  const log = liveLog({ level: options.log ?? logLevel(), json: options.json === true });
  // Timers do not keep the process alive; a terminal that waits for its next attempt has nothing else.
  const alive = setInterval(() => {}, 1 << 30);
  let terminal: Terminal | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;
  try {
    terminal = await inTime(
      options.timeout,
      startTerminal(config, liveRuntime({ log }), {
        ...observer,
        event: (event) => {
          showEvent(event, options.json === true);
          observer.event?.(event);
        },
      }),
    );
    if (config.local === undefined) watch = watchAddress(terminal);
    await work(terminal);
  } catch (error) {
    throw cliError(error);
  } finally {
    await terminal?.stop();
    clearInterval(watch);
    clearInterval(alive);
  }
}

/** What must be there within `seconds`, or status 3. */
async function inTime<T>(seconds: number | undefined, work: Promise<T>): Promise<T> {
  if (seconds === undefined) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new CliError(Exit.broken, `not registered within ${seconds} s`));
  }, seconds * 1000);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function logLevel(): LogLevel {
  const text = Deno.env.get("NTM_LOG") ?? "warning";
  const level = (["debug", "info", "warning", "error"] as const).find((one) => one === text);
  if (level) return level;
  throw new CliError(Exit.usage, `NTM_LOG "${text}": expected debug, info, warning or error`);
}

type Ended = "interrupted" | "time";

/** The result of `work`, or what came first: a signal, the time limit. A registration lost for good throws. */
async function first<T>(
  { timeout }: { timeout?: number | undefined },
  terminal: Terminal,
  work: Promise<T>,
): Promise<T | Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const interrupt = () => resolve("interrupted");
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  const timer = timeout === undefined
    ? undefined
    : setTimeout(() => resolve("time"), timeout * 1000);
  try {
    const lost = terminal.closed.then((error) => {
      throw error ?? new TerminalError("stopped", "the terminal was stopped");
    });
    return await Promise.race([work, promise, lost]);
  } finally {
    clearTimeout(timer);
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
  }
}

async function ask(call: IncomingCall): Promise<void> {
  say("answer? [y/n] ");
  const buffer = new Uint8Array(64);
  const length = await Deno.stdin.read(buffer);
  const answer = new TextDecoder().decode(buffer.subarray(0, length ?? 0)).trim().toLowerCase();
  if (answer.startsWith("y")) call.answer();
  else call.reject();
}

function watchAddress(terminal: Terminal): ReturnType<typeof setInterval> {
  const check = () => {
    const host = terminal.channel?.local.host;
    if (host === undefined || !terminal.registered) return;
    if (host.startsWith("127.")) return;
    const there = Deno.networkInterfaces().some(({ address }) => address.split("%")[0] === host);
    if (!there) void terminal.rebind();
  };
  const id = setInterval(check, ADDRESS_CHECK_MILLISECONDS);
  Deno.unrefTimer(id);
  return id;
}

function cliError(error: unknown): unknown {
  if (error instanceof TerminalError) {
    const exit = error.failure === "wrong-use" ? Exit.usage : Exit.broken;
    return new CliError(exit, error.message, { cause: error });
  }
  return error;
}

/**
 * What every `ntm serve` does around its server: the level of the log, and stopping at a signal.
 *
 * @module
 */
import type { LogLevel } from "../core/runtime/log.ts";
import { CliError, Exit } from "./output.ts";

const levels = ["debug", "info", "warning", "error"] as const;

/** The level that was asked for; `info` if none was. */
export function levelOf(text: string | undefined): LogLevel {
  if (text === undefined) return "info";
  const level = levels.find((each) => each === text);
  if (level !== undefined) return level;
  throw new CliError(Exit.usage, `NTM_LOG: "${text}" is no level; known: ${levels.join(", ")}`);
}

const signals = ["SIGINT", "SIGTERM"] as const;

/** Resolves at SIGINT or SIGTERM. Call it before anybody can know that the server runs. */
export async function toldToStop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of signals) Deno.addSignalListener(signal, resolve);
  await promise;
  for (const signal of signals) Deno.removeSignalListener(signal, resolve);
}

/** Waits for the signal, then stops the server; a second signal does not wait for anybody. */
export async function untilStopped(
  told: Promise<void>,
  server: { stop(): Promise<void> },
): Promise<void> {
  await told;
  const impatient = () => Deno.exit(Exit.broken);
  for (const signal of signals) Deno.addSignalListener(signal, impatient);
  await server.stop();
  for (const signal of signals) Deno.removeSignalListener(signal, impatient);
}

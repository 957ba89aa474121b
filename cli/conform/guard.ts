/**
 * What every subcommand of `ntm conform` shares: bad files end with status 2, numbers are checked.
 *
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { ConfigError, formatProblem } from "../../core/config/document.ts";
import { CliError, Exit } from "../output.ts";

/** Runs an action; problems of files become one message, status 2. */
export async function guarded<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const shown = error.problems.map((problem) => {
      const place = problem.file.startsWith(Deno.cwd() + "/")
        ? { ...problem, file: problem.file.slice(Deno.cwd().length + 1) }
        : problem;
      return formatProblem(place);
    });
    throw new CliError(Exit.usage, shown.join("\n"), { cause: error });
  }
}

/** An option that is a whole number of at least `least`. */
export function wholeNumber(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`expected a whole number of at least ${least}`);
    }
    return value;
  };
}

/** The version in deno.json. */
export async function toolVersion(): Promise<string> {
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  return String((JSON.parse(text) as { version?: unknown }).version ?? "0");
}

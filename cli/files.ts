/**
 * Files that commands read and write, with errors that say what to do.
 *
 * @module
 */
import { dirname } from "node:path";
import { CliError, Exit } from "./output.ts";

/** Largest file a command reads as a whole: 1 MiB. Keys, certificates and passwords are far below. */
export const FILE_LIMIT = 1 << 20;

/** Reads a text file. `what` names its role in the error: `certificate`, `password file`. */
export async function readText(path: string, what: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    if (size > FILE_LIMIT) {
      throw new CliError(Exit.usage, `${what} ${path} is larger than ${FILE_LIMIT} octets`);
    }
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(Exit.usage, `cannot read ${what} ${path}: ${reason(error)}`, {
      cause: error,
    });
  }
}

/** Refuses with status 2 when one of these files is there already. */
export async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const there = await Deno.lstat(path).then(() => true, () => false);
    if (there) {
      throw new CliError(Exit.usage, `${path} is there already; --force replaces it`);
    }
  }
}

/**
 * Writes a file, and its directory if there is none; under another name first, so that it is never half
 * there. `secret`: only its owner may read it.
 */
export async function writeWhole(
  path: string,
  text: string,
  { secret = false } = {},
): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(draft, text, { mode: secret ? 0o600 : 0o644, createNew: true });
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw new CliError(Exit.usage, `cannot write ${path}: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file or directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) return "not permitted by Deno's flags";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  return error instanceof Error ? error.message.split("\n")[0]! : String(error);
}

/**
 * Files that a command looks into.
 *
 * @module
 */
import { CliError, Exit } from "./output.ts";

/** Largest input that is read: 64 MiB. */
const INPUT_LIMIT = 1 << 26;

/** The octets of a file, or of stdin for `-`. Throws {@link CliError} if it cannot be read or is too large. */
export async function readInput(file: string): Promise<Uint8Array> {
  try {
    if (file !== "-" && (await Deno.stat(file)).size > INPUT_LIMIT) throw tooLarge(file);
    const bytes = file === "-" ? await readStdin() : await Deno.readFile(file);
    return bytes;
  } catch (error) {
    if (error instanceof CliError) throw error;
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new CliError(Exit.usage, `cannot read ${file}: ${why}`, { cause: error });
  }
}

async function readStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of Deno.stdin.readable) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > INPUT_LIMIT) throw tooLarge("stdin");
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function tooLarge(file: string): CliError {
  return new CliError(Exit.usage, `${file} is larger than ${INPUT_LIMIT} octets, cut it down`);
}

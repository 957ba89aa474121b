/**
 * Where a password comes from: a file, the environment, or the keyboard. Never a flag's value, which
 * every user of the machine could read in the process list.
 *
 * @module
 */
import { readText } from "./files.ts";
import { CliError, Exit } from "./output.ts";

/** Longest password taken, in UTF-16 units. */
export const PASSWORD_LIMIT = 1024;

/** Where to look. */
export interface PasswordSources {
  readonly file?: string;
  /** What to say when asking. */
  readonly prompt: string;
  /** False: nobody is asked. Default true. */
  readonly ask?: boolean;
  readonly environment?: { get(name: string): string | undefined };
}

/**
 * The password: first line of `file`, else NTM_PASSWORD, else asked for when stdin is a terminal.
 * Resolves to undefined when none of these is there.
 */
export async function findPassword(
  { file, prompt, ask = true, environment = Deno.env }: PasswordSources,
): Promise<string | undefined> {
  if (file !== undefined) {
    const [line] = (await readText(file, "password file")).split(/\r?\n/);
    return check(line ?? "", `password file ${file}`);
  }
  const given = environment.get("NTM_PASSWORD");
  if (given !== undefined) return check(given, "NTM_PASSWORD");
  if (!ask || !Deno.stdin.isTerminal()) return undefined;
  return check(await askHidden(prompt), "the password");
}

function check(password: string, where: string): string {
  if (password === "") throw new CliError(Exit.usage, `${where} is empty`);
  if (password.length > PASSWORD_LIMIT) {
    throw new CliError(Exit.usage, `${where} is longer than ${PASSWORD_LIMIT} characters`);
  }
  return password;
}

const ENTER = [10, 13];
const BACKSPACE = [8, 127];
const INTERRUPT = 3;
const END = 4;

async function askHidden(prompt: string): Promise<string> {
  await Deno.stderr.write(new TextEncoder().encode(prompt));
  const octets: number[] = [];
  const buffer = new Uint8Array(256);
  Deno.stdin.setRaw(true);
  try {
    while (true) {
      const count = await Deno.stdin.read(buffer);
      if (count === null) break;
      for (const octet of buffer.subarray(0, count)) {
        if (octet === INTERRUPT) throw new CliError(Exit.usage, "interrupted");
        if (octet === END || ENTER.includes(octet)) {
          return new TextDecoder().decode(new Uint8Array(octets));
        }
        if (BACKSPACE.includes(octet)) octets.pop();
        else if (octets.length < PASSWORD_LIMIT * 4) octets.push(octet);
      }
    }
    return new TextDecoder().decode(new Uint8Array(octets));
  } finally {
    Deno.stdin.setRaw(false);
    await Deno.stderr.write(new TextEncoder().encode("\n"));
  }
}

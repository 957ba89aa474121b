/**
 * What every command shares about talking: exit statuses, errors, colour, and what goes where. Data
 * goes to stdout, talk to stderr.
 *
 * A command's action returns when the command is done; `main` then ends the process. It reports failure
 * by throwing {@link CliError}, or by returning after {@link exitWith} when it has said all there is.
 *
 * @module
 */

/** Exit statuses of every command (docs/architecture.md). */
export const Exit = {
  /** Done. */
  ok: 0,
  /** Done, and the answer is no: a case failed, a call was refused, a message is invalid. */
  failed: 1,
  /** Wrong arguments or a bad file: nothing was tried. */
  usage: 2,
  /** It could not be tried: nobody there, not let in, or a fault of ours. */
  broken: 3,
} as const;

/** One of {@link Exit}'s values. */
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** Ends the command with one line on stderr and this status. `message` says what, where, what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  constructor(readonly exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = encoder.encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      // The reader left (`ntm … | head`): there is nobody to tell.
      if (error instanceof Deno.errors.BrokenPipe) return;
      throw error;
    }
  }
}

/** Writes a line of data to stdout. */
export function print(text: string): void {
  writeAll(Deno.stdout, text + "\n");
}

/** Writes a value as one line of JSON to stdout (JSON Lines), or indented when `indent` is set. */
export function printJson(value: unknown, indent?: number): void {
  print(JSON.stringify(value, null, indent));
}

/** Writes a line of talk to stderr. */
export function say(text: string): void {
  writeAll(Deno.stderr, text + "\n");
}

/** Sets the status the process ends with once the command's action has returned. */
export function exitWith(code: ExitCode): void {
  Deno.exitCode = code;
}

/** Whether to colour what goes to `stream`: a terminal, and NO_COLOR is unset or empty (no-color.org). */
export function useColor(stream: "stdout" | "stderr" = "stdout"): boolean {
  return !Deno.env.get("NO_COLOR") && Deno[stream].isTerminal();
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A text from elsewhere, made safe to show: control characters cannot move the cursor or forge a line. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`,
  );
}

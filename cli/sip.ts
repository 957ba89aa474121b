/**
 * `ntm sip`: look into SIP messages.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { readInput } from "./input.ts";
import { Exit, exitWith, printable, printJson, say } from "./output.ts";
import type { SipParseError } from "../core/sip/errors.ts";
import { StreamFramer } from "../core/sip/framing.ts";
import { parseMessage } from "../core/sip/parse.ts";
import { errorView, messageView } from "./sip_view.ts";

/** Options of `ntm sip parse`. */
export interface ParseFlags {
  readonly json?: true | undefined;
  readonly tolerant?: true | undefined;
  readonly stream?: true | undefined;
  readonly lf?: true | undefined;
}

/** The `sip` command with its subcommands. */
export function sipCommand(): Command {
  const sip = new Command("sip").description("Look into SIP messages.");
  sip.command("parse")
    .description(
      "Show a SIP message as JSON, or say what is wrong with it and where.\n\n" +
        "Exit status: 0 the message is valid (or could be read with --tolerant), 1 it is not,\n" +
        "2 the file cannot be read.",
    )
    .argument("[file]", "file that holds the message as it is on the wire; - is stdin", "-")
    .option("--json", "one line of JSON on stdout, also for what is wrong")
    .option("--tolerant", "read on where possible, and list what the grammar does not allow")
    .option("--stream", "the file is what came over TCP or TLS: one message after the other")
    .option(
      "--lf",
      "the file has line ends of LF: take each as CR LF, and end the head with the file",
    )
    .action(async (file, flags) => {
      const { data, talk, valid } = inspect(file, await readInput(file), flags);
      for (const value of data) printJson(value, flags.json ? undefined : 2);
      for (const line of talk) say(line);
      exitWith(valid ? Exit.ok : Exit.failed);
    });
  return sip as unknown as Command;
}

/** What `ntm sip parse` has to say about a file. */
export interface Inspection {
  /** Values for stdout, in order. */
  readonly data: unknown[];
  /** Lines for stderr. */
  readonly talk: string[];
  /** False if something is wrong with the file: exit status 1. */
  valid: boolean;
}

/** Reads what is in a file. `file` is its name for error texts. */
export function inspect(file: string, octets: Uint8Array, flags: ParseFlags): Inspection {
  const bytes = flags.lf ? withCrLf(octets) : octets;
  const inspection: Inspection = { data: [], talk: [], valid: true };
  if (flags.stream) inspectStream(file, bytes, flags, inspection);
  else inspectDatagram(file, bytes, flags, inspection);
  return inspection;
}

function inspectDatagram(file: string, bytes: Uint8Array, flags: ParseFlags, to: Inspection): void {
  const parsed = parseMessage(bytes, { mode: flags.tolerant ? "tolerant" : "strict" });
  if (!parsed.ok) return fail(file, parsed.error, flags, bytes, 0, to);
  to.data.push(messageView(parsed.message, parsed.deviations, { start: 0, total: bytes.length }));
}

function inspectStream(file: string, bytes: Uint8Array, flags: ParseFlags, to: Inspection): void {
  const framer = new StreamFramer({ mode: flags.tolerant ? "tolerant" : "strict" });
  for (const framed of [...framer.push(bytes), ...framer.end()]) {
    if (framed.kind === "message") {
      to.data.push(messageView(framed.message, framed.deviations, { start: framed.start }));
    } else if (framed.kind === "malformed") {
      fail(file, framed.error, flags, bytes, framed.start, to);
    } else {
      to.data.push({ kind: "ping" });
    }
  }
}

/** Notes what is wrong; `start` octets of the file come before the message. */
function fail(
  file: string,
  error: SipParseError,
  flags: ParseFlags,
  bytes: Uint8Array,
  start: number,
  to: Inspection,
): void {
  const linesBefore = bytes.subarray(0, start).reduce(
    (sum, octet) => sum + (octet === 10 ? 1 : 0),
    0,
  );
  const line = linesBefore + error.line;
  to.valid = false;
  if (flags.json) to.data.push(errorView(error, file, line, start));
  to.talk.push(
    `${file === "-" ? "stdin" : file}:${line}:${error.column}: ${printable(error.what)}`,
    `  ${error.clause}; octet ${start + error.offset}; a server answers ${error.status}`,
  );
}

/** Every bare LF as CR LF; an empty line at the end if there is none. */
export function withCrLf(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 10 && bytes[at - 1] !== 13) out.push(13);
    out.push(bytes[at]!);
  }
  const text = String.fromCharCode(...out.slice(-2));
  const hasBody = out.some((octet, at) =>
    octet === 10 && out[at - 1] === 13 && out[at - 2] === 10 && out[at - 3] === 13
  );
  if (!hasBody && text === "\r\n") out.push(13, 10);
  return Uint8Array.from(out);
}

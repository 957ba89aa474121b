/**
 * `ntm decode`: look into NTMobile datagrams.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { ConfigError, formatProblem, parseDocument } from "../core/config/document.ts";
import type { AssociationSecret } from "../core/ntm/key_schedule.ts";
import { CaptureError, isCapture, readCapture, route } from "./capture_file.ts";
import { type DatagramView, datagramView, keyFileSchema, keyRing } from "./decode_view.ts";
import { readInput } from "./input.ts";
import { CliError, Exit, exitWith, print, printable, printJson, say } from "./output.ts";

/** Options of `ntm decode`. */
export interface DecodeFlags {
  readonly hex?: true | undefined;
  readonly pcap?: true | undefined;
  readonly keys?: string | undefined;
  readonly json?: true | undefined;
}

/** A datagram and where it came from. */
export interface DecodedDatagram extends DatagramView {
  /** Its line or packet in the file, from 1. */
  readonly number: number;
  /** RFC 3339; of a capture. */
  readonly time?: string;
  /** `source > destination`; of a capture. */
  readonly route?: string;
}

/** The `decode` command. */
export function decodeCommand(): Command {
  const command = new Command("decode")
    .description(
      "Show NTMobile datagrams: their headers, and with the right keys their content.\n\n" +
        "The file is a capture (pcap, pcapng), hexadecimal text with one datagram a\n" +
        "line, or one datagram as it is; which one is found out unless an option says\n" +
        "so. A key file lists what somebody holds:\n\n" +
        "  associations:\n" +
        "    - { id: 0000deadbeef, label: kmndc, secret: <64 hexadecimal digits> }\n\n" +
        "Exit status: 0 all could be read, 1 something is no valid datagram or there is\n" +
        "none, 2 the file cannot be read.",
    )
    .argument("[file]", "- is stdin", "-")
    .option(
      "--hex",
      "hexadecimal text; spaces and colons may stand between octets, # begins a comment",
    )
    .option("--pcap", "a capture; UDP that is not NTMobile is left out")
    .option("--keys <file>", "keys, in YAML or JSON")
    .option("--json", "one JSON object a line for each datagram")
    .action(async (file, flags) => {
      const ring = flags.keys === undefined ? new Map() : await readKeys(flags.keys);
      const decoded = decode(file, await readInput(file), flags, ring);
      for (const one of decoded) {
        if (flags.json) printJson(one);
        else print(textOf(one));
      }
      if (decoded.length === 0) say("ntm: there is no NTMobile datagram in it");
      const bad = decoded.length === 0 || decoded.some(isBad);
      exitWith(bad ? Exit.failed : Exit.ok);
    });
  return command as unknown as Command;
}

function isBad({ problem, inside }: DatagramView): boolean {
  return problem !== undefined || (inside !== undefined && isBad(inside));
}

/** The datagrams of a file. `file` is its name for error texts. Throws {@link CliError}. */
export function decode(
  file: string,
  octets: Uint8Array,
  flags: DecodeFlags,
  ring: ReadonlyMap<number, readonly AssociationSecret[]>,
): DecodedDatagram[] {
  if (flags.hex && flags.pcap) {
    throw new CliError(Exit.usage, "--hex and --pcap exclude each other");
  }
  if (flags.pcap || !flags.hex && isCapture(octets)) return fromCapture(file, octets, ring);
  if (flags.hex || looksLikeHex(octets)) {
    return hexLines(file, new TextDecoder().decode(octets))
      .map(({ number, datagram }) => ({ number, ...datagramView(datagram, ring) }));
  }
  return [{ number: 1, ...datagramView(octets, ring) }];
}

function fromCapture(
  file: string,
  octets: Uint8Array,
  ring: ReadonlyMap<number, readonly AssociationSecret[]>,
): DecodedDatagram[] {
  try {
    return readCapture(octets).datagrams.flatMap((captured) => {
      const view = datagramView(captured.payload, ring);
      // Other traffic is in a capture too; what has no header of ours is not ours.
      if (view.type === undefined || view.message === "unknown type") return [];
      const time = new Date(captured.time).toISOString();
      return [{ number: captured.packet, time, route: route(captured), ...view }];
    });
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    const name = file === "-" ? "stdin" : file;
    throw new CliError(Exit.usage, `cannot read ${name}: ${error.message}`, { cause: error });
  }
}

function looksLikeHex(octets: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(octets.subarray(0, 4096));
  return /^\s*(#|[0-9a-f]{2}[\s:]*[0-9a-f]{2})/i.test(text) && /^[\x20-\x7e\s]*$/.test(text);
}

function hexLines(file: string, text: string): { number: number; datagram: Uint8Array }[] {
  return text.split("\n").flatMap((line, index) => {
    const digits = line.replace(/#.*$/, "").replace(/[\s:]/g, "");
    if (digits === "") return [];
    if (!/^([0-9a-f]{2})+$/i.test(digits)) {
      const name = file === "-" ? "stdin" : file;
      throw new CliError(
        Exit.usage,
        `${name}:${index + 1}: this is no hexadecimal text with two digits an octet`,
      );
    }
    return [{ number: index + 1, datagram: Uint8Array.fromHex(digits) }];
  });
}

async function readKeys(file: string) {
  const text = new TextDecoder().decode(await readInput(file));
  const parsed = parseDocument(text, { file, schema: keyFileSchema });
  if (parsed.ok) return keyRing(parsed.value);
  const problems = parsed.problems.map(formatProblem).join("\n");
  throw new CliError(Exit.usage, problems, { cause: new ConfigError(parsed.problems) });
}

/** A datagram for people: one line, and the content below it. */
export function textOf(one: DecodedDatagram): string {
  const start = [`${one.number}`, one.time, one.route, ...headLine(one)];
  return [start.filter((part) => part !== undefined).join("  "), ...bodyLines(one, "    ")]
    .join("\n");
}

function headLine(view: DatagramView): string[] {
  if (view.type === undefined) return [`no NTMobile datagram, ${view.octets} octets`];
  return [
    view.message ?? "",
    `path ${view.pathId}`,
    `sequence ${view.sequence}`,
    `${view.octets} octets`,
  ];
}

function bodyLines(view: DatagramView, indent: string): string[] {
  const { opened, fields, packet, inside, problem } = view;
  return [
    ...(opened ? [`${indent}under ${opened.label}, sealed by the ${opened.by}`] : []),
    ...fieldLines(fields, indent),
    ...fieldLines(packet, indent),
    ...(inside
      ? [`${indent}inside: ${headLine(inside).join("  ")}`, ...bodyLines(inside, indent + "    ")]
      : []),
    ...(inside && !inside.opened && !inside.problem ? [`${indent}    sealed; no key for it`] : []),
    ...(problem === undefined ? [] : [`${indent}problem: ${printable(problem)}`]),
  ];
}

function fieldLines(value: unknown, indent: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    const nested = typeof item === "object" && item !== null && !Array.isArray(item);
    if (nested) return [`${indent}${name}:`, ...fieldLines(item, indent + "    ")];
    const text = Array.isArray(item) ? item.join(", ") : String(item);
    return [`${indent}${name}: ${printable(text)}`];
  });
}

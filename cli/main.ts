/**
 * The `ntm` program. Each command is a module of its own, imported when it is the one asked for: `--help`
 * and `--version` load nothing but this file.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { CliError, Exit, type ExitCode, messageOf, print, say } from "./output.ts";

/** One top-level command: its line in `ntm --help`, and the module that makes it. */
interface Entry {
  readonly summary: string;
  load(): Promise<Command>;
}

// The casts drop the inferred argument and option types, which only the commands' own actions need.
const entries: Readonly<Record<string, Entry>> = {
  serve: {
    summary: "run a server role (sm)",
    load: async () => (await import("./serve.ts")).serveCommand() as unknown as Command,
  },
  lab: {
    summary: "a whole NTMobile network on loopback, ready to use",
    load: async () => (await import("./lab.ts")).labCommand() as unknown as Command,
  },
  node: {
    summary: "an NTMobile node: ping, send, listen, forward",
    load: async () => (await import("./node.ts")).nodeCommand() as unknown as Command,
  },
  terminal: {
    summary: "a SIP terminal: register, listen, call, message",
    load: async () => (await import("./terminal.ts")).terminalCommand() as unknown as Command,
  },
  conform: {
    summary: "judge an implementation by the conformance vectors",
    load: async () => (await import("./conform.ts")).conformCommand() as unknown as Command,
  },
  account: {
    summary: "accounts and registrations in a server's store",
    load: async () => (await import("./account.ts")).accountCommand() as unknown as Command,
  },
  ca: {
    summary: "make a certificate authority and certificates",
    load: async () => (await import("./ca.ts")).caCommand() as unknown as Command,
  },
  sip: {
    summary: "look into SIP messages",
    load: async () => (await import("./sip.ts")).sipCommand() as unknown as Command,
  },
  decode: {
    summary: "look into NTMobile datagrams: hex, pcap",
    load: async () => (await import("./decode.ts")).decodeCommand() as unknown as Command,
  },
};

function help(): string {
  const lines = Object.entries(entries).map(([name, { summary }]) =>
    `  ${name.padEnd(15)}${summary}`
  );
  const completion = `  ${
    "complete SHELL".padEnd(15)
  }print a completion script: bash, zsh, fish, powershell`;
  return [
    "Usage: ntm <command> [options]",
    "",
    "Secure real-time communication: servers, clients and a conformance suite.",
    "",
    "Commands:",
    ...lines,
    completion,
    "",
    "Options:",
    `  ${"-V, --version".padEnd(15)}print the version`,
    `  ${"-h, --help".padEnd(15)}help, also after a command`,
    `  ${"--debug".padEnd(15)}with an error, show where in the program it arose (NTM_DEBUG=1)`,
    "",
    "Exit status: 0 done, 1 the answer is no, 2 wrong use or a bad file, 3 it could not be tried.",
  ].join("\n");
}

/** The version in deno.json, which is where a release is named. */
async function version(): Promise<string> {
  const manifest = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  return `ntm ${manifest.version} (deno ${Deno.version.deno})`;
}

/** Gives a command and those below it our exit statuses and our way to say what is wrong. */
function adopt(command: Command): void {
  command.exitOverride().showSuggestionAfterError(true);
  command.configureOutput({
    writeErr: (text) => say(text.replace(/^error: /, "ntm: ").replace(/\n$/, "")),
    writeOut: (text) => print(text.replace(/\n$/, "")),
  });
  for (const child of command.commands) adopt(child as Command);
}

/** The program with the command asked for; the others are names only, so that a misspelt one finds its nearest. */
async function program(name: string): Promise<Command> {
  const { Command } = await import("@commander-js/extra-typings");
  const root = new Command("ntm");
  for (const [key, entry] of Object.entries(entries)) {
    const command = key === name || name === "complete" ? await entry.load() : new Command(key);
    root.addCommand(command.summary(entry.summary));
  }
  if (name === "complete") (await import("./completion.ts")).addCompletion(root);
  adopt(root);
  return root;
}

/** Says what went wrong; the status for it. */
export function report(error: unknown, debug: boolean): ExitCode {
  if (debug && error instanceof Error) say(error.stack ?? error.message);
  if (error instanceof CliError) {
    say(`ntm: ${error.message}`);
    return error.exit;
  }
  const [line] = messageOf(error).split("\n");
  say(`ntm: ${line}${debug ? "" : " (--debug shows where)"}`);
  return Exit.broken;
}

/** Runs `ntm` with these arguments; resolves to the exit status. */
export async function main(args: string[]): Promise<number> {
  const debug = args.includes("--debug") || !!Deno.env.get("NTM_DEBUG");
  const words = args.filter((arg) => arg !== "--debug");
  const first = words[0];
  if (first === undefined || first === "help" && words.length === 1) {
    (first === undefined ? say : print)(help());
    return first === undefined ? Exit.usage : Exit.ok;
  }
  try {
    if (first === "-h" || first === "--help") return print(help()), Exit.ok;
    if (first === "-V" || first === "--version") return print(await version()), Exit.ok;
    const root = await program(first === "help" ? words[1]! : first);
    await root.parseAsync(words, { from: "user" });
    return Deno.exitCode;
  } catch (error) {
    const { CommanderError } = await import("commander");
    // Commander has said what is wrong; its own status for that is 1, ours is 2.
    if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.ok : Exit.usage;
    return report(error, debug);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));

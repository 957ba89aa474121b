/**
 * `ntm terminal`: the reference SIP terminal.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { TerminalFlags } from "./terminal_settings.ts";

/** `ntm terminal register|listen|call|message`. */
export function terminalCommand() {
  return new Command("terminal")
    .description("a SIP terminal that registers, calls and is called, and judges Route-Security")
    .addCommand(registerCommand())
    .addCommand(listenCommand())
    .addCommand(callCommand())
    .addCommand(messageCommand())
    .addHelpText(
      "after",
      "\nThe password comes from --password-file, from NTM_PASSWORD, or is asked for. Every option of the\n" +
        "connection can stand in the file of --config or in NTM_… (NTM_SERVER, NTM_MINIMUM_LEVEL).\n\n" +
        "Exit status: 0 done, 1 refused or failed, 2 wrong use, 3 not registered: the server is not\n" +
        "there, does not accept the proof, or did not prove itself.",
    );
}

function registerCommand() {
  return connected("register", "register, say what the server granted, and deregister")
    .action(async (options) => {
      const { register } = await import("./terminal_run.ts");
      await register(flagsOf(options), options);
    });
}

function listenCommand() {
  return connected("listen", "stay registered and take calls and messages")
    .option(
      "--auto-answer",
      "answer every call; the default unless stdin is a terminal, then it asks",
    )
    .addOption(
      new Option("--reject [status]", "refuse every call, with 603 or this status")
        .argParser(status).conflicts("autoAnswer"),
    )
    .option("--calls <n>", "exit when this many calls are over", count)
    .action(async (options) => {
      const { listen } = await import("./terminal_run.ts");
      await listen(flagsOf(options), options);
    });
}

function callCommand() {
  return connected("call", "call somebody; hangs up when interrupted")
    .argument("<uri>", "who to call, for example sip:user-b@xyz.test")
    .option("--from <name>", "claim another name: to see what the server makes of it")
    .option("--duration <seconds>", "hang up this long after the answer", seconds)
    .action(async (uri, options) => {
      const { call } = await import("./terminal_run.ts");
      await call(uri, flagsOf(options), options);
    });
}

function messageCommand() {
  return connected("message", "send a text message (RFC 3428)")
    .argument("<uri>", "who to send it to")
    .argument("<text>", "what to say")
    .option("--from <name>", "claim another name: to see what the server makes of it")
    .action(async (uri, text, options) => {
      const { message } = await import("./terminal_run.ts");
      await message(uri, text, flagsOf(options), options);
    });
}

/** A command with the options of the connection. */
function connected(name: string, description: string) {
  return new Command(name)
    .description(description)
    .option("--config <file>", "YAML file with the options below")
    .option("--name <name>", "the terminal's name, sip:user@domain")
    .option("--server <host:port>", "its session manager (the domain of its name)")
    .addOption(
      new Option("--channel <kind>", "how to reach it (tls)").choices(["tls", "tcp", "udp"]),
    )
    .option("--trust <file>", "PEM file of the authorities to trust (tls)")
    .option("--certificate <file>", "PEM file of its own certificate chain")
    .option("--key <file>", "PEM file of the certificate's key")
    .option("--password-file <file>", "file whose first line is the password")
    .option("--local <address>", "IP address to connect from")
    .option("--expires <seconds>", "lifetime of the registration (3600)", count)
    .option("--minimum-level <0-3>", "level every link of a chain must have (3)", level)
    .addOption(
      new Option("--check <what>", "judge the whole chain, or the neighbour's value only (chain)")
        .choices(["chain", "neighbour"]),
    )
    .option("--add-from <0-3>", "level its link must have for it to add Route-Security (1)", level)
    .addOption(
      new Option("--key-information <rule>", "calls without it in SDP are refused (required)")
        .choices(["required", "optional"]),
    )
    .option("--timeout <seconds>", "give up after this long", seconds)
    .addOption(
      new Option("--log <level>", "what to write to stderr besides (NTM_LOG)")
        .choices(["debug", "info", "warning", "error"]),
    )
    .option("--json", "events as JSON Lines on stdout");
}

/** The options that are settings, and the file of the others. */
function flagsOf(options: TerminalFlags): TerminalFlags {
  const { name, server, channel, trust, certificate, key, passwordFile, local } = options;
  const { config, expires, minimumLevel, check, addFrom, keyInformation } = options;
  return {
    ...{ name, server, channel, trust, certificate, key, passwordFile, local },
    ...{ expires, minimumLevel, check, addFrom, keyInformation },
    ...(config !== undefined && { config }),
  };
}

function count(text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1.");
}

function level(text: string): number {
  if (/^[0-3]$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected 0, 1, 2 or 3.");
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 86_400) return value;
  throw new InvalidArgumentError("Expected seconds, from 0 to 86400.");
}

function status(text: string): number {
  if (/^[4-6][0-9][0-9]$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a status from 400 to 699.");
}

/**
 * `ntm node`: an NTMobile node.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { NodeFlags } from "./node_settings.ts";

/** `ntm node ping|send|listen|forward`. */
export function nodeCommand() {
  return new Command("node")
    .description("an NTMobile node: talks to correspondents by name, through encrypted tunnels")
    .addCommand(pingCommand())
    .addCommand(sendCommand())
    .addCommand(listenCommand())
    .addCommand(forwardCommand())
    .addHelpText(
      "after",
      "\nThe password comes from --password-file, from NTM_PASSWORD, or is asked for. Every option of the\n" +
        "connection can stand in the file of --config or in NTM_… (NTM_SERVER, NTM_MAIL).\n\n" +
        "Exit status: 0 done, 1 no answer, or the correspondent is not available, 2 wrong use,\n" +
        "3 not registered: a server is not there, does not accept the proof, or did not prove itself.",
    );
}

function pingCommand() {
  return connected("ping", "measure the way to a correspondent and back, through the tunnel")
    .argument("<fqdn>", "the correspondent's name, for example bob.b.ntm.test")
    .option("--count <n>", "how often (4)", count, 4)
    .option("--interval <seconds>", "between two (1)", seconds, 1)
    .option("--ipv6", "between the virtual IPv6 addresses")
    .action(async (fqdn, options) => {
      const { ping } = await import("./node_run.ts");
      await ping(fqdn, flagsOf(options), options);
    });
}

function sendCommand() {
  return connected("send", "send a datagram to a correspondent's virtual port")
    .argument("<fqdn>", "the correspondent's name")
    .argument("<port>", "its virtual port", port)
    .argument("<text>", "what to send")
    .option("--wait <seconds>", "wait so long for an answer and print it (0)", seconds, 0)
    .option("--ipv6", "between the virtual IPv6 addresses")
    .action(async (fqdn, to, text, options) => {
      const { send } = await import("./node_run.ts");
      await send(fqdn, to, text, flagsOf(options), options);
    });
}

function listenCommand() {
  return connected("listen", "stay registered and take what comes to a virtual port")
    .argument("<port>", "the virtual port", port)
    .option("--to <host:port>", "hand it to this local UDP program, and its answers back")
    .option("--echo", "send everything back")
    .action(async (at, options) => {
      const { listen } = await import("./node_run.ts");
      await listen(at, flagsOf(options), options);
    });
}

function forwardCommand() {
  return connected("forward", "make a local UDP port stand for a correspondent's virtual port")
    .argument("<local>", "where programs send to, for example 127.0.0.1:9000")
    .argument("<fqdn:port>", "the correspondent's name and virtual port")
    .option("--ipv6", "between the virtual IPv6 addresses")
    .action(async (local, target, options) => {
      const { forwardPort } = await import("./node_run.ts");
      await forwardPort(local, target, flagsOf(options), options);
    });
}

/** A command with the options of the connection. */
function connected(name: string, description: string) {
  return new Command(name)
    .description(description)
    .option("--config <file>", "YAML file with the options below")
    .addOption(
      new Option("--profile <name>", "how to log in (security)").choices(["security", "platform"]),
    )
    .option("--server <host:port>", "the AS")
    .option("--server-name <name>", "the name in its certificate (its host)")
    .option("--mail <address>", "mail address of the account (profile security)")
    .option("--fqdn <name>", "name of the node (profile platform)")
    .option("--trust <file>", "PEM file of the authorities to trust")
    .option("--certificate <file>", "PEM file of its own certificate chain")
    .option("--key <file>", "PEM file of the certificate's key")
    .option("--password-file <file>", "file whose first line is the password")
    .option("--local <addresses>", "addresses to bind to, one of a family (all interfaces)")
    .option("--port <port>", "UDP port to bind to (a free one)", localPort)
    .option("--interfaces <addresses>", "addresses to tell the DC (those of the interfaces)")
    .option("--application <id>", "application id (ntm)")
    .option("--timeout <seconds>", "give up after this long", seconds)
    .addOption(
      new Option("--log <level>", "what to write to stderr besides (NTM_LOG)")
        .choices(["debug", "info", "warning", "error"]),
    )
    .option("--json", "events as JSON Lines on stdout");
}

/** The options that are settings, and the file of the others. */
function flagsOf(options: NodeFlags): NodeFlags {
  const { config, profile, server, serverName, mail, fqdn, trust, certificate, key } = options;
  const { passwordFile, local, port, interfaces, application } = options;
  return {
    ...{ profile, server, serverName, mail, fqdn, trust, certificate, key },
    ...{ passwordFile, local, port, interfaces, application },
    ...(config !== undefined && { config }),
  };
}

function count(text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number from 1.");
}

function port(text: string): number {
  if (/^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("Expected a port from 1 to 65535.");
}

function localPort(text: string): number {
  return text === "0" ? 0 : port(text);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 86_400) return value;
  throw new InvalidArgumentError("Expected seconds, from 0 to 86400.");
}

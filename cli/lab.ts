/**
 * `ntm lab`: a whole NTMobile network on loopback, ready to use.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";

/** `ntm lab`. */
export function labCommand() {
  return new Command("lab")
    .description("AS, DCs and RSs of two operators, and two nodes, on loopback with one command")
    .addOption(
      new Option("--profile <name>", "how nodes log in").choices(["security", "platform"] as const)
        .default("security" as const),
    )
    .option("--relayed", "nodes look as behind different NATs, so that an RS relays")
    .option("--network <a.b.c>", "first three numbers of every address", network, "127.77.0")
    .option("--port <port>", "port of all servers", port, 4330)
    .option("--dns-port <port>", "port of both DCs' DNS", port, 5300)
    .option("--directory <path>", "where to put certificate and configurations, and leave them")
    .addOption(
      new Option("--log <level>", "what to write to stderr besides (warning)")
        .choices(["debug", "info", "warning", "error"] as const),
    )
    .option("--json", "one JSON object on stdout when all is up")
    .addHelpText(
      "after",
      "\nIt runs until Ctrl-C (SIGINT) or SIGTERM. alice@a and bob@b run within it and echo what comes to\n" +
        "virtual port 7; carol@a and dave@b are for `ntm node`, with a configuration each.\n\n" +
        "Exit status: 0 ended by a signal, 2 wrong use, 3 something did not start.",
    )
    .action(async (options) => {
      const { lab } = await import("./lab_run.ts");
      await lab(options);
    });
}

function network(text: string): string {
  if (/^127(\.(0|[1-9][0-9]{0,2})){2}$/.test(text) && text.split(".").every((n) => +n <= 255)) {
    return text;
  }
  throw new InvalidArgumentError("Expected three numbers of loopback, for example 127.77.0.");
}

function port(text: string): number {
  if (/^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("Expected a port from 1 to 65535.");
}

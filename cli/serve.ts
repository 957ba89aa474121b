/**
 * `ntm serve ROLE`: runs a server until it is told to stop.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { formatAddress } from "../core/net/address.ts";
import { NetworkError } from "../core/net/network.ts";
import { ConfigError, formatProblem, nearest } from "../core/config/document.ts";
import type { LogLevel } from "../core/runtime/log.ts";
import { StoreError } from "../core/store/mod.ts";
import type { SmConfig, SmServer } from "../servers/sm/mod.ts";
import { readText } from "./files.ts";
import { asCommand, dcCommand, rsCommand } from "./serve_ntm.ts";
import { levelOf, toldToStop, untilStopped } from "./serve_run.ts";
import { liveLog } from "./log.ts";
import { CliError, Exit, print, printable, printJson, say } from "./output.ts";

/** Roles there are; each has a subcommand of its own below. */
const roles = ["sm", "as", "dc", "rs"] as const;

/** `ntm serve`. */
export function serveCommand() {
  return new Command("serve")
    .description("run a server role until SIGINT or SIGTERM")
    .argument("<role>", `one of: ${roles.join(", ")}`)
    .allowExcessArguments()
    .action((role) => {
      const near = nearest(role, roles);
      const mean = near === undefined ? "" : `; did you mean "${near}"?`;
      throw new CliError(
        Exit.usage,
        `there is no role "${printable(role)}"${mean}; known roles: ${roles.join(", ")}`,
      );
    })
    .addCommand(smCommand())
    .addCommand(asCommand())
    .addCommand(dcCommand())
    .addCommand(rsCommand());
}

const several = (value: string, before: string[] | undefined) => [...before ?? [], value];

function smCommand() {
  return new Command("sm")
    .description("session manager: registers terminals, checks names and routes, forwards calls")
    .option("--config <file>", "configuration, for example ntm.yaml (NTM_CONFIG)")
    .option("--domain <domain>", "domain it serves")
    .option("--listen <kind:address:port>", "tls:127.0.0.1:5061; may be repeated", several)
    .option("--certificate <file>", "own certificate (PEM)")
    .option("--key <file>", "its private key (PEM)")
    .option("--trust <file>", "authority to trust (PEM); may be repeated", several)
    .option(
      "--neighbour <domain=address:port>",
      "server of another domain, over mutual TLS; may be repeated",
      several,
    )
    .option("--store <file>", "accounts and registrations (default: none kept)")
    .addOption(
      new Option("--mismatch <what>", "a Route-Security value that does not fit its link")
        .choices(["refuse", "mark"]),
    )
    .addOption(
      new Option("--check <what>", "on the way back: all values, or the server's own only")
        .choices(["chain", "neighbour"]),
    )
    .option("--minimum-level <0..3>", "refuse requests on links below this level")
    .option("--drain <milliseconds>", "how long stopping waits for what is under way")
    .addOption(
      new Option("--log <level>", "what to write to stderr (NTM_LOG)")
        .choices(["debug", "info", "warning", "error"]),
    )
    .option("--json", "ready lines and log as JSON")
    .action(async (options) => {
      const env = Deno.env.toObject();
      const configFile = options.config ?? env["NTM_CONFIG"];
      const config = await loadConfig({
        env,
        ...(configFile === undefined
          ? {}
          : { file: { name: configFile, text: await readText(configFile, "configuration") } }),
        flags: {
          "domain": options.domain,
          "listen": options.listen,
          "tls.certificate": options.certificate,
          "tls.key": options.key,
          "tls.trust": options.trust,
          "neighbours": options.neighbour,
          "store": options.store,
          "routeSecurity.mismatch": options.mismatch,
          "routeSecurity.check": options.check,
          "routeSecurity.minimumLevel": options.minimumLevel,
          "timers.drainMilliseconds": options.drain,
        },
      });
      await run(config, {
        json: options.json ?? false,
        level: levelOf(options.log ?? env["NTM_LOG"]),
      });
    });
}

interface Sources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly name: string; readonly text: string };
}

async function loadConfig(sources: Sources): Promise<SmConfig> {
  const { loadSmConfig } = await import("../servers/sm/config_file.ts");
  try {
    return await loadSmConfig({
      ...sources,
      now: Date.now(),
      readText: (path) => readText(path, "file"),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CliError(Exit.usage, error.problems.map(formatProblem).join("\n"), { cause: error });
  }
}

async function run(
  config: SmConfig,
  { json, level }: { readonly json: boolean; readonly level: LogLevel },
): Promise<void> {
  const { serve } = await import("../servers/sm/mod.ts");
  const { liveRuntime } = await import("../core/runtime/live.ts");
  // Before anybody can know that it runs, so that no signal finds it unprepared.
  const told = toldToStop();
  let server: SmServer;
  try {
    server = await serve(config, liveRuntime({ log: liveLog({ level, json }) }));
  } catch (error) {
    if (error instanceof NetworkError || error instanceof StoreError) {
      throw new CliError(Exit.broken, error.message, { cause: error });
    }
    throw error;
  }
  if (json) {
    printJson({
      role: "sm",
      domain: config.domain,
      listening: server.addresses.map(({ kind, address }) => ({
        kind,
        address: formatAddress(address),
      })),
    });
  } else {
    print(
      server.addresses.map(({ kind, address }) => `listening ${kind} ${formatAddress(address)}`)
        .join("\n"),
    );
  }
  await untilStopped(told, server);
  if (!json) say("stopped");
}

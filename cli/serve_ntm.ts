/**
 * `ntm serve as|dc|rs`: NTMobile's servers.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { type Address, formatAddress } from "../core/net/address.ts";
import { NetworkError } from "../core/net/network.ts";
import { ConfigError, formatProblem } from "../core/config/document.ts";
import type { Runtime } from "../core/runtime/runtime.ts";
import { StoreError } from "../core/store/mod.ts";
import type { NtmSources } from "../servers/ntm/settings.ts";
import { readText } from "./files.ts";
import { liveLog } from "./log.ts";
import { CliError, Exit, print, printJson, say } from "./output.ts";
import { levelOf, toldToStop, untilStopped } from "./serve_run.ts";

const several = (value: string, before: string[] | undefined) => [...before ?? [], value];

/** A server that runs: what the ready lines say of it. */
interface Running {
  readonly addresses: readonly Address[];
  readonly dns?: readonly Address[];
  stop(): Promise<void>;
}

/** Options of every role. */
function roleCommand(role: string, description: string) {
  return new Command(role)
    .description(description)
    .option("--config <file>", "configuration, for example ntm.yaml (NTM_CONFIG)")
    .option("--listen <address:port>", "for datagrams and TLS; may be repeated", several)
    .option("--certificate <file>", "own certificate, with the role in it (PEM)")
    .option("--key <file>", "its private key (PEM)")
    .option("--trust <file>", "authority to trust (PEM); may be repeated", several)
    .option("--store <file>", "keys and what else a restart needs (default: none kept)")
    .addOption(
      new Option("--log <level>", "what to write to stderr (NTM_LOG)")
        .choices(["debug", "info", "warning", "error"]),
    )
    .option("--json", "ready lines and log as JSON");
}

interface RoleOptions {
  readonly config?: string | undefined;
  readonly listen?: string[] | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly trust?: string[] | undefined;
  readonly store?: string | undefined;
  readonly log?: string | undefined;
  readonly json?: true | undefined;
}

/** `ntm serve as`. */
export function asCommand() {
  return roleCommand("as", "NTMobile's AS: accounts, login, bootstrap")
    .option("--dc <zone=name@address:port>", "a DC of the operator; may be repeated", several)
    .action(async ({ dc, ...options }) => {
      await serveRole("as", options, { dcs: dc }, async (sources, runtime) => {
        const { loadAsConfig } = await import("../servers/as/config_file.ts");
        const { serve } = await import("../servers/as/mod.ts");
        return await serve(await loadAsConfig(sources), runtime());
      });
    });
}

/** `ntm serve dc`. */
export function dcCommand() {
  return roleCommand("dc", "NTMobile's DC: nodes and name service of a zone, directions")
    .option("--zone <zone>", "zone whose nodes it manages")
    .option("--name <host>", "its own host name, as in its certificate")
    .option("--dns <address:port>", "answer DNS there; may be repeated", several)
    .option("--as <name@address:port>", "the operator's AS")
    .option("--relay <name@address:port>", "an RS of the operator; may be repeated", several)
    .option("--profile <profile>", "security or platform")
    .option("--virtual-ipv4 <share>", "share of 198.18.0.0/15 for the nodes")
    .option("--resolver <address:port>", "name server that finds other zones' DCs")
    .action(async (all) => {
      const { zone, name, dns, as, relay, profile, virtualIpv4, resolver, ...options } = all;
      const flags = {
        ...{ zone, name, dns, as, relays: relay, profile, resolver },
        "virtual.ipv4": virtualIpv4,
      };
      await serveRole("dc", options, flags, async (sources, runtime) => {
        const { loadDcConfig } = await import("../servers/dc/config_file.ts");
        const { serve } = await import("../servers/dc/mod.ts");
        return await serve(await loadDcConfig(sources), runtime());
      });
    });
}

/** `ntm serve rs`. */
export function rsCommand() {
  return roleCommand("rs", "NTMobile's RS: passes packets on between nodes, without reading them")
    .option("--zone <zone>", "a zone whose DC may use it; may be repeated (default: all)", several)
    .option("--workers <n>", "workers of the data plane")
    .action(async ({ zone, workers, ...options }) => {
      await serveRole("rs", options, { zones: zone, workers }, async (sources, runtime) => {
        const { loadRsConfig } = await import("../servers/rs/config_file.ts");
        const { serve } = await import("../servers/rs/mod.ts");
        return await serve(await loadRsConfig(sources), runtime());
      });
    });
}

async function serveRole(
  role: string,
  options: RoleOptions,
  flags: Readonly<Record<string, unknown>>,
  start: (sources: NtmSources, runtime: () => Runtime) => Promise<Running>,
): Promise<void> {
  const env = Deno.env.toObject();
  const json = options.json ?? false;
  const level = levelOf(options.log ?? env["NTM_LOG"]);
  const { liveRuntime } = await import("../core/runtime/live.ts");
  const name = options.config ?? env["NTM_CONFIG"];
  const sources: NtmSources = {
    env,
    ...(name === undefined ? {} : { file: { name, text: await readText(name, "configuration") } }),
    flags: {
      ...flags,
      "listen": options.listen,
      "tls.certificate": options.certificate,
      "tls.key": options.key,
      "tls.trust": options.trust,
      "store": options.store,
    },
    now: Date.now(),
    readText: (path) => readText(path, "file"),
  };
  // Before anybody can know that it runs, so that no signal finds it unprepared.
  const told = toldToStop();
  let server: Running;
  try {
    server = await start(sources, () => liveRuntime({ log: liveLog({ level, json }) }));
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new CliError(Exit.usage, error.problems.map(formatProblem).join("\n"), {
        cause: error,
      });
    }
    if (error instanceof NetworkError || error instanceof StoreError) {
      throw new CliError(Exit.broken, error.message, { cause: error });
    }
    throw error;
  }
  const listening = [
    ...server.addresses.map((address) => ["ntm", formatAddress(address)] as const),
    ...(server.dns ?? []).map((address) => ["dns", formatAddress(address)] as const),
  ];
  if (json) {
    printJson({ role, listening: listening.map(([kind, address]) => ({ kind, address })) });
  } else print(listening.map(([kind, address]) => `listening ${kind} ${address}`).join("\n"));
  await untilStopped(told, server);
  if (!json) say("stopped");
}

/**
 * What `ntm lab` does and says.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { NodeError } from "../client/node/mod.ts";
import { formatAddress } from "../core/net/address.ts";
import { NetworkError } from "../core/net/network.ts";
import type { Profile } from "../core/ntm/values.ts";
import { liveRuntime } from "../core/runtime/live.ts";
import type { LogLevel } from "../core/runtime/log.ts";
import { writeWhole } from "./files.ts";
import { type Lab, startLab } from "./lab_world.ts";
import { liveLog } from "./log.ts";
import { CliError, Exit, messageOf, print, printJson, say } from "./output.ts";

/** Options of the command. */
export interface LabRunOptions {
  readonly profile: Profile;
  readonly relayed?: true | undefined;
  readonly network: string;
  readonly port: number;
  readonly dnsPort: number;
  readonly directory?: string | undefined;
  readonly log?: LogLevel | undefined;
  readonly json?: true | undefined;
}

/** `ntm lab` */
export async function lab(options: LabRunOptions): Promise<void> {
  const { json, profile } = options;
  const runtime = liveRuntime({
    log: liveLog({ level: options.log ?? "warning", json: json === true }),
  });
  const end = Promise.withResolvers<void>();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, end.resolve);
  const own = options.directory === undefined
    ? await Deno.makeTempDir({ prefix: "ntm-lab-" })
    : undefined;
  const directory = own ?? resolve(options.directory!);
  let running: Lab | undefined;
  try {
    if (!json) say("starting AS, DCs, RSs and nodes …");
    running = await startLab({ ...options, relayed: options.relayed === true }, runtime);
    const configs = await writeFiles(running, directory, profile);
    if (json) printJson(facts(running, directory, configs, options));
    else print(guide(running, configs, options));
    await end.promise;
  } catch (error) {
    if (error instanceof CliError) throw error;
    const known = error instanceof NodeError || error instanceof NetworkError;
    const hint = error instanceof NetworkError && error.code === "address-in-use"
      ? "; is another lab running? --network 127.78.0 keeps them apart"
      : "";
    if (known) {
      throw new CliError(Exit.broken, `${messageOf(error)}${hint}`, { cause: error });
    }
    throw error;
  } finally {
    await running?.stop();
    if (own !== undefined) await Deno.remove(own, { recursive: true });
    for (const signal of signals) Deno.removeSignalListener(signal, end.resolve);
  }
  if (!json) say("the lab has ended");
}

/** The authority's certificate, and a configuration for each account that `ntm node` may use. */
async function writeFiles(
  { accounts, as, trust }: Lab,
  directory: string,
  profile: Profile,
): Promise<Record<string, string>> {
  await writeWhole(join(directory, "ca.pem"), trust);
  const configs: Record<string, string> = {};
  for (const { name, fqdn, mail, password, local, interfaces, runs } of accounts) {
    if (runs) continue;
    await writeWhole(join(directory, `${name}.password`), `${password}\n`, { secret: true });
    const lines = [
      `profile: ${profile}`,
      `server: ${formatAddress(as)}`,
      `serverName: ${as.name}`,
      `mail: ${mail}`,
      `fqdn: ${fqdn}`,
      `local: ${local}`,
      `interfaces: ${interfaces}`,
      "trust: ca.pem",
      `passwordFile: ${name}.password`,
    ];
    configs[name] = join(directory, `${name}.yaml`);
    await writeWhole(configs[name], lines.join("\n") + "\n");
  }
  return configs;
}

function facts(
  { as, operators, nodes, accounts }: Lab,
  directory: string,
  configs: Record<string, string>,
  { profile, relayed }: LabRunOptions,
) {
  return {
    profile,
    relayed: relayed === true,
    directory,
    trust: join(directory, "ca.pem"),
    as: { name: as.name, address: formatAddress(as) },
    operators: operators.map(({ zone, dc, rs, dns }) => ({
      zone,
      dc: formatAddress(dc),
      rs: formatAddress(rs),
      dns: formatAddress(dns),
    })),
    nodes: nodes.map(({ fqdn, virtual }) => ({ fqdn, ...virtual, echoPort: 7 })),
    accounts: accounts.filter(({ runs }) => !runs).map(({ name, fqdn }) => ({
      fqdn,
      config: configs[name],
    })),
  };
}

function guide(
  { as, operators, nodes }: Lab,
  { carol, dave }: Record<string, string>,
  { profile, relayed }: LabRunOptions,
): string {
  const way = relayed ? "relayed by an RS" : "directly";
  const [a, b] = operators;
  const bob = nodes[1]!;
  return [
    `up: profile ${profile}, tunnels ${way}`,
    `  AS         ${formatAddress(as)}`,
    ...operators.flatMap(({ zone, dc, rs, dns }) => [
      `  ${zone} DC ${formatAddress(dc)}, RS ${formatAddress(rs)}, DNS ${formatAddress(dns)}`,
    ]),
    ...nodes.map(({ fqdn, virtual: { ipv4, ipv6 } }) => `  ${fqdn}  ${ipv4}  ${ipv6}`),
    "",
    `Ping ${bob.fqdn} as carol of ${a!.zone}:`,
    `  ntm node ping ${bob.fqdn} --config ${carol}`,
    "A program that knows nothing of NTMobile: its port 9000 is bob's virtual port 7, which echoes:",
    `  ntm node forward 127.0.0.1:9000 ${bob.fqdn}:7 --config ${carol}`,
    "  nc -u 127.0.0.1 9000",
    `Two of your own: dave of ${b!.zone} listens, carol sends:`,
    `  ntm node listen 7000 --echo --config ${dave}`,
    `  ntm node send dave.b.ntm.test 7000 hello --wait 2 --config ${carol}`,
    `Ask a DC's DNS: dig @${b!.dns.host} -p ${b!.dns.port} ${bob.fqdn} AAAA`,
    "",
    "Ctrl-C ends it",
  ].join("\n");
}

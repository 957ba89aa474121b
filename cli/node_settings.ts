/**
 * Settings of `ntm node`: options over NTM_* over the file of `--config` over defaults.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { NodeConfig } from "../client/node/mod.ts";
import { ConfigError } from "../core/config/problem.ts";
import { resolveSettings, type Settings } from "../core/config/settings.ts";
import { isIpv6, parseIp } from "../core/net/address.ts";
import { NTM_PORT } from "../core/ntm/header.ts";
import { readText } from "./files.ts";
import { CliError, Exit } from "./output.ts";
import { findPassword } from "./password.ts";

/** The file of `ntm node --config`; its JSON Schema is docs/schemas/node.json. */
export const nodeSchema = z.strictObject({
  profile: z.enum(["security", "platform"]).default("security")
    .describe("How it logs in: at the AS, or at its DC"),
  server: z.string().describe("The AS, HOST or HOST:PORT"),
  serverName: z.string().optional().describe("Name in the AS's certificate; its host if omitted"),
  mail: z.string().optional().describe("Mail address of the account (security)"),
  fqdn: z.string().optional().describe("Name of the node (platform)"),
  local: z.string().optional()
    .describe("Addresses to bind to, one of a family, comma-separated; all interfaces if omitted"),
  port: z.int().min(0).max(65_535).default(0).describe("UDP port to bind to; 0 takes a free one"),
  interfaces: z.string().optional()
    .describe("Addresses to tell the DC, comma-separated; those of the interfaces if omitted"),
  trust: z.string().describe("PEM file of the authorities it trusts"),
  certificate: z.string().optional().describe("PEM file of its own certificate chain"),
  key: z.string().optional().describe("PEM file of the certificate's key"),
  passwordFile: z.string().optional().describe("File whose first line is the password"),
  application: z.string().default("ntm").describe("Application id"),
});

/** Checked settings. */
export type NodeFile = z.infer<typeof nodeSchema>;

/** Options that are settings, by the setting's name; undefined ones were not given. */
export type NodeFlags = Partial<Record<keyof NodeFile, unknown>> & { config?: string };

/** Puts the settings together and reads the files they name. Ends with status 2 if anything is wrong. */
export async function nodeConfig({ config, ...flags }: NodeFlags): Promise<NodeConfig> {
  const settings = await readSettings(config, flags);
  const { value } = settings;
  const path = (key: "trust" | "certificate" | "key" | "passwordFile") => {
    const text = value[key];
    if (text === undefined) return undefined;
    // A path in a file is relative to that file.
    return settings.source([key]) === "file" ? resolve(dirname(config!), text) : text;
  };
  const certificate = path("certificate");
  const key = path("key");
  if ((certificate === undefined) !== (key === undefined)) {
    throw new CliError(Exit.usage, "--certificate and --key go together: give both or neither");
  }
  const passwordFile = path("passwordFile");
  const password = await findPassword({
    ...(passwordFile !== undefined && { file: passwordFile }),
    // A certificate is proof enough; nobody is asked then.
    ask: certificate === undefined,
    prompt: `password of ${value.mail ?? value.fqdn ?? "the account"}: `,
  });
  const server = serverOf(value.server);
  const local = hosts("local", value.local) ?? everywhere();
  return {
    profile: value.profile,
    server: { ...server, ...(value.serverName !== undefined && { name: value.serverName }) },
    ...(value.mail !== undefined && { mail: value.mail }),
    ...(value.fqdn !== undefined && { fqdn: value.fqdn }),
    ...(password !== undefined && { password }),
    tls: {
      trust: [await readText(path("trust")!, "trusted certificates")],
      ...(certificate !== undefined && key !== undefined && {
        certificate: await readText(certificate, "certificate"),
        key: await readText(key, "key"),
      }),
    },
    local: local.map((host) => ({ host, port: value.port })),
    interfaces: hosts("interfaces", value.interfaces) ?? interfacesOf(local),
    application: value.application,
  };
}

async function readSettings(
  config: string | undefined,
  flags: Omit<NodeFlags, "config">,
): Promise<Settings<NodeFile>> {
  const file = config === undefined
    ? undefined
    : { name: config, text: await readText(config, "configuration") };
  try {
    const env = Deno.env.toObject();
    return resolveSettings({ schema: nodeSchema, flags, env, ...(file && { file }) });
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new CliError(Exit.usage, error.message, { cause: error });
    }
    throw error;
  }
}

function serverOf(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? NTM_PORT);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535) {
    throw new CliError(
      Exit.usage,
      `server "${text}": expected HOST, HOST:PORT or [IPv6]:PORT, for example 127.0.0.1:4330`,
    );
  }
  return { host, port };
}

function hosts(setting: string, text: string | undefined): string[] | undefined {
  return text?.split(",").map((part) => {
    const host = parseIp(part.trim());
    if (host !== undefined) return host;
    throw new CliError(Exit.usage, `${setting} "${part.trim()}": expected an IP address`);
  });
}

/** Addresses of this machine that others can mean; loopback where there is nothing else. */
function ownAddresses(): string[] {
  const all = Deno.networkInterfaces().flatMap(({ address }) => parseIp(address) ?? [])
    .filter((host) => !host.startsWith("fe80:"));
  const reachable = all.filter((host) => host !== "::1" && !host.startsWith("127."));
  return reachable.length > 0 ? reachable : all;
}

function everywhere(): string[] {
  return ownAddresses().some(isIpv6) ? ["0.0.0.0", "::"] : ["0.0.0.0"];
}

function interfacesOf(local: readonly string[]): string[] {
  const own = ownAddresses();
  const all = local.flatMap((host) => {
    if (host === "0.0.0.0") return own.filter((one) => !isIpv6(one));
    return host === "::" ? own.filter(isIpv6) : [host];
  });
  // As many as a Registration Request holds (docs/wire.md).
  return all.slice(0, 16);
}

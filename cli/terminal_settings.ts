/**
 * Settings of `ntm terminal`: options over NTM_* over the file of `--config` over defaults.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { ConfigError } from "../core/config/problem.ts";
import { resolveSettings, type Settings } from "../core/config/settings.ts";
import { parseIp } from "../core/net/address.ts";
import type { TlsCredentials } from "../core/net/network.ts";
import type { TerminalConfig } from "../client/terminal/config.ts";
import { readText } from "./files.ts";
import { CliError, Exit } from "./output.ts";
import { findPassword } from "./password.ts";

const ip = z.string().refine((text) => parseIp(text) !== undefined, "expected an IP address");

/** The file of `ntm terminal --config`; its JSON Schema is docs/schemas/terminal.json. */
export const terminalSchema = z.strictObject({
  name: z.string().regex(/^sip:[^@:;?\s<>]+@[^@;?\s<>]+$/, "expected sip:user@domain")
    .describe("Name of the terminal, for example sip:user-a@abc.test"),
  server: z.string().optional()
    .describe("Its session manager, HOST or HOST:PORT; the domain of the name if omitted"),
  channel: z.enum(["tls", "tcp", "udp"]).default("tls").describe("How to reach the server"),
  local: ip.optional().describe("IP address to connect from"),
  trust: z.string().optional().describe("PEM file of the authorities it trusts (tls)"),
  certificate: z.string().optional().describe("PEM file of its own certificate chain"),
  key: z.string().optional().describe("PEM file of the certificate's key"),
  passwordFile: z.string().optional().describe("File whose first line is the password"),
  expires: z.int().min(1).max(604_800).default(3600).describe("Seconds to register for"),
  minimumLevel: z.int().min(0).max(3).default(3).describe("Level every link must have"),
  check: z.enum(["chain", "neighbour"]).default("chain")
    .describe("Judge the whole chain, or the neighbour's value only"),
  addFrom: z.int().min(0).max(3).default(1)
    .describe("Level its own link must have for it to add Route-Security"),
  keyInformation: z.enum(["required", "optional"]).default("required")
    .describe("Whether calls without key information in SDP are refused"),
});

/** Checked settings. */
export type TerminalFile = z.infer<typeof terminalSchema>;

/** Options that are settings, by the setting's name; undefined ones were not given. */
export type TerminalFlags = Partial<Record<keyof TerminalFile, unknown>> & { config?: string };

/** Puts the settings together and reads the files they name. Ends with status 2 if anything is wrong. */
export async function terminalConfig({ config, ...flags }: TerminalFlags): Promise<TerminalConfig> {
  const settings = await readSettings(config, flags);
  const { value } = settings;
  const path = (key: "trust" | "certificate" | "key" | "passwordFile") => {
    const text = value[key];
    if (text === undefined) return undefined;
    // A path in a file is relative to that file.
    return settings.source([key]) === "file" ? resolve(dirname(config!), text) : text;
  };
  const tls = await credentials(value, path);
  const passwordFile = path("passwordFile");
  const password = await findPassword({
    ...(passwordFile !== undefined && { file: passwordFile }),
    // A certificate is proof enough; nobody is asked then.
    ask: tls?.certificate === undefined,
    prompt: `password of ${value.name}: `,
  });
  if (password === undefined && tls?.certificate === undefined) {
    throw new CliError(
      Exit.usage,
      "no proof of the name: give --password-file, NTM_PASSWORD, or --certificate and --key",
    );
  }
  return {
    name: value.name,
    server: server(value),
    ...(value.local !== undefined && { local: parseIp(value.local)! }),
    ...(password !== undefined && { password }),
    ...(tls && { tls }),
    routeSecurity: {
      addFrom: level(value.addFrom),
      minimumLevel: level(value.minimumLevel),
      check: value.check,
    },
    keyInformation: value.keyInformation,
    registration: { expiresSeconds: value.expires },
  };
}

async function readSettings(
  config: string | undefined,
  flags: Omit<TerminalFlags, "config">,
): Promise<Settings<TerminalFile>> {
  const file = config === undefined
    ? undefined
    : { name: config, text: await readText(config, "configuration") };
  try {
    return resolveSettings({
      schema: terminalSchema,
      flags,
      env: Deno.env.toObject(),
      ...(file && { file }),
    });
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new CliError(Exit.usage, error.message, { cause: error });
    }
    throw error;
  }
}

async function credentials(
  value: TerminalFile,
  path: (key: "trust" | "certificate" | "key") => string | undefined,
): Promise<TlsCredentials | undefined> {
  if (value.channel !== "tls") return undefined;
  const trust = path("trust");
  if (trust === undefined) {
    throw new CliError(Exit.usage, "a tls channel needs --trust FILE, the authority to trust");
  }
  const certificate = path("certificate");
  const key = path("key");
  if ((certificate === undefined) !== (key === undefined)) {
    throw new CliError(Exit.usage, "--certificate and --key go together: give both or neither");
  }
  return {
    trust: [await readText(trust, "trusted certificates")],
    ...(certificate !== undefined && key !== undefined && {
      certificate: await readText(certificate, "certificate"),
      key: await readText(key, "key"),
    }),
  };
}

function server(value: TerminalFile): TerminalConfig["server"] {
  const text = value.server ?? value.name.slice(value.name.indexOf("@") + 1);
  const match = /^(?:\[([^\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? (value.channel === "tls" ? 5061 : 5060));
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65535) {
    throw new CliError(
      Exit.usage,
      `server "${text}": expected HOST, HOST:PORT or [IPv6]:PORT, for example 127.0.0.1:5061`,
    );
  }
  return { kind: value.channel, host, port };
}

function level(value: number): 0 | 1 | 2 | 3 {
  return value as 0 | 1 | 2 | 3;
}

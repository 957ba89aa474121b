/**
 * From `ntm.yaml`, the environment and options to a {@link SmConfig}: reads the files that are named and
 * checks what no schema can.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import { ConfigError, type Problem } from "../../core/config/document.ts";
import { resolveSettings, type Settings } from "../../core/config/settings.ts";
import { type Address, parseAddress } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import { type SmConfig, smConfig } from "./config.ts";
import { type SmFile, smFileSchema } from "./config_schema.ts";
import { certificateProblem, keyProblem, trustProblem } from "./credentials.ts";

/** Where settings come from, and how to read the files they name. */
export interface SmSources {
  /** By path of the setting, `{ "tls.certificate": "abc.pem" }`. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly name: string; readonly text: string };
  /** Milliseconds since the Unix epoch: certificates are checked against it. */
  readonly now: number;
  /** Reads a text file; rejects with a message that says what is wrong. */
  readText(path: string): Promise<string>;
}

/**
 * The configuration. Paths in the file are relative to it; those in options and variables to the working
 * directory.
 *
 * @throws {ConfigError} with all that is wrong, each with its place
 */
export async function loadSmConfig(sources: SmSources): Promise<SmConfig> {
  const settings = resolveSettings({
    schema: smFileSchema,
    ...(sources.flags === undefined ? {} : { flags: sources.flags }),
    ...(sources.env === undefined ? {} : { env: sources.env }),
    ...(sources.file === undefined ? {} : { file: sources.file }),
  });
  const { value } = settings;
  const problems: Problem[] = [];
  const listen = value.listen.map((text) => ({
    kind: text.slice(0, 3) as "udp" | "tcp" | "tls",
    address: address(text.slice(4)),
  }));
  const neighbours = value.neighbours.map((text) => ({
    domain: text.slice(0, text.indexOf("=")).toLowerCase(),
    address: address(text.slice(text.indexOf("=") + 1)),
  }));
  const tls = await readCredentials(settings, sources, problems);
  const needsTls = listen.findIndex(({ kind }) => kind === "tls");
  if (needsTls >= 0 && value.tls.certificate === undefined) {
    problems.push(settings.problem(["listen", needsTls], {
      what: "a tls listener needs tls.certificate and tls.key (--certificate, --key)",
    }));
  }
  if (neighbours.length > 0 && value.tls.certificate === undefined) {
    problems.push(settings.problem(["neighbours"], {
      what: "neighbours are reached over mutual TLS: give tls.certificate and tls.key",
    }));
  }
  const { minimumSeconds, maximumSeconds } = value.registration;
  if (minimumSeconds > maximumSeconds) {
    problems.push(settings.problem(["registration", "minimumSeconds"], {
      what: `${minimumSeconds} is more than maximumSeconds, ${maximumSeconds}`,
    }));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return smConfig({
    ...value,
    ...{ listen, neighbours, tls },
    store: value.store === ":memory:"
      ? value.store
      : pathOf(settings, sources, ["store"], value.store),
  });
}

function address(text: string): Address {
  // The schema has accepted it.
  return parseAddress(text) as Address;
}

/** The credentials' files, each checked on its own and the key against its certificate. */
async function readCredentials(
  settings: Settings<SmFile>,
  sources: SmSources,
  problems: Problem[],
): Promise<TlsCredentials | undefined> {
  const { certificate, key, trust } = settings.value.tls;
  const read = async (
    path: readonly (string | number)[],
    name: string,
    check: (pem: string) => string | undefined,
  ) => {
    try {
      const pem = await sources.readText(pathOf(settings, sources, path, name));
      const what = check(pem);
      if (what === undefined) return pem;
      problems.push(settings.problem(path, { what: `${name}: ${what}` }));
    } catch (error) {
      problems.push(
        settings.problem(path, { what: error instanceof Error ? error.message : String(error) }),
      );
    }
    return undefined;
  };
  if ((certificate === undefined) !== (key === undefined)) {
    problems.push(settings.problem(["tls", certificate === undefined ? "key" : "certificate"], {
      what: "certificate and key belong together: give both or none",
    }));
    return undefined;
  }
  const trusted: string[] = [];
  for (const [index, name] of trust.entries()) {
    const pem = await read(["tls", "trust", index], name, trustProblem);
    if (pem !== undefined) trusted.push(pem);
  }
  if (certificate === undefined || key === undefined) {
    return trusted.length === 0 ? undefined : { trust: trusted };
  }
  const chain = await read(
    ["tls", "certificate"],
    certificate,
    (pem) => certificateProblem(pem, sources.now),
  );
  const secret = await read(["tls", "key"], key, (pem) => keyProblem(pem, chain));
  if (chain === undefined || secret === undefined) return undefined;
  return { certificate: chain, key: secret, trust: trusted };
}

/** A path of the file's is relative to the file. */
function pathOf(
  settings: Settings<SmFile>,
  { file }: SmSources,
  path: readonly (string | number)[],
  name: string,
): string {
  if (isAbsolute(name) || file === undefined || settings.source(path) !== "file") return name;
  return join(dirname(file.name), name);
}

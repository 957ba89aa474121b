/**
 * What the configurations of AS, DC and RS have in common: schema parts, and reading the files named.
 *
 *     listen: [192.0.2.10:4330, "[2001:db8::10]:4330"]
 *     tls: { certificate: as.pem, key: as.key.pem, trust: [ca.pem] }
 *     store: as.db
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import { z } from "zod";
import { ConfigError, type Problem } from "../../core/config/document.ts";
import { resolveSettings, type Settings } from "../../core/config/settings.ts";
import { type Address, parseAddress } from "../../core/net/address.ts";
import type { TlsCredentials } from "../../core/net/network.ts";
import { certificateProblem, keyProblem, trustProblem } from "../sm/credentials.ts";
import { NTM_LIMITS, NTM_TIMERS } from "./limits.ts";

const isAddress = (text: string): boolean => parseAddress(text) !== undefined;

/** `ADDRESS:PORT`. */
export const addressText = z.string().refine(
  isAddress,
  "is no address with port, such as 192.0.2.10:4330 or [2001:db8::10]:4330",
);
/** A host name or zone. */
export const domainText = z.string().max(253).regex(
  /^[A-Za-z0-9_]([A-Za-z0-9_-]*)(\.[A-Za-z0-9_-]+)*$/,
  "is no domain name, such as a.example",
);
/** `NAME@ADDRESS:PORT[,ADDRESS:PORT]`. */
export const serverText = z.string().refine(
  (text) => /^[A-Za-z0-9_.-]+@/.test(text) && parts(text).every(isAddress),
  "is not NAME@ADDRESS:PORT, such as as.a.example@192.0.2.10:4330; more addresses after commas",
);

function parts(text: string): string[] {
  return text.slice(text.indexOf("@") + 1).split(",");
}

/** A mapping whose keys are the given defaults', each a positive integer. */
export function numbers<T extends Readonly<Record<string, number>>>(defaults: T) {
  const kind = z.int().min(1).max(2 ** 31 - 1);
  const shape = Object.fromEntries(
    Object.entries(defaults).map(([key, value]) => [key, kind.default(value)]),
  ) as { [K in keyof T]: z.ZodDefault<z.ZodInt> };
  return z.strictObject(shape).prefault({} as never);
}

/** Fields that every role has. */
export const commonFields = {
  listen: z.array(addressText).min(1).max(16).describe("addresses for datagrams (UDP) and TLS"),
  tls: z.strictObject({
    certificate: z.string().min(1).describe("PEM file: own certificate, with the role in it"),
    key: z.string().min(1).describe("PEM file: private key of the certificate"),
    trust: z.array(z.string().min(1)).min(1).describe("PEM files: authorities to trust"),
  }),
  store: z.string().min(1).default(":memory:").describe("file of keys; :memory: keeps nothing"),
  limits: numbers({ ...NTM_LIMITS }),
  timers: numbers({ ...NTM_TIMERS }),
} as const;

/** Where settings come from, and how to read the files they name. */
export interface NtmSources {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly name: string; readonly text: string };
  /** Milliseconds since the Unix epoch: certificates are checked against it. */
  readonly now: number;
  /** Reads a text file; rejects with a message that says what is wrong. */
  readText(path: string): Promise<string>;
}

interface Common {
  readonly listen: readonly string[];
  readonly tls: { readonly certificate: string; readonly key: string; readonly trust: string[] };
  readonly store: string;
}

/** Settings with the common ones in their final form. Throws `ConfigError` with all that is wrong. */
export async function loadCommon<T extends Common>(
  schema: z.ZodType<T>,
  sources: NtmSources,
): Promise<
  & { readonly value: T; readonly listen: readonly Address[] }
  & { readonly tls: TlsCredentials; readonly store: string }
> {
  const { flags, env, file } = sources;
  const settings = resolveSettings({
    schema,
    ...(flags === undefined ? {} : { flags }),
    ...(env === undefined ? {} : { env }),
    ...(file === undefined ? {} : { file }),
  });
  const { value } = settings;
  const problems: Problem[] = [];
  const read = readerOf(settings, sources, problems);
  const { tls } = value;
  const trust = await Promise.all(
    tls.trust.map((name, index) => read(["tls", "trust", index], name, trustProblem)),
  );
  const certificate = await read(
    ["tls", "certificate"],
    tls.certificate,
    (pem) => certificateProblem(pem, sources.now),
  );
  const key = await read(
    ["tls", "key"],
    tls.key,
    (pem) => keyProblem(pem, certificate || undefined),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  const store = value.store === ":memory:"
    ? value.store
    : pathOf(settings, sources, ["store"], value.store);
  return { value, listen: value.listen.map(addressOf), tls: { certificate, key, trust }, store };
}

function readerOf<T>(settings: Settings<T>, sources: NtmSources, problems: Problem[]) {
  return async (
    path: readonly (string | number)[],
    name: string,
    check: (pem: string) => string | undefined,
  ): Promise<string> => {
    let what: string | undefined;
    try {
      const pem = await sources.readText(pathOf(settings, sources, path, name));
      what = check(pem);
      if (what === undefined) return pem;
      what = `${name}: ${what}`;
    } catch (error) {
      what = error instanceof Error ? error.message : String(error);
    }
    problems.push(settings.problem(path, { what }));
    return "";
  };
}

/** A path of the file's is relative to the file. */
function pathOf<T>(
  settings: Settings<T>,
  { file }: NtmSources,
  path: readonly (string | number)[],
  name: string,
): string {
  if (isAbsolute(name) || file === undefined || settings.source(path) !== "file") return name;
  return join(dirname(file.name), name);
}

/** An address that the schema has accepted. */
export function addressOf(text: string): Address {
  return parseAddress(text) as Address;
}

/** `NAME@ADDRESS:PORT,…` that the schema has accepted. */
export function serverOf(text: string): { name: string; addresses: readonly Address[] } {
  return {
    name: text.slice(0, text.indexOf("@")).toLowerCase(),
    addresses: parts(text).map(addressOf),
  };
}

/**
 * Attachment of a target file: a session manager over the network, a terminal as child processes, a codec
 * behind an adapter.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { type Address, parseIp } from "../../core/net/address.ts";
import { ConfigError, makeProblem } from "../../core/config/document.ts";
import { liveRuntime } from "../../core/runtime/live.ts";
import { type Document, readDocument, readText } from "../load/document.ts";
import { type Instance, type TargetFile, targetSchema } from "../format/target.ts";
import { isPrivateAddress } from "./safety.ts";
import { TargetAttachment } from "./target_attachment.ts";

/** A target file with its files read and its names resolved. */
export interface LoadedTarget {
  readonly value: TargetFile;
  /** Folder that paths are relative to. */
  readonly folder: string;
  readonly endpoints: ReadonlyMap<string, Readonly<Partial<Record<keyof Instance, Address>>>>;
  readonly neighbour?: Address | undefined;
  readonly trust: readonly string[];
  readonly authority?: { readonly certificate: string; readonly key: string } | undefined;
}

/** Reads a target file. Throws ConfigError; `allowPublic` lets it name public addresses. */
export async function loadTarget(
  file: string,
  options: { readonly allowPublic: boolean },
): Promise<TargetAttachment> {
  const document = await readDocument(file, targetSchema);
  const folder = dirname(resolve(file));
  const endpoints = new Map<string, Partial<Record<keyof Instance, Address>>>();
  const server = document.value["session-manager"];
  for (const [profile, instance] of Object.entries(server?.profiles ?? {})) {
    const places: Partial<Record<keyof Instance, Address>> = {};
    for (const [kind, text] of Object.entries(instance ?? {})) {
      const path = ["session-manager", "profiles", profile, kind];
      places[kind as keyof Instance] = await place(file, document, path, String(text), options);
    }
    endpoints.set(profile, places);
  }
  const path = ["session-manager", "neighbour", "listen"];
  const neighbour = server?.neighbour
    ? await place(file, document, path, server.neighbour.listen, options)
    : undefined;
  const trust = await Promise.all(
    (server?.trust ?? []).map((name) => readText(resolve(folder, name))),
  );
  const authority = server?.authority && {
    certificate: await readText(resolve(folder, server.authority.certificate)),
    key: await readText(resolve(folder, server.authority.key)),
  };
  return new TargetAttachment({
    value: document.value,
    folder,
    endpoints,
    neighbour,
    trust,
    authority,
  });
}

async function place(
  file: string,
  document: Document<TargetFile>,
  path: readonly string[],
  text: string,
  options: { readonly allowPublic: boolean },
): Promise<Address> {
  const fail = (what: string): never => {
    throw new ConfigError([makeProblem(file, document.positions(path), path, { what })]);
  };
  const at = text.lastIndexOf(":");
  const name = text.slice(0, at).replace(/^\[|\]$/g, "");
  const port = Number(text.slice(at + 1));
  if (port < 1 || port > 65_535) fail(`port ${port} is out of range: 1 to 65535`);
  const host = parseIp(name) ?? await lookUp(name);
  if (host === undefined) return fail(`"${name}" has no address`);
  if (!options.allowPublic && !isPrivateAddress(host)) {
    fail(
      `${host} is neither loopback nor private; vectors misbehave on purpose, so this needs ` +
        "--allow-public-targets",
    );
  }
  return { host, port };
}

async function lookUp(name: string): Promise<string | undefined> {
  try {
    return (await liveRuntime().network.resolve(name))[0];
  } catch {
    return undefined;
  }
}

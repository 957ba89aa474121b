/**
 * Settings from everywhere: options over environment over file over the schema's defaults.
 *
 * @module
 */
import type { z } from "zod";
import {
  ConfigError,
  makeProblem,
  type Path,
  type Position,
  type Problem,
  sortProblems,
} from "./problem.ts";
import { checkSchema } from "./schema_problems.ts";
import { fromText, settingPaths, withValue } from "./setting_values.ts";
import { DEFAULT_DOCUMENT_LIMITS, type DocumentLimits, readYaml, type YamlResult } from "./yaml.ts";

/** Where a setting came from. */
export type SettingSource = "option" | "environment" | "file" | "default";

/** Where settings may come from. */
export interface SettingsInput<T> {
  /** A mapping; what is required need not be in the file. */
  readonly schema: z.ZodType<T>;
  /**
   * Options by the path of their setting, steps joined by dots: `{ "store": "sm.db",
   * "routeSecurity.mismatch": "mark" }`. Those that are undefined were not given.
   */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** The environment, whole; read are the names that belong to a setting. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The text of the configuration file and its name. */
  readonly file?: { readonly name: string; readonly text: string };
  /** Before each environment name; `NTM_` if omitted. */
  readonly prefix?: string;
  readonly limits?: Partial<DocumentLimits>;
}

/** The settings, checked. */
export interface Settings<T> {
  readonly value: T;
  /** Where the setting at a path came from; of a mapping, where anything in it came from. */
  source(path: Path): SettingSource;
  /** For mistakes that only show later: the problem, at the place the setting came from. */
  problem(
    path: Path,
    facts: { what: string; allowed?: readonly string[]; written?: string },
  ): Problem;
}

/** One setting that an option or a variable gives. */
interface Given {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly source: SettingSource;
  /** What to call it in a problem. */
  readonly name: string;
}

const NOWHERE: Position = { line: 0, column: 0 };

/**
 * Puts the settings together and checks them as a whole.
 *
 * @throws {ConfigError} with all problems, those of the file first
 */
export function resolveSettings<T>(input: SettingsInput<T>): Settings<T> {
  const { schema, file } = input;
  const yaml = file && readFile(file, { ...DEFAULT_DOCUMENT_LIMITS, ...input.limits });
  if (yaml && !yaml.ok) throw new ConfigError(yaml.problems);
  const given = [
    ...fromEnvironment(schema, input.env ?? {}, input.prefix ?? "NTM_"),
    ...fromFlags(schema, input.flags ?? {}),
  ];
  let raw: unknown = yaml?.value ?? {};
  for (const { path, value } of given) raw = withValue(raw, path, value);

  const problem = (
    path: Path,
    { key = false, ...facts }: {
      what: string;
      allowed?: readonly string[];
      written?: string;
      key?: boolean;
    },
  ): Problem => {
    const from = giver(given, path);
    if (from) return makeProblem(from.name, NOWHERE, path, facts);
    if (yaml) return makeProblem(file.name, yaml.positions(path, { key }), path, facts);
    return makeProblem("settings", NOWHERE, path, facts);
  };
  const checked = checkSchema(schema, raw);
  const problems = [...yaml?.problems ?? []];
  if (!checked.ok) {
    for (const { path, ...facts } of checked.problems) problems.push(problem(path, facts));
  }
  if (!checked.ok || problems.length > 0) {
    const inFile = problems.filter(({ line }) => line > 0);
    throw new ConfigError([...sortProblems(inFile), ...problems.filter(({ line }) => line === 0)]);
  }
  return {
    value: checked.value,
    problem,
    source: (path) => {
      const from = giver(given, path) ?? given.findLast((one) => startsWith(one.path, path));
      if (from) return from.source;
      return yaml && has(yaml.value, path) ? "file" : "default";
    },
  };
}

/** `routeSecurity.minimumLevel` is `NTM_ROUTE_SECURITY_MINIMUM_LEVEL`. */
export function environmentName(path: Path, prefix = "NTM_"): string {
  return prefix +
    path.map((step) => String(step).replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")).join("_")
      .replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

/** `routeSecurity.minimumLevel` is `--route-security-minimum-level`. */
function optionName(path: Path): string {
  return "--" + environmentName(path, "").toLowerCase().replaceAll("_", "-");
}

function readFile(
  { name, text }: { readonly name: string; readonly text: string },
  limits: DocumentLimits,
): YamlResult {
  const yaml = readYaml(text, { file: name, limits });
  // An empty file sets nothing.
  return yaml.ok && yaml.value === null ? { ...yaml, value: {} } : yaml;
}

function fromEnvironment(
  schema: z.ZodType,
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
): Given[] {
  const found: Given[] = [];
  for (const path of settingPaths(schema)) {
    const name = environmentName(path, prefix);
    const text = env[name];
    if (text === undefined) continue;
    const value = fromText(schema, path, text);
    found.push({ path, value, source: "environment", name: `environment variable ${name}` });
  }
  return found;
}

function fromFlags(schema: z.ZodType, flags: Readonly<Record<string, unknown>>): Given[] {
  return Object.entries(flags).filter(([, value]) => value !== undefined).map(([key, value]) => {
    const path = key.split(".");
    return {
      path,
      value: typeof value === "string" ? fromText(schema, path, value) : value,
      source: "option",
      name: `option ${optionName(path)}`,
    };
  });
}

function has(value: unknown, path: Path): boolean {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return false;
    here = (here as Record<string, unknown>)[step];
  }
  return true;
}

/** The last one that gave the setting at `path`, or the setting it is in. */
function giver(given: readonly Given[], path: Path): Given | undefined {
  return given.findLast((one) => startsWith(path, one.path));
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}

/**
 * Finds and reads vectors.
 *
 * @module
 */
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError, type Problem, sortProblems } from "../../core/config/document.ts";
import type { SchemaProblem } from "../../core/config/schema_problems.ts";
import type { LoadedVector } from "../expand/plan.ts";
import { vectorSchema } from "../format/vector.ts";
import { type Requirement, requirementsSchema } from "../format/requirements.ts";
import { placed, readDocument } from "./document.ts";
import { checkSemantics, stepLists } from "./semantics.ts";

/** The vectors that come with the program. */
export const defaultVectors = fileURLToPath(new URL("../../vectors", import.meta.url));

/** Vector files of a folder that may be read; a suite is far smaller. */
export const vectorFileLimit = 20_000;

/** The suite: its vectors and the requirements they name. */
export interface Suite {
  readonly folder: string;
  readonly vectors: readonly LoadedVector[];
  readonly requirements: ReadonlyMap<string, Requirement>;
}

/** Reads a folder of vectors. Throws {@link ConfigError} with every problem of every file. */
export async function loadSuite(folder: string = defaultVectors): Promise<Suite> {
  const requirements = await loadRequirements(folder);
  const { vectors, problems } = await loadVectors(await vectorFiles(folder), folder, requirements);
  if (problems.length > 0) throw new ConfigError(problems);
  return { folder, vectors, requirements };
}

/** Reads files one by one; those without problems are returned, the problems of all as well. */
export async function loadVectors(
  files: readonly string[],
  folder: string,
  requirements: ReadonlyMap<string, Requirement>,
): Promise<{ vectors: LoadedVector[]; problems: Problem[] }> {
  const vectors: LoadedVector[] = [];
  const problems: Problem[] = [];
  const known = requirements.size > 0 ? new Set(requirements.keys()) : undefined;
  for (const file of files) {
    try {
      vectors.push(await loadVector(file, folder, known));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  return { vectors, problems };
}

/** Reads one vector. Throws {@link ConfigError}. */
export async function loadVector(
  file: string,
  folder: string,
  requirements: ReadonlySet<string> | undefined,
): Promise<LoadedVector> {
  const { value, positions } = await readDocument(file, vectorSchema);
  const found = [
    ...checkSemantics(value, requirements),
    ...await checkFiles(file, stepLists(value)),
  ];
  const problems = sortProblems(placed(file, positions, found));
  if (problems.length > 0) throw new ConfigError(problems);
  const id = relative(folder, resolve(file)).replace(/\\/g, "/").replace(/\.ya?ml$/, "");
  return {
    id,
    file,
    vector: value,
    place: (path) => {
      const { line, column } = positions(path);
      return `${relative(Deno.cwd(), file) || file}:${line}:${column}`;
    },
  };
}

/** Files named by `raw: { file }` must be there. */
async function checkFiles(
  file: string,
  lists: ReturnType<typeof stepLists>,
): Promise<SchemaProblem[]> {
  const problems: SchemaProblem[] = [];
  const visit = async (value: unknown, path: (string | number)[]): Promise<void> => {
    if (typeof value !== "object" || value === null) return;
    const named = (value as { file?: unknown }).file;
    if (typeof named === "string" && !named.includes("${")) {
      if (!await exists(join(dirname(file), named))) {
        problems.push({ path: [...path, "file"], key: false, what: `there is no file ${named}` });
      }
    }
    for (const [key, item] of Object.entries(value)) await visit(item, [...path, key]);
  };
  for (const { path, steps } of lists) {
    for (const [index, step] of steps.entries()) await visit(step, [...path, index]);
  }
  return problems;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** Reads `requirements.yaml` of the folder; without one, nothing is known and nothing is checked. */
export async function loadRequirements(folder: string): Promise<Map<string, Requirement>> {
  const file = join(folder, "requirements.yaml");
  if (!await exists(file)) return new Map();
  const { value } = await readDocument(file, requirementsSchema);
  return new Map(value.requirements.map((one) => [one.id, one]));
}

/** The vector files below a folder, sorted by path. */
export async function vectorFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (path: string): Promise<void> => {
    for await (const entry of Deno.readDir(path)) {
      const below = join(path, entry.name);
      if (entry.isDirectory) await walk(below);
      else if (/\.ya?ml$/.test(entry.name) && below !== join(folder, "requirements.yaml")) {
        files.push(below);
      }
      if (files.length > vectorFileLimit) {
        throw new RangeError(`${folder} has over ${vectorFileLimit} vectors`);
      }
    }
  };
  try {
    await walk(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ConfigError([{
      file: folder,
      line: 0,
      column: 0,
      path: [],
      what: "there is no such folder of vectors",
    }]);
  }
  return files.sort();
}

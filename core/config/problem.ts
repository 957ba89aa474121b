/**
 * What is wrong with a file, an option or an environment variable, and where.
 *
 * @module
 */
import { nearest } from "./nearest.ts";

/** Where a value is: keys of mappings and indexes (from 0) of lists, from the top. */
export type Path = readonly (string | number)[];

/** A place in a text, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One mistake. */
export interface Problem {
  /** Name of the file as it was given, or of the option or environment variable. */
  readonly file: string;
  /** From 1; 0 where there are no lines (options, environment). */
  readonly line: number;
  /** From 1; 0 where there are no lines. */
  readonly column: number;
  readonly path: Path;
  /** What is wrong, without full stop. */
  readonly what: string;
  /** Names or values that are allowed there. */
  readonly allowed?: readonly string[];
  /** The allowed one that is most like what was written. */
  readonly nearest?: string;
}

/** What makes a problem besides its place. */
export interface ProblemFacts {
  readonly what: string;
  readonly allowed?: readonly string[];
  /** What was written, to find the nearest allowed one. */
  readonly written?: string;
}

/** Allowed names shown before the list is cut. */
const SHOWN = 20;

/** Puts a problem together and finds the nearest allowed name. */
export function makeProblem(
  file: string,
  position: Position,
  path: Path,
  { what, allowed, written }: ProblemFacts,
): Problem {
  const near = written === undefined || !allowed ? undefined : nearest(written, allowed);
  return {
    file,
    ...position,
    path,
    what,
    ...(allowed && allowed.length > 0 ? { allowed } : {}),
    ...(near === undefined ? {} : { nearest: near }),
  };
}

/**
 * One line: `ntm.yaml:3:5: listen[0].kind: "tsl" is not allowed; did you mean "tls"? Allowed: udp, tcp,
 * tls`.
 */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, what, allowed, nearest: near } = problem;
  const where = line > 0 ? `${file}:${line}:${column}` : file;
  const at = path.length > 0 ? `${formatPath(path)}: ` : "";
  const mean = near === undefined ? "" : `; did you mean "${near}"?`;
  const shown = allowed?.slice(0, SHOWN).join(", ");
  const more = allowed && allowed.length > SHOWN ? ` and ${allowed.length - SHOWN} more` : "";
  const list = shown ? `${mean ? " Allowed" : "; allowed"}: ${shown}${more}` : "";
  return `${where}: ${at}${what}${mean}${list}`;
}

/** `listen[0].kind`; keys that are no plain words in quotes. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** In the order of the text. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Everything that is wrong with a configuration, in one go. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
  }
}

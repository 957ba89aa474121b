/**
 * `ntm conform run`: judge an implementation.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { nearest } from "../../core/config/document.ts";
import { plan, type PlannedCase } from "../../conformance/expand/plan.ts";
import { isSelected } from "../../conformance/expand/select.ts";
import { levels } from "../../conformance/format/vector.ts";
import { profileNames } from "../../conformance/format/profiles.ts";
import { applyExpectedFailures, loadExpectedFailures } from "../../conformance/load/expected.ts";
import { loadSuite, type Suite } from "../../conformance/load/vectors.ts";
import { type ReporterName, reporters } from "../../conformance/report/mod.ts";
import { exitStatus, makeReport } from "../../conformance/report/summary.ts";
import { runCases } from "../../conformance/run/run.ts";
import { CliError, Exit, exitWith, print, say, useColor } from "../output.ts";
import { attachmentFor } from "./attachment.ts";
import { guarded, toolVersion, wholeNumber } from "./guard.ts";
import { Progress } from "./progress.ts";
import { collect, collectGlob, selectionOf } from "./selection.ts";

/** The command. */
export function runCommand() {
  return new Command("run")
    .description("run the vectors against the reference, or against the target of a file")
    .option(
      "--target <file>",
      "target file (see ntm conform init); default: the embedded reference",
    )
    .option("--sim", "the reference in a simulated network and virtual time")
    .option("--suite <path>", "only below this path, such as sm/spoof", collect)
    .option("--requirement <id>", "only for this requirement, such as SM-5", collect)
    .option("--profile <name>", "only cases that need this profile", several(profileNames))
    .option("--level <level>", "only must, should or may", several(levels))
    .option("--filter <glob>", "only ids that match", collectGlob)
    .option("--vectors <dir>", "folder of vectors (default: those that come with ntm)")
    .option("--jobs <n>", "cases at once", wholeNumber(1), 4)
    .option("--seed <n>", "seed of the simulation", wholeNumber(0))
    .option("--timeout <ms>", "how long a step waits for what it expects", wholeNumber(1))
    .option(
      "--quiet-time <ms>",
      "how long nothing must come where no barrier is possible",
      wholeNumber(1),
    )
    .option("--expected-failures <file>", "cases known to fail, with reasons")
    .option("--fail-fast", "stop at the first failure")
    .option("--reporter <name>", `form of the report: ${names.join(", ")}`, oneReporter, "human")
    .option("--output <file>", "write the report there instead of to stdout")
    .option("--no-ladder", "leave ladder diagrams out of the human report")
    .option(
      "--allow-public-targets",
      "also take targets that are not on loopback or a private network",
    )
    .action((options) => guarded(() => run(options)));
}

const names = Object.keys(reporters) as ReporterName[];

/** A repeatable option with a fixed set of values; commas separate too. */
function several(values: readonly string[]) {
  return (value: string, before: string[] | undefined): string[] => {
    const all = collect(value, before);
    const wrong = all.find((one) => !values.includes(one));
    if (wrong !== undefined) throw notAllowed(wrong, values);
    return all;
  };
}

function oneReporter(value: string): ReporterName {
  const name = names.find((one) => one === value);
  if (name === undefined) throw notAllowed(value, names);
  return name;
}

function notAllowed(value: string, values: readonly string[]): InvalidArgumentError {
  const near = nearest(value, values);
  return new InvalidArgumentError(
    `${near ? `did you mean "${near}"? ` : ""}allowed: ${values.join(", ")}`,
  );
}

interface RunFlags {
  readonly target?: string | undefined;
  readonly sim?: true | undefined;
  readonly suite?: string[] | undefined;
  readonly requirement?: string[] | undefined;
  readonly profile?: string[] | undefined;
  readonly level?: string[] | undefined;
  readonly filter?: string[] | undefined;
  readonly vectors?: string | undefined;
  readonly jobs: number;
  readonly seed?: number | undefined;
  readonly timeout?: number | undefined;
  readonly quietTime?: number | undefined;
  readonly expectedFailures?: string | undefined;
  readonly failFast?: true | undefined;
  readonly reporter: ReporterName;
  readonly output?: string | undefined;
  readonly ladder: boolean;
  readonly allowPublicTargets?: true | undefined;
}

/** Either ends the run after the cases that are under way; the report holds what was run until then. */
const signals = ["SIGINT", "SIGTERM"] as const;

async function run(flags: RunFlags): Promise<void> {
  if (flags.target !== undefined && flags.sim) {
    throw new CliError(
      Exit.usage,
      "--sim is for the embedded reference; leave out --target or --sim",
    );
  }
  const suite = await loadSuite(flags.vectors);
  const expected = flags.expectedFailures === undefined
    ? []
    : await loadExpectedFailures(flags.expectedFailures);
  const all = suite.vectors.flatMap(plan);
  const cases = select(all, flags, suite);
  const attachment = await attachmentFor(flags);
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 32);
  const progress = new Progress(cases.length);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  const began = performance.now();
  try {
    const results = await runCases(cases, attachment, {
      seed,
      jobs: flags.jobs,
      signal: stop.signal,
      progress: (result, done) => progress.show(result, done),
      ...(flags.failFast ? { failFast: true } : {}),
      times: {
        ...(flags.timeout === undefined ? {} : { timeoutMilliseconds: flags.timeout }),
        ...(flags.quietTime === undefined ? {} : { quietMilliseconds: flags.quietTime }),
      },
    });
    progress.clear();
    const judged = applyExpectedFailures(results, expected, all.map(({ id }) => id));
    const report = makeReport({
      version: await toolVersion(),
      target: { name: attachment.name, mode: attachment.mode },
      seed,
      milliseconds: performance.now() - began,
      ...judged,
    });
    const text = reporters[flags.reporter](report, {
      clause: (id) => suite.requirements.get(id)?.clause,
      color: flags.output === undefined && useColor("stdout"),
      ladders: flags.ladder,
    });
    if (flags.output === undefined) print(text.replace(/\n$/, ""));
    else await Deno.writeTextFile(flags.output, text);
    if (stop.signal.aborted) say("interrupted: the report holds what was run until then");
    exitWith(stop.signal.aborted ? Exit.broken : exitStatus(report));
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
    progress.clear();
    await attachment.close();
  }
}

function select(all: readonly PlannedCase[], flags: RunFlags, suite: Suite): PlannedCase[] {
  for (const id of flags.requirement ?? []) {
    if (!suite.requirements.has(id)) {
      throw new CliError(Exit.usage, `no requirement has the number ${id}`);
    }
  }
  const selection = selectionOf(flags);
  const cases = all.filter((one) => isSelected(one, selection));
  if (cases.length === 0) {
    throw new CliError(Exit.usage, "no case is selected; loosen the options (ntm conform list)");
  }
  return cases;
}

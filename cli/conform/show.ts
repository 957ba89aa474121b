/**
 * `ntm conform show`: one vector or case, its requirement and its steps.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { stringify } from "yaml";
import { nearest } from "../../core/config/document.ts";
import { plan, type PlannedCase, type PlannedStep } from "../../conformance/expand/plan.ts";
import { loadSuite, type Suite } from "../../conformance/load/vectors.ts";
import { CliError, Exit, print, printJson } from "../output.ts";
import { guarded } from "./guard.ts";

/** The command. */
export function showCommand() {
  return new Command("show")
    .description(
      "show a vector or a case: what it checks, and its steps with axes and changes filled in",
    )
    .argument("<id>", "id of a vector or of a case (ntm conform list)")
    .option("--vectors <dir>", "folder of vectors (default: those that come with ntm)")
    .option("--json", "print one JSON object")
    .action((id, options) =>
      guarded(async () => {
        const suite = await loadSuite(options.vectors);
        const all = suite.vectors.flatMap(plan);
        const exact = all.filter((one) => one.id === id);
        const stem = (one: PlannedCase) => one.id.replace(/\[.*$/, "");
        const found = exact.length > 0
          ? exact
          : all.filter((one) => one.source.id === id || stem(one) === id);
        if (found.length === 0) throw unknown(id, all);
        if (options.json) printJson(view(found, suite), 2);
        else show(found, suite);
      })
    );
}

function unknown(id: string, all: readonly PlannedCase[]): CliError {
  const ids = new Set(all.flatMap((one) => [one.source.id, one.id]));
  const near = nearest(id, ids);
  const mean = near === undefined ? "see ntm conform list" : `did you mean "${near}"?`;
  return new CliError(Exit.usage, `no vector or case has the id "${id}"; ${mean}`);
}

function view(found: readonly PlannedCase[], suite: Suite) {
  const first = found[0]!;
  const steps = (list: readonly PlannedStep[]) => list.map(({ step }) => step);
  return {
    vector: first.source.id,
    file: first.source.file,
    title: first.source.vector.title,
    why: first.source.vector.why,
    requirements: [...new Set(found.flatMap(({ requirement }) => requirement))].map((id) =>
      suite.requirements.get(id) ?? { id }
    ),
    cases: found.map((one) => ({
      id: one.id,
      title: one.title,
      level: one.level,
      needs: one.needs,
      peers: one.peers,
      setup: steps(one.setup),
      control: steps(one.control),
      steps: steps(one.steps),
    })),
  };
}

function show(found: readonly PlannedCase[], suite: Suite): void {
  const { file, title, why, requirements, cases } = view(found, suite);
  print(title);
  if (why !== undefined) print(`why: ${why}`);
  for (const one of requirements) {
    print("text" in one ? `${one.id}: ${one.text} (${one.clause})` : one.id);
  }
  print(`file: ${file}`);
  const [first] = cases;
  if (cases.length > 1) {
    print("");
    print(`${cases.length} cases, the steps of the first one below`);
    for (const one of cases) print(`  ${one.id}`);
  }
  if (!first) return;
  print("");
  print(`${first.id}  (${first.level}; needs ${first.needs.join(", ")})`);
  const { peers, setup, control, steps } = first;
  const shown = Object.fromEntries(
    Object.entries({ peers, setup, control, steps }).filter(([, value]) =>
      Object.keys(value).length > 0
    ),
  );
  print(stringify(shown, { lineWidth: 110 }).trimEnd());
}

/**
 * `ntm conform self-test`: the suite proves itself against its mutants.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { plan } from "../../conformance/expand/plan.ts";
import { isSelected } from "../../conformance/expand/select.ts";
import { loadSuite } from "../../conformance/load/vectors.ts";
import { type SelfTest, selfTest, selfTestProblems } from "../../conformance/run/kill_matrix.ts";
import { CliError, Exit, exitWith, print, printJson, say } from "../output.ts";
import { guarded, wholeNumber } from "./guard.ts";
import { collect, collectGlob, selectionOf } from "./selection.ts";

/** The command. */
export function selfTestCommand() {
  return new Command("self-test")
    .description(
      "show that the reference passes, each mutant is caught and each vector catches one",
    )
    .option("--suite <path>", "only below this path, such as sm/spoof", collect)
    .option("--filter <glob>", "only ids that match", collectGlob)
    .option("--mutant <id>", "only this mutant; vectors need not catch one then", collect)
    .option("--live", "over real sockets instead of in the simulator")
    .option("--seed <n>", "seed of the simulation", wholeNumber(0), 1)
    .option("--jobs <n>", "cases at once", wholeNumber(1), 4)
    .option("--vectors <dir>", "folder of vectors (default: those that come with ntm)")
    .option("--json", "print one JSON object")
    .action((options) =>
      guarded(async () => {
        const suite = await loadSuite(options.vectors);
        const selection = selectionOf(options);
        const cases = suite.vectors.flatMap(plan).filter((one) => isSelected(one, selection));
        if (cases.length === 0) {
          throw new CliError(Exit.usage, "no case is selected; loosen the options");
        }
        const [{ reference }, { mutants }] = await Promise.all([
          import("../../conformance/reference/mod.ts"),
          import("../../conformance/reference/mutants/mod.ts"),
        ]);
        const { mutant: wanted } = options;
        const unknown = wanted?.find((id) => !mutants.some((one) => one.id === id));
        if (unknown !== undefined) throw new CliError(Exit.usage, `no mutant is named ${unknown}`);
        const chosen = wanted ? mutants.filter(({ id }) => wanted.includes(id)) : mutants;
        const watched = Deno.stderr.isTerminal();
        const result = await selfTest(cases, reference, chosen, {
          mode: options.live ? "live" : "simulated",
          seed: options.seed,
          jobs: options.jobs,
          ...(watched ? { stage: (title, count) => say(`${title}: ${count} cases`) } : {}),
        });
        // A part of the suite need not catch every mutant, nor a part of the mutants be caught by every vector.
        const part = options.suite !== undefined || options.filter !== undefined;
        const problems = selfTestProblems(result).filter((problem) =>
          !(wanted && problem.startsWith("vector ")) && !(part && problem.startsWith("mutant "))
        );
        if (options.json) printJson({ ok: problems.length === 0, problems, ...result }, 2);
        else show(result, problems);
        if (problems.length > 0) exitWith(Exit.failed);
      })
    );
}

/** The kill matrix: a row for each vector, a column for each mutant. */
function show(result: SelfTest, problems: readonly string[]): void {
  const name = (index: number) => String(index + 1).padStart(3);
  print("mutants");
  for (const [index, mutant] of result.mutants.entries()) {
    print(
      `${
        name(index)
      }  ${mutant.id}: ${mutant.fault}; caught by ${mutant.caughtBy.length} of ${mutant.tried} cases`,
    );
  }
  print("");
  print("vectors (x: catches the mutant of that column)");
  const ids = result.mutants.map(({ id }) => id);
  const digits = [100, 10, 1].map((power) =>
    ids.map((_, index) => {
      const number = index + 1;
      return number >= power ? String(Math.floor(number / power) % 10) : " ";
    }).join("")
  );
  for (const line of digits.filter((one) => one.trim() !== "")) print(line);
  for (const { id, catches } of result.vectors) {
    const row = ids.map((mutant) => catches.includes(mutant) ? "x" : ".").join("");
    print(`${row}  ${id}`);
  }
  print("");
  for (const problem of problems) print(problem);
  const caught = result.mutants.filter(({ caughtBy }) => caughtBy.length > 0).length;
  const useful = result.vectors.filter(({ catches }) => catches.length > 0).length;
  print(
    `reference: ${result.cases - result.reference.length} of ${result.cases} cases passed; ` +
      `mutants: ${caught} of ${result.mutants.length} caught; ` +
      `vectors: ${useful} of ${result.vectors.length} catch a mutant`,
  );
}

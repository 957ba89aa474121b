/**
 * `ntm conform check`: reads vectors, targets and lists of expected failures and says what is wrong.
 *
 * @module
 */
import { resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { formatProblem } from "../../core/config/document.ts";
import { plan } from "../../conformance/expand/plan.ts";
import { checkFile } from "../../conformance/load/any.ts";
import { defaultVectors, loadRequirements, vectorFiles } from "../../conformance/load/vectors.ts";
import { Exit, exitWith, print, printJson, say } from "../output.ts";
import { guarded } from "./guard.ts";

/** The command. */
export function checkCommand() {
  return new Command("check")
    .description(
      "check vectors: structure, names, requirements; mistakes with file, line and column",
    )
    .argument("[files...]", "vectors, targets, lists of expected failures (default: all vectors)")
    .option("--vectors <dir>", "folder of vectors (default: those that come with ntm)")
    .option("--json", "print the problems as JSON")
    .action((files, { vectors: folder = defaultVectors, json }) =>
      guarded(async () => {
        const requirements = await loadRequirements(folder);
        const all = files.length > 0
          ? files.map((file) => resolve(file))
          : await vectorFiles(folder);
        const known = requirements.size > 0 ? new Set(requirements.keys()) : undefined;
        const checked = await Promise.all(all.map((file) => checkFile(file, folder, known)));
        const problems = checked.flatMap((one) => one.problems);
        const vectors = checked.flatMap(({ vector }) => vector ?? []);
        const cases = vectors.flatMap(plan).length;
        if (json) printJson({ vectors: vectors.length, cases, problems });
        else {
          for (const problem of problems) print(formatProblem(problem));
          say(
            `${all.length} files, ${vectors.length} of them right vectors with ${cases} cases; ` +
              `${problems.length} problems`,
          );
        }
        if (problems.length > 0) exitWith(Exit.usage);
      })
    );
}

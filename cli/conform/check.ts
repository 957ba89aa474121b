/**
 * `ntm conform check`: reads vectors, targets and lists of expected failures and says what is wrong.
 *
 * @module
 */
import { resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { formatProblem } from "../../core/config/document.ts";
import { plan } from "../../conformance/expand/plan.ts";
import {
  defaultVectors,
  loadRequirements,
  loadVectors,
  vectorFiles,
} from "../../conformance/load/vectors.ts";
import { Exit, exitWith, print, printJson, say } from "../output.ts";
import { guarded } from "./guard.ts";

/** The command. */
export function checkCommand() {
  return new Command("check")
    .description(
      "check vectors: structure, names, requirements; mistakes with file, line and column",
    )
    .argument("[files...]", "vector files (default: all of the suite)")
    .option("--vectors <dir>", "folder of vectors (default: those that come with ntm)")
    .option("--json", "print the problems as JSON")
    .action((files, { vectors: folder = defaultVectors, json }) =>
      guarded(async () => {
        const requirements = await loadRequirements(folder);
        const all = files.length > 0
          ? files.map((file) => resolve(file))
          : await vectorFiles(folder);
        const { vectors, problems } = await loadVectors(all, folder, requirements);
        const cases = vectors.flatMap(plan).length;
        if (json) printJson({ vectors: vectors.length, cases, problems });
        else {
          for (const problem of problems) print(formatProblem(problem));
          say(
            `${vectors.length} vectors with ${cases} cases are right, ${problems.length} problems`,
          );
        }
        if (problems.length > 0) exitWith(Exit.usage);
      })
    );
}

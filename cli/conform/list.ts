/**
 * `ntm conform list`: the cases of the suite.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { plan } from "../../conformance/expand/plan.ts";
import { isSelected } from "../../conformance/expand/select.ts";
import { loadSuite } from "../../conformance/load/vectors.ts";
import { CliError, Exit, print, printJson } from "../output.ts";
import { guarded } from "./guard.ts";
import { collect, collectGlob, selectionOf } from "./selection.ts";

/** The command. */
export function listCommand() {
  return new Command("list")
    .description("list the cases of the suite")
    .option("--suite <path>", "only below this path, such as sm/spoof", collect)
    .option("--requirement <id>", "only for this requirement, such as SM-5", collect)
    .option("--profile <name>", "only cases that need this profile", collect)
    .option("--level <level>", "only must, should or may", collect)
    .option("--filter <glob>", "only ids that match", collectGlob)
    .option("--vectors <dir>", "folder of vectors (default: those that come with ntm)")
    .option("--json", "print one JSON array")
    .action((options) =>
      guarded(async () => {
        const suite = await loadSuite(options.vectors);
        const selection = selectionOf(options);
        const cases = suite.vectors.flatMap(plan).filter((one) => isSelected(one, selection));
        if (cases.length === 0) {
          throw new CliError(Exit.usage, "no case is selected; loosen the options");
        }
        if (options.json) {
          printJson(cases.map(({ id, title, requirement, level, iut, needs }) => ({
            id,
            title,
            requirement,
            level,
            iut,
            profile: needs,
          })));
        } else {for (const one of cases) {
            print(`${one.id}  ${one.requirement.join(",")}  ${one.title}`);
          }}
      })
    );
}

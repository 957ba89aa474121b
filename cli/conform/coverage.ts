/**
 * `ntm conform coverage`: which requirements have vectors.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { type Coverage, coverageOf } from "../../conformance/report/coverage.ts";
import { loadSuite } from "../../conformance/load/vectors.ts";
import { CliError, Exit, exitWith, print, printJson } from "../output.ts";
import { guarded } from "./guard.ts";
import { collect } from "./selection.ts";

/** The command. */
export function coverageCommand() {
  return new Command("coverage")
    .description("list the requirements with the vectors that check them, and those without any")
    .option("--part <name>", "only this part of the requirements", collect)
    .option(
      "--seed-document <number>",
      "only requirements of this source document, such as 001",
      collect,
    )
    .option("--later", "show the requirements that are for later as well")
    .option("--vectors <dir>", "folder of vectors (default: those that come with ntm)")
    .option("--json", "print one JSON object")
    .action((options) =>
      guarded(async () => {
        const suite = await loadSuite(options.vectors);
        const all = coverageOf(suite);
        const parts = new Set(all.map(({ part }) => part));
        const unknown = options.part?.find((part) => !parts.has(part));
        if (unknown !== undefined) {
          throw new CliError(
            Exit.usage,
            `no part is named ${unknown}; there are ${[...parts].join(", ")}`,
          );
        }
        const chosen = all.filter((one) =>
          (options.later || one.status === "now") &&
          (!options.part || options.part.includes(one.part)) &&
          (!options.seedDocument || options.seedDocument.includes(one.seed ?? ""))
        );
        const missing = chosen.filter(({ status, cases }) => status === "now" && cases === 0);
        if (options.json) {
          printJson({ requirements: chosen, uncovered: missing.map(({ id }) => id) }, 2);
        } else show(chosen, missing);
        if (missing.length > 0) exitWith(Exit.failed);
      })
    );
}

function show(all: readonly Coverage[], missing: readonly Coverage[]): void {
  let part = "";
  for (const one of all) {
    if (one.part !== part) print(`${part === "" ? "" : "\n"}${one.part}`);
    part = one.part;
    const note = one.status === "later" ? "later" : one.cases === 0 ? "NO VECTOR" : "";
    print(
      `  ${one.id.padEnd(8)} ${String(one.vectors.length).padStart(3)} vectors ` +
        `${String(one.cases).padStart(4)} cases ${
          String(one.misuse).padStart(4)
        } of misuse  ${note}`.trimEnd(),
    );
  }
  const now = all.filter(({ status }) => status === "now");
  print("");
  print(
    missing.length === 0
      ? `all ${now.length} requirements have vectors`
      : `${missing.length} of ${now.length} requirements have no vector: ${
        missing.map(({ id }) => id).join(", ")
      }`,
  );
}

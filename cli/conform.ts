/**
 * `ntm conform`: judge an implementation by the conformance vectors.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { adapterCommand } from "./conform/adapter.ts";
import { checkCommand } from "./conform/check.ts";
import { coverageCommand } from "./conform/coverage.ts";
import { initCommand } from "./conform/init.ts";
import { listCommand } from "./conform/list.ts";
import { runCommand } from "./conform/run.ts";
import { schemaCommand } from "./conform/schema.ts";
import { selfTestCommand } from "./conform/kill_matrix.ts";
import { showCommand } from "./conform/show.ts";

/** The command with its subcommands. */
export function conformCommand() {
  return new Command("conform")
    .description("judge an implementation by the conformance vectors")
    .addCommand(runCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(checkCommand())
    .addCommand(coverageCommand())
    .addCommand(selfTestCommand())
    .addCommand(initCommand())
    .addCommand(schemaCommand())
    .addCommand(adapterCommand());
}

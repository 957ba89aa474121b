/**
 * `ntm conform`: judge an implementation by the conformance vectors.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { checkCommand } from "./conform/check.ts";
import { listCommand } from "./conform/list.ts";
import { runCommand } from "./conform/run.ts";
import { selfTestCommand } from "./conform/self_test.ts";

/** The command with its subcommands. */
export function conformCommand() {
  return new Command("conform")
    .description("judge an implementation by the conformance vectors")
    .addCommand(runCommand())
    .addCommand(selfTestCommand())
    .addCommand(checkCommand())
    .addCommand(listCommand());
}

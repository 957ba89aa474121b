/**
 * `ntm complete SHELL` prints a completion script; the script asks `ntm complete -- WORDS`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { Command as PlainCommand } from "commander";
import tab from "@bomb.sh/tab/commander";

/** Adds the `complete` command to a program whose commands are all there. */
export function addCompletion(program: Command): void {
  tab(program as unknown as PlainCommand);
}

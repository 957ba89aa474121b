/**
 * `ntm conform init`: a target file and a list of expected failures to begin with.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { CliError, Exit, print } from "../output.ts";
import { expectedTemplate, targetTemplate } from "./templates.ts";

/** The command. */
export function initCommand() {
  return new Command("init")
    .description("write a commented target file and a list of expected failures to begin with")
    .option("--out <dir>", "directory to write to", ".")
    .option("--force", "replace files that are there")
    .action(async ({ out, force }) => {
      const files = {
        [`${out}/target.yaml`]: targetTemplate,
        [`${out}/expected-failures.yaml`]: expectedTemplate,
      };
      await Deno.mkdir(out, { recursive: true });
      for (const [file, text] of Object.entries(files)) {
        await write(file, text, force ?? false);
        print(file);
      }
    });
}

async function write(file: string, text: string, force: boolean): Promise<void> {
  try {
    await Deno.writeTextFile(file, text, { createNew: !force });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new CliError(Exit.usage, `${file} is there already; move it away or give --force`);
  }
}

/**
 * `ntm conform schema`: the JSON Schemas of the suite's files.
 *
 * @module
 */
import { Argument, Command } from "@commander-js/extra-typings";
import { schemas } from "../../conformance/format/json_schema.ts";
import { printJson } from "../output.ts";

/** The command. */
export function schemaCommand() {
  return new Command("schema")
    .description("print the JSON Schema of vectors, target files and reports")
    .addArgument(new Argument("<name>", "which one").choices(Object.keys(schemas)))
    .action((name) => printJson(schemas[name]!(), 2));
}

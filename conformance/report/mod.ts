/**
 * Reporters: one result model, several renderings.
 *
 * @module
 */
import { github } from "./github.ts";
import { html } from "./html.ts";
import { human } from "./human.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";
import { tap } from "./tap.ts";
import type { Reporter } from "./text.ts";

export type { ReportContext, Reporter } from "./text.ts";

/** Every reporter by the name `--reporter` takes. */
export const reporters = {
  human,
  tap,
  junit,
  json: ((report) => JSON.stringify(report, null, 2) + "\n") as Reporter,
  github,
  markdown,
  html,
} as const;
/** Name of a reporter. */
export type ReporterName = keyof typeof reporters;

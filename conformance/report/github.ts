/**
 * GitHub workflow commands: an annotation at the vector for each failure.
 *
 * @module
 */
import { isBad, type Reporter, requirementText, summaryText, visible } from "./text.ts";

function data(text: string): string {
  return visible(text).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function property(text: string): string {
  return data(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}

/** Renders GitHub annotations. */
export const github: Reporter = (report, context) => {
  const lines: string[] = [];
  for (const result of report.cases) {
    if (!isBad(result)) continue;
    const place = /^(.*):(\d+):(\d+)$/.exec(result.failure?.place ?? "");
    const where = place ? `file=${property(place[1]!)},line=${place[2]},col=${place[3]},` : "";
    const what = result.failure
      ? `expected ${result.failure.expected}\ngot ${result.failure.got}`
      : result.reason ?? "";
    lines.push(
      `::error ${where}title=${property(result.id)}::${
        data(`${result.title}\n${requirementText(result, context)}\n${what}`)
      }`,
    );
  }
  for (const error of report.errors) lines.push(`::error title=expected failures::${data(error)}`);
  lines.push(`::notice title=ntm conform::${data(summaryText(report))}`);
  return lines.join("\n") + "\n";
};

/**
 * Markdown, for a job summary or a merge request.
 *
 * @module
 */
import { ladderLines } from "./ladder.ts";
import { isBad, type Reporter, requirementText, summaryText, visible } from "./text.ts";

function cell(text: string): string {
  return visible(text).replace(/[|\\`*_<>[\]]/g, (char) => `\\${char}`).replace(/\n/g, " ");
}

/** Renders Markdown. */
export const markdown: Reporter = (report, context) => {
  const lines = [
    `# ${cell(report.target.name)}`,
    "",
    `${summaryText(report)}; ${report.target.mode}, seed ${report.seed}`,
    "",
    "| case | requirement | verdict | expected | got |",
    "|---|---|---|---|---|",
  ];
  for (const result of report.cases) {
    const { failure } = result;
    const verdict = result.expected ? "expected failure" : result.verdict;
    lines.push(
      `| ${cell(result.id)} | ${cell(requirementText(result, context))} | ${verdict} | ` +
        `${cell(failure?.expected ?? "")} | ${cell(failure?.got ?? result.reason ?? "")} |`,
    );
  }
  for (const result of report.cases.filter(isBad)) {
    if (!result.ladder?.length) continue;
    lines.push(
      "",
      `## ${cell(result.id)}`,
      "",
      "~~~~~text",
      ...ladderLines(result.ladder),
      "~~~~~",
    );
  }
  for (const error of report.errors) lines.push("", `**error**: ${cell(error)}`);
  return lines.join("\n") + "\n";
};

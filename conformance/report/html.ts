/**
 * One self-contained HTML page: nothing is fetched, nothing runs.
 *
 * @module
 */
import type { CaseResult } from "../format/report.ts";
import { ladderLines } from "./ladder.ts";
import { type ReportContext, type Reporter, requirementText, summaryText, xml } from "./text.ts";

const style = `
:root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}
body{max-width:76rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #8884}
pre{overflow-x:auto;font-size:12px}
.pass{color:#18794e}.fail{color:#cd2b31}.inconclusive{color:#ad5700}.notClaimed{opacity:.6}
`;

function row(result: CaseResult, context: ReportContext): string {
  const verdict = result.expected ? "expected failure" : result.verdict;
  const { failure } = result;
  const more = [
    failure && `<p>${xml(failure.step)} ${xml(failure.place ?? "")}</p>`,
    failure && `<p>expected: ${xml(failure.expected)}<br>got: ${xml(failure.got)}</p>`,
    result.reason && `<p>${xml(result.reason)}</p>`,
    ...(result.remarks ?? []).map((remark) => `<p>remark: ${xml(remark)}</p>`),
    result.ladder?.length && `<pre>${xml(ladderLines(result.ladder).join("\n"))}</pre>`,
  ].filter((part) => part);
  const title = `${xml(result.id)}<br><small>${xml(result.title)}</small>`;
  const cell = more.length > 0
    ? `<details><summary>${title}</summary>${more.join("")}</details>`
    : title;
  return `<tr><td>${cell}</td><td>${xml(requirementText(result, context))}</td>` +
    `<td class="${result.verdict}">${verdict}</td><td>${result.milliseconds.toFixed(0)}</td></tr>`;
}

/** Renders one HTML page. */
export const html: Reporter = (report, context) => {
  const rows = report.cases.map((result) => row(result, context)).join("\n");
  const errors = report.errors.map((error) => `<p class="fail">${xml(error)}</p>`).join("");
  return `<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${xml(report.target.name)}</title><style>${style}</style>
<h1>${xml(report.target.name)}</h1>
<p>${xml(summaryText(report))}; ${report.target.mode}, seed ${report.seed}</p>${errors}
<table><tr><th>case</th><th>requirement</th><th>verdict</th><th>ms</th></tr>
${rows}
</table></html>
`;
};

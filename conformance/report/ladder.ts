/**
 * The ladder diagram of a case: who sent what to whom, in order.
 *
 * @module
 */
import type { LadderEntry } from "../format/report.ts";
import { visible } from "./text.ts";

const laneWidth = 30;

/** A ladder as lines of text, one lane for each participant in order of appearance, `iut` last to first. */
export function ladderLines(entries: readonly LadderEntry[]): string[] {
  if (entries.length === 0) return [];
  const names = lanes(entries);
  const lines: string[] = [];
  const width = Math.max(laneWidth, ...entries.map((entry) => visible(entry.label).length + 6));
  const step = Math.min(width, 64);
  lines.push(names.map((name) => name.padEnd(step)).join("").trimEnd());
  let phase = "";
  for (const entry of entries) {
    if (entry.phase !== phase) {
      phase = entry.phase;
      lines.push(`-- ${phase} `.padEnd(step * (names.length - 1) + 1, "-"));
    }
    lines.push(arrow(entry, names, step));
    for (const detail of entry.detail ?? []) lines.push(`      ${visible(detail)}`);
  }
  return lines;
}

function lanes(entries: readonly LadderEntry[]): string[] {
  const names: string[] = [];
  for (const { from, to } of entries) {
    for (const name of [from, to]) if (!names.includes(name)) names.push(name);
  }
  if (!names.includes("iut")) return names;
  const others = names.filter((name) => name !== "iut");
  return [...others.slice(0, 1), "iut", ...others.slice(1)];
}

function arrow(entry: LadderEntry, names: readonly string[], step: number): string {
  const from = names.indexOf(entry.from);
  const to = names.indexOf(entry.to);
  const time = `${(entry.at / 1000).toFixed(3)}s`;
  const label = visible(entry.label);
  if (from === to) return `${" ".repeat(from * step)}* ${label}  ${time}`;
  const left = Math.min(from, to);
  const span = Math.abs(from - to) * step - 2;
  const text = label.length > span - 4 ? label.slice(0, Math.max(span - 5, 1)) + "…" : label;
  const line = ` ${text} `.padStart(text.length + 4, "-").padEnd(span, "-");
  const body = from < to ? `|${line.slice(0, -1)}>|` : `|<${line.slice(1)}|`;
  return `${" ".repeat(left * step)}${body}  ${time}`;
}

/**
 * Figures as a Markdown table: median and spread of several rounds.
 *
 * @module
 */
import { run } from "./process.ts";

/** Minimum, median and maximum of some figures. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** The spread of `values`; throws on none. */
export function spread(values: number[]): Spread {
  if (values.length === 0) throw new Error("no figures: a round measured nothing");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

/** `median (min to max)`. */
export function show(values: number[], digits = 0): string {
  const { min, median, max } = spread(values);
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

/** A Markdown table. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The machine in one line, as far as it can be told. */
export async function machine(): Promise<string> {
  let model = "unknown processor";
  if (Deno.build.os === "linux") {
    // A child reads it: Deno reads below /proc only with every permission.
    const { stdout } = await run(["cat", "/proc/cpuinfo"]);
    model = /model name\s*:\s*(.*)/.exec(stdout)?.[1] ?? model;
  }
  return `${navigator.hardwareConcurrency} × ${model}, ${Deno.build.os}, Deno ${Deno.version.deno}`;
}

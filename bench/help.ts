/**
 * What `ntm --help` costs beside an empty script: CPU and wall time of the whole process.
 *
 * @module
 */
import { show, spread, table } from "./table.ts";

const ROUNDS = 15;
const root = new URL("..", import.meta.url).pathname;

/** Runs the two turn about. */
export async function bench(): Promise<string> {
  const empty = await Deno.makeTempFile({ suffix: ".ts" });
  const commands = {
    "empty script": ["run", "--no-config", empty],
    "ntm --help": ["run", "-P=ntm", `${root}cli/main.ts`, "--help"],
  };
  const figures = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const start = performance.now();
      const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
      if (code !== 0) throw new Error(`${name} ended with ${code}`);
      if (round >= 0) figures.get(name)!.push(performance.now() - start);
    }
  }
  await Deno.remove(empty);
  const base = spread(figures.get("empty script")!).median;
  return table(
    ["program", "milliseconds", "ratio"],
    [...figures].map((
      [name, values],
    ) => [name, show(values), (spread(values).median / base).toFixed(2)]),
  );
}

/**
 * Vectors a second, live over loopback and simulated: the whole `ntm conform run`, start included, and the cases alone.
 *
 * @module
 */
import { show, table } from "./table.ts";

const ROUNDS = 3;
const root = new URL("..", import.meta.url).pathname;

/** Runs the suite live and simulated, turn about. */
export async function bench(): Promise<string> {
  const figures = new Map<string, { seconds: number[]; rate: number[]; total: number }>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const mode of ["live", "simulated"]) {
      const start = performance.now();
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-P=ntm", `${root}cli/main.ts`, "conform", "run", "--reporter", "json"]
          .concat(mode === "live" ? [] : ["--sim"]),
        cwd: root,
      }).output();
      const seconds = (performance.now() - start) / 1000;
      if (code !== 0) throw new Error(`the ${mode} run ended with ${code}: run it by hand first`);
      const { summary } = JSON.parse(new TextDecoder().decode(stdout));
      const total = summary.total - summary.notClaimed;
      const entry = figures.get(mode) ?? { seconds: [], rate: [], total };
      entry.seconds.push(seconds);
      entry.rate.push(total / seconds);
      figures.set(mode, entry);
    }
  }
  return table(
    ["mode", "cases judged", "seconds, start included", "cases a second"],
    [...figures].map((
      [mode, { total, seconds, rate }],
    ) => [mode, String(total), show(seconds, 1), show(rate)]),
  );
}

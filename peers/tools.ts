/**
 * Tests against programs of others: a test whose program is not on the PATH is ignored, and says so by name.
 *
 * @module
 */
import { installed } from "../bench/process.ts";

/** The project's folder, with a slash at the end. */
export const root = new URL("..", import.meta.url).pathname;

/** The command line of `ntm` as the tasks run it. */
export const ntm: readonly string[] = [Deno.execPath()]
  .concat(["run", "--quiet", "-P=ntm", `${root}cli/main.ts`]);

/** A test that needs `programs`; without them it is ignored and named as skipped on stderr. */
export async function peerTest(
  name: string,
  programs: readonly string[],
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const missing: string[] = [];
  for (const program of programs) if (!await installed(program)) missing.push(program);
  for (const program of missing) console.error(`skipped: ${program} is not installed: ${name}`);
  Deno.test({
    name: missing.length ? `${name} (skipped: ${missing.join(", ")} not installed)` : name,
    ignore: missing.length > 0,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await work(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

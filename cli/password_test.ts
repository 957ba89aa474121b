import assert from "node:assert/strict";
import { CliError } from "./output.ts";
import { findPassword, PASSWORD_LIMIT } from "./password.ts";
import { inDirectory } from "./testing/ntm.ts";

/** An environment with NTM_PASSWORD, or without. */
function variable(value?: string) {
  return { get: (name: string) => name === "NTM_PASSWORD" ? value : undefined };
}

const prompt = "password: ";

Deno.test(
  "findPassword: the first line of the file, before the environment",
  inDirectory(async (directory) => {
    const file = `${directory}/password.txt`;
    for (const text of ["pass word", "pass word\n", "pass word\r\nsecond line\n"]) {
      await Deno.writeTextFile(file, text);
      const found = await findPassword({
        file,
        prompt,
        environment: variable("other"),
      });
      assert.equal(found, "pass word");
    }
  }),
);

Deno.test("findPassword: NTM_PASSWORD without a file, and nothing without either", async () => {
  const find = (value?: string) =>
    findPassword({ prompt, ask: false, environment: variable(value) });
  assert.equal(await find("from the environment"), "from the environment");
  assert.equal(await find(), undefined);
});

Deno.test("findPassword: an empty or endless one is an error that does not show it", async () => {
  const find = (value: string) =>
    findPassword({ prompt, ask: false, environment: variable(value) });
  for (const value of ["", "s".repeat(PASSWORD_LIMIT + 1)]) {
    await assert.rejects(find(value), (error) => {
      assert.ok(error instanceof CliError);
      assert.equal(error.exit, 2);
      assert.equal(error.message.includes("sss"), false);
      return true;
    });
  }
});

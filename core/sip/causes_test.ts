import assert from "node:assert/strict";
import { ROUTE_SECURITY_CAUSES } from "./route_security_check.ts";
import { SPOOF_CAUSES } from "./spoof_check.ts";

Deno.test("docs/wire.md names every cause of the checks, as it stands in a Reason", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/wire.md", import.meta.url));
  for (const cause of [...Object.values(ROUTE_SECURITY_CAUSES), ...Object.values(SPOOF_CAUSES)]) {
    assert(text.includes(`\`${cause}\``), cause);
  }
});

import assert from "node:assert/strict";
import { codecFunctions } from "../format/functions.ts";
import { codecFunctionsOfOurs, referenceCodec } from "./codec.ts";
import { CodecError } from "./implementation.ts";

Deno.test("codecFunctions: the names vectors may use are those the reference has", () => {
  assert.deepEqual([...codecFunctions].sort(), Object.keys(codecFunctionsOfOurs).sort());
});

Deno.test("docs/vectors.md: the table of codec functions is complete", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/vectors.md", import.meta.url));
  const section = text.slice(text.indexOf("## Codec functions"), text.indexOf("## Target file"));
  const rows = [...section.matchAll(/^\| `([a-z0-9.-]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows.sort(), [...codecFunctions].sort());
});

Deno.test("referenceCodec: whatever an adapter is sent, the answer is an output or a CodecError", () => {
  const inputs = [undefined, null, 0, "", [], {}, { hex: "0" }, { hex: 1 }, {
    message: "x",
    hex: "",
  }];
  const association = { id: "0", secret: "00".repeat(32), label: "ktun", suite: "aes-256-gcm" };
  inputs.push(
    ...[
      { ...association, direction: "relay" },
      { ...association, from: ["relay", "relay"], datagrams: ["00"] },
      { message: "Path Open", fields: null },
      { initiator: {}, responder: { v4: 1 } },
    ] as never[],
  );
  for (const name of codecFunctions.filter((name) => name.startsWith("ntm."))) {
    for (const input of inputs) {
      assert.throws(
        () => referenceCodec.compute(name, input),
        CodecError,
        `${name} ${JSON.stringify(input)}`,
      );
    }
  }
});

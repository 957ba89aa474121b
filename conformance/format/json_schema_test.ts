import assert from "node:assert/strict";
import { schemas } from "./json_schema.ts";

for (const name of Object.keys(schemas)) {
  Deno.test(`docs/schemas/${name}.json is what ntm conform schema ${name} prints`, async () => {
    const file = new URL(`../../docs/schemas/${name}.json`, import.meta.url);
    const published = JSON.parse(await Deno.readTextFile(file));
    assert.deepEqual(
      published,
      JSON.parse(JSON.stringify(schemas[name]!())),
      `regenerate: deno task --quiet ntm conform schema ${name} > docs/schemas/${name}.json`,
    );
  });
}

Deno.test("vector schema: every reference has its definition", () => {
  const schema = schemas["vector"]!() as { $defs: Record<string, unknown> };
  const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)];
  assert.ok(references.length > 10);
  for (const [, name] of references) assert.ok(Object.hasOwn(schema.$defs, name!), String(name));
});

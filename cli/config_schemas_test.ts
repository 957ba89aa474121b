import assert from "node:assert/strict";
import type { z } from "zod";
import { jsonSchemaOf } from "../core/config/document.ts";
import { smFileSchema } from "../servers/sm/config_schema.ts";
import { nodeSchema } from "./node_settings.ts";
import { asFileSchema } from "../servers/as/config_file.ts";
import { dcFileSchema } from "../servers/dc/config_file.ts";
import { rsFileSchema } from "../servers/rs/config_file.ts";
import { terminalSchema } from "./terminal_settings.ts";

const schemas: Record<string, { schema: z.ZodType; title: string }> = {
  "session-manager": { schema: smFileSchema, title: "Configuration of ntm serve sm" },
  "node": { schema: nodeSchema, title: "Configuration of ntm node" },
  "as": { schema: asFileSchema, title: "Configuration of ntm serve as" },
  "dc": { schema: dcFileSchema, title: "Configuration of ntm serve dc" },
  "rs": { schema: rsFileSchema, title: "Configuration of ntm serve rs" },
  "terminal": { schema: terminalSchema, title: "Configuration of ntm terminal" },
};

for (const [name, { schema, title }] of Object.entries(schemas)) {
  Deno.test(`docs/schemas/${name}.json is the schema that is checked (NTM_UPDATE=1 writes it anew)`, async () => {
    const file = new URL(`../docs/schemas/${name}.json`, import.meta.url);
    const text = JSON.stringify(jsonSchemaOf(schema, { title }), null, 2) + "\n";
    if (Deno.env.get("NTM_UPDATE")) await Deno.writeTextFile(file, text);
    assert.equal(await Deno.readTextFile(file), text);
  });
}

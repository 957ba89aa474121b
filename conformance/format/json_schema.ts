/**
 * The published JSON Schemas: docs/schemas. A test keeps the files and these functions the same.
 *
 * @module
 */
import { z } from "zod";
import { jsonSchemaOf } from "../../core/config/document.ts";
import { expectedFailuresSchema } from "./expected_failures.ts";
import { reportSchema } from "./report.ts";
import { requirementsSchema } from "./requirements.ts";
import { iutVerbs, modifiers, plainSteps, step, verbs } from "./step.ts";
import { targetSchema } from "./target.ts";
import { vectorSchema } from "./vector.ts";

type Json = Record<string, unknown>;

/** Where the schemas say they live; a name, not a download. */
const base = "https://ntm.example/schemas/";

/** Schemas by the name `ntm conform schema` takes. */
export const schemas: Readonly<Record<string, () => Json>> = {
  vector: vectorJsonSchema,
  target: () => jsonSchemaOf(targetSchema, { id: `${base}target.json` }),
  report: () => jsonSchemaOf(reportSchema, { id: `${base}report.json` }),
  requirements: () => jsonSchemaOf(requirementsSchema, { id: `${base}requirements.json` }),
  "expected-failures": () =>
    jsonSchemaOf(expectedFailuresSchema, { id: `${base}expected-failures.json` }),
};

/** The vector's schema, with the sentences of steps spelled out. */
function vectorJsonSchema(): Json {
  const definitions: Json = {};
  const { $schema, $defs, ...vector } = z.toJSONSchema(vectorSchema, {
    io: "input",
    target: "draft-2020-12",
  }) as Json;
  Object.assign(definitions, $defs);
  definitions["Step"] = stepJsonSchema(definitions);
  return { $schema, $id: `${base}vector.json`, ...vector, $defs: definitions };
}

function stepJsonSchema(definitions: Json): Json {
  const patternProperties: Json = {};
  for (const [verb, schema] of Object.entries(verbs)) {
    patternProperties[`^[a-z][a-z0-9_-]* ${verb}$`] = part(schema, definitions);
  }
  for (const [verb, schema] of Object.entries(iutVerbs)) {
    patternProperties[`^iut ${verb}$`] = part(schema, definitions);
  }
  const properties: Json = {};
  for (const [name, schema] of Object.entries(modifiers)) {
    properties[name] = part(schema, definitions);
  }
  for (const [name, schema] of Object.entries(plainSteps)) {
    properties[name] = part(schema, definitions);
  }
  return {
    type: "object",
    description: "one sentence, and modifiers beside it",
    minProperties: 1,
    properties,
    patternProperties,
    additionalProperties: false,
  };
}

/** One value's schema; what it defines moves to the definitions of the whole. */
function part(schema: z.ZodType, definitions: Json): Json {
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-2020-12",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === (step as unknown)) jsonSchema.description = "a step";
    },
  }) as Json;
  for (const [name, definition] of Object.entries(($defs ?? {}) as Json)) {
    if (name !== "Step") definitions[name] ??= definition;
  }
  return headersByPattern(rest) as Json;
}

const headerName = "^([A-Z][A-Za-z0-9.!%*_+`'~-]*|[a-z])$";

/** Messages: the other keys are headers, told by their names. */
function headersByPattern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(headersByPattern);
  if (typeof value !== "object" || value === null) return value;
  const copy: Json = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, headersByPattern(item)]),
  );
  const properties = copy["properties"] as Json | undefined;
  const others = copy["additionalProperties"];
  if (properties?.["headers"] && typeof others === "object") {
    copy["patternProperties"] = { [headerName]: others };
    copy["additionalProperties"] = false;
  }
  return copy;
}

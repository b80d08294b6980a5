import { expect, it } from "vitest";
import type { JsonObject } from "../schema/json.js";
import { warningsOfUpdate } from "./warn-built-in.js";
import { warningsOfDefinition } from "./warn-definition.js";

const withSchemas = (...schemas: readonly JsonObject[]) => ({
  versions: schemas.map((openAPIV3Schema) => ({ schema: { openAPIV3Schema } })),
});

it.each<[JsonObject, string[]]>([
  [{ type: "string", format: "date-time" }, []],
  [{ type: "string", format: "datetime" }, []],
  [{ format: "uuid" }, []],
  [{ type: "integer", format: "int64" }, []],
  [{ type: "string", format: "strange" }, ['unrecognized format "strange"']],
  [{ type: "number", format: "int64" }, ['unrecognized format "int64"']],
  [{ type: "boolean", format: "float" }, ['unrecognized format "float"']],
  [{ type: "object", properties: { a: { not: { format: "x" } } } }, ['unrecognized format "x"']],
  [
    { type: "array", "x-kubernetes-list-type": "set", items: { type: "object" } },
    [
      'x-kubernetes-list-type: set for items of type "object" is not supported by server-side apply or CEL validation rules',
    ],
  ],
  [{ type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } }, []],
])("of %j", (schema, warnings) => {
  expect(warningsOfDefinition(withSchemas(schema, schema))).toEqual(warnings);
});

it("are not repeated when a definition changes", () => {
  const definition = (...formats: readonly string[]) => ({
    spec: withSchemas(...formats.map((format) => ({ type: "string", format }))),
  });
  expect(
    warningsOfUpdate(
      "apiextensions.k8s.io",
      "CustomResourceDefinition",
      definition("old", "new"),
      definition("old"),
    ),
  ).toEqual(['unrecognized format "new"']);
});

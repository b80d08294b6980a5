import type { CompiledSchema } from "./compiled-schema.js";
import type { OpenApiSchema } from "./open-api-schema.js";

/** A part of validation that most of a schema's nodes have no need of. */
export type SchemaTrait = "lists" | "embedded" | "rules";

const HAS_TRAIT: Readonly<Record<SchemaTrait, (schema: OpenApiSchema) => boolean>> = {
  lists: (schema) => {
    const type = schema["x-kubernetes-list-type"];
    return type === "set" || type === "map";
  },
  embedded: (schema) => schema["x-kubernetes-embedded-resource"] === true,
  rules: (schema) => (schema["x-kubernetes-validations"]?.length ?? 0) > 0,
};

/** Whether a schema or any below it has a trait; recursive types count as having it. Computed once a schema. */
export function hasTrait(schema: CompiledSchema, trait: SchemaTrait): boolean {
  const known = schema.answers.get(trait);
  if (known !== undefined) return known;
  const searched = schema.derive(`trait:${trait}`, () => new Map<OpenApiSchema, boolean>());
  const answer = search(schema.source, HAS_TRAIT[trait], searched);
  schema.answers.set(trait, answer);
  return answer;
}

function search(
  schema: OpenApiSchema,
  test: (schema: OpenApiSchema) => boolean,
  known: Map<OpenApiSchema, boolean>,
): boolean {
  const answer = known.get(schema);
  if (answer !== undefined) return answer;
  if (schema.$ref !== undefined || test(schema)) {
    known.set(schema, true);
    return true;
  }
  known.set(schema, true);
  let found = false;
  for (const name of Object.keys(schema.properties ?? {})) {
    if (search((schema.properties ?? {})[name] as OpenApiSchema, test, known)) found = true;
  }
  const { items, additionalProperties } = schema;
  if (typeof items === "object" && search(items, test, known)) found = true;
  if (typeof additionalProperties === "object" && search(additionalProperties, test, known)) {
    found = true;
  }
  if (schema.allOf?.some((member) => member.$ref !== undefined) === true) found = true;
  known.set(schema, found);
  return found;
}

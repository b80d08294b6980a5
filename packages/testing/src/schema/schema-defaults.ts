import { ruleProblem } from "./check-validation-rules.js";
import { compileSchema } from "./compiled-schema.js";
import { NO_FIELD, invalid } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { copyJson, jsonEqual } from "./json.js";
import type { JsonValue } from "./json.js";
import type { CompiledSchema } from "./compiled-schema.js";
import type { OpenApiSchema } from "./open-api-schema.js";
import { pruneObject } from "./prune.js";
import { isSchema } from "./structural-junctors.js";
import { validateEmbedded } from "./validate-embedded.js";
import { DEFAULT_CEL_BUDGET, typeNameOf, validateRules } from "./validate-rules.js";
import { validateValue } from "./validate-value.js";

/** Tells which defaults of a structural schema are not valid by that schema itself. */
export function checkSchemaDefaults(schema: OpenApiSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkNode(schema, path, true, errors);
  return errors;
}

function checkNode(
  schema: OpenApiSchema,
  path: string,
  isRoot: boolean,
  errors: FieldError[],
): void {
  if (schema.default !== undefined && schema.default !== null) {
    checkDefault(schema, schema.default, `${path}.default`, isRoot, errors);
  }
  const { properties, items, additionalProperties } = schema;
  for (const name of Object.keys(properties ?? {})) {
    if (isRoot && name === "metadata") continue;
    checkNode(
      (properties ?? {})[name] as OpenApiSchema,
      `${path}.properties[${name}]`,
      false,
      errors,
    );
  }
  if (typeof items === "object") checkNode(items, `${path}.items`, false, errors);
  if (typeof additionalProperties === "object") {
    // A default of the values of a map is never applied, so the real server does not look at it either.
    const { default: _unused, ...values } = additionalProperties;
    checkNode(values, `${path}.additionalProperties`, false, errors);
  }
}

function checkDefault(
  schema: OpenApiSchema,
  value: JsonValue,
  path: string,
  isRoot: boolean,
  errors: FieldError[],
): void {
  // In an object of its own, so that scalars and lists can be walked as well.
  const holder = compileSchema({ type: "object", properties: { value: schema } }, { root: false });
  const pruned = pruneObject(holder, { value: copyJson(value) });
  if (pruned.unknownFields.length > 0 && !jsonEqual(pruned.object["value"], value)) {
    const isMetadata = pruned.unknownFields.every((field) => field.includes("metadata."));
    if (!isMetadata) errors.push(invalid(path, value, "must not have unknown fields"));
  }
  const asResource = isRoot
    ? { ...schema, "x-kubernetes-embedded-resource": true as const }
    : schema;
  const compiled = compileSchema(asResource, { root: false });
  const found: FieldError[] = [];
  const judging = compileSchema(withoutImpliedTypes(asResource), { root: false });
  validateValue(judging, value, "", undefined, found);
  // A place in a list stands after a dot here, as the real server writes it.
  found.splice(
    0,
    found.length,
    ...found.map(({ field, ...error }) => ({
      ...error,
      field: field.startsWith("[") ? `.${field}` : field,
    })),
  );
  validateEmbedded(compiled, value, "", found);
  if (found.length === 0) checkRulesOf(compiled, value, found);
  for (const error of found) {
    errors.push({ ...error, field: defaultField(path, error.field) });
  }
}

/** A default has to keep the rules both as what was there before and as what is new. */
function checkRulesOf(schema: CompiledSchema, value: JsonValue, found: FieldError[]): void {
  if (value === null) return;
  const rules = schema.rules.filter(({ rule }) => rule.trim() !== "");
  for (const rule of rules) {
    const problem = ruleProblem(rule, schema);
    if (problem === undefined) continue;
    found.push(invalid(NO_FIELD, typeNameOf(value), `rule compile error: ${problem}`));
  }
  if (found.length > 0 || rules.length < schema.rules.length) return;
  validateRules(schema, value, "", value, DEFAULT_CEL_BUDGET, found, found);
  if (found.length > 0) return;
  validateRules(schema, value, "", undefined, DEFAULT_CEL_BUDGET, found);
}

/** Of a default, the real server asks the types that are written out, not those that `x-kubernetes-int-or-string` implies. */
function withoutImpliedTypes(schema: OpenApiSchema): OpenApiSchema {
  const { "x-kubernetes-int-or-string": _implied, ...rest } = schema;
  const inside = <T>(value: T): T => (isSchema(value) ? (withoutImpliedTypes(value) as T) : value);
  const { properties, items, additionalProperties } = rest;
  return {
    ...rest,
    ...(items === undefined ? {} : { items: inside(items) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: inside(additionalProperties) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, property]) => [name, inside(property)]),
          ),
        }),
  };
}

function defaultField(path: string, field: string): string {
  if (field === "" || field === NO_FIELD) return path;
  return field.startsWith("[") || field.startsWith(".") ? `${path}${field}` : `${path}.${field}`;
}

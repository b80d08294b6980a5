import { forbidden, invalid, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import type { OpenApiSchema } from "./open-api-schema.js";
import { patternError } from "./pattern.js";

const JUNCTORS = ["allOf", "anyOf", "oneOf"] as const;

export function isSchema(value: unknown): value is OpenApiSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The schemas directly in a schema; of `items` that is a list, none. */
export function childSchemas(schema: OpenApiSchema): OpenApiSchema[] {
  const lists = JUNCTORS.flatMap((keyword) => schema[keyword] ?? []);
  const single = [schema.items, schema.additionalProperties, schema.not].filter(isSchema);
  return [...Object.values(schema.properties ?? {}), ...single, ...lists];
}

/** The schemas of `allOf`, `anyOf`, `oneOf` and `not`, each with its place. */
function junctorMembers(schema: OpenApiSchema): [string, OpenApiSchema][] {
  const members = JUNCTORS.flatMap((keyword) =>
    (schema[keyword] ?? []).map((member, index): [string, OpenApiSchema] => [
      `.${keyword}[${index}]`,
      member,
    ]),
  );
  return isSchema(schema.not) ? [...members, [".not", schema.not]] : members;
}

/** What stands below `allOf`, `anyOf`, `oneOf` and `not` judges values alone: types and the like are told outside. */
export function checkJunctors(
  schema: OpenApiSchema,
  path: string,
  errors: FieldError[],
  mayHavePair = true,
): void {
  const skipsAnyOf = mayHavePair && isIntOrStringPair(schema.anyOf);
  const skipsInAllOf = mayHavePair && isIntOrStringPair(schema.allOf?.[0]?.anyOf);
  for (const [place, member] of junctorMembers(schema)) {
    if (skipsAnyOf && place.startsWith(".anyOf")) continue;
    checkNested(member, `${path}${place}`, errors, skipsInAllOf && place === ".allOf[0]");
  }
  const problem =
    schema.pattern === undefined || schema.pattern === ""
      ? undefined
      : patternError(schema.pattern);
  if (problem === undefined) return;
  errors.push(
    invalid(
      `${path}.pattern`,
      schema.pattern as string,
      `must be a valid regular expression, but isn't: ${problem}`,
    ),
  );
}

/** The one place where types may stand below: `anyOf: [{ type: integer }, { type: string }]`, and nothing else. */
function isIntOrStringPair(members: readonly OpenApiSchema[] | undefined): boolean {
  const isOnly = (member: OpenApiSchema | undefined, type: string): boolean =>
    member?.type === type && Object.keys(member).length === 1;
  return members?.length === 2 && isOnly(members[0], "integer") && isOnly(members[1], "string");
}

const MUST_BE_ABSENT: readonly (readonly [keyof OpenApiSchema, string])[] = [
  ["type", "must be empty to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["default", "must be undefined to be structural"],
  ["nullable", "must be false to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function checkNested(
  schema: OpenApiSchema,
  path: string,
  errors: FieldError[],
  skipsAnyOf: boolean,
): void {
  const judged = skipsAnyOf ? { ...schema, anyOf: [] } : schema;
  checkJunctors(judged, path, errors, false);
  for (const [keyword, detail] of MUST_BE_ABSENT) {
    if (isAbsent(keyword, schema[keyword])) continue;
    errors.push(forbidden(`${path}.${keyword}`, detail));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const field = `${path}.properties[${name}]`;
    checkNested(property, field, errors, false);
    if (name === "metadata") {
      errors.push(forbidden(field, "must not be specified in a nested context"));
    }
  }
  if (isSchema(schema.items)) checkNested(schema.items, `${path}.items`, errors, false);
}

function isAbsent(keyword: keyof OpenApiSchema, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (keyword === "default") return false;
  return value === false || value === "" || (Array.isArray(value) && value.length === 0);
}

/** What the root judges below `allOf` and the like has to be declared outside of it too; further in, it need not. */
export function checkDeclared(
  judging: OpenApiSchema,
  declared: OpenApiSchema,
  path: string,
  judgingPath: string,
  errors: FieldError[],
): void {
  for (const [place, member] of junctorMembers(judging)) {
    const at = `${judgingPath}${place}`;
    checkDeclared(member, declared, path, at, errors);
    checkMembers(member, declared, path, at, errors);
  }
}

function checkMembers(
  judging: OpenApiSchema,
  declared: OpenApiSchema,
  path: string,
  judgingPath: string,
  errors: FieldError[],
): void {
  const check = (inner: OpenApiSchema, outer: OpenApiSchema | undefined, step: string): void => {
    const at = `${judgingPath}${step}`;
    if (outer === undefined) {
      errors.push(required(`${path}${step}`, `because it is defined in ${at}`));
      return;
    }
    checkDeclared(inner, outer, `${path}${step}`, at, errors);
    checkMembers(inner, outer, `${path}${step}`, at, errors);
  };
  if (isSchema(judging.items)) {
    check(judging.items, isSchema(declared.items) ? declared.items : undefined, ".items");
  }
  const outside = new Map(Object.entries(declared.properties ?? {}));
  for (const [name, property] of Object.entries(judging.properties ?? {})) {
    check(property, outside.get(name), `.properties[${name}]`);
  }
}

import { duplicate, invalid, required, tooMany } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { ownValue } from "./json.js";
import type { JsonObject } from "./json.js";
import { readObject, readObjects, readText } from "./json-read.js";
import type { OpenApiSchema } from "./open-api-schema.js";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = [
  "byte",
  "date",
  "date-time",
  "double",
  "float",
  "int32",
  "int64",
  "password",
];
/** As many selectable fields as the real server allows one version. */
const MAX_SELECTABLE_FIELDS = 8;

/** What is wrong with `additionalPrinterColumns`. */
export function validatePrinterColumns(owner: JsonObject, path: string): FieldError[] {
  return readObjects(owner, "additionalPrinterColumns").flatMap((column, index) =>
    validateColumn(column, `${path}.additionalPrinterColumns[${index}]`),
  );
}

function validateColumn(column: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (readText(column, "name") === "") errors.push(required(`${path}.name`));
  const type = readText(column, "type");
  const types = `must be one of ${COLUMN_TYPES.join(",")}`;
  if (type === "") errors.push(required(`${path}.type`, types));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(`${path}.type`, type, types));
  const format = readText(column, "format");
  if (format !== "" && !COLUMN_FORMATS.includes(format)) {
    errors.push(invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(",")}`));
  }
  const jsonPath = readText(column, "jsonPath");
  if (jsonPath === "") errors.push(required(`${path}.JSONPath`));
  else errors.push(...validateSimplePath(jsonPath, `${path}.JSONPath`));
  return errors;
}

function validateSimplePath(jsonPath: string, field: string): FieldError[] {
  return jsonPath.startsWith(".")
    ? []
    : [invalid(field, jsonPath, "must be a simple json path starting with .")];
}

/** What is wrong with `subresources`. */
export function validateSubresources(owner: JsonObject, path: string): FieldError[] {
  const scale = readObject(readObject(owner, "subresources"), "scale");
  if (scale === undefined) return [];
  const field = `${path}.subresources.scale`;
  return [
    ...validateScalePath(
      scale,
      "specReplicasPath",
      field,
      [".spec"],
      "should be a json path under .spec",
    ),
    ...validateScalePath(
      scale,
      "statusReplicasPath",
      field,
      [".status"],
      "should be a json path under .status",
    ),
    ...(readText(scale, "labelSelectorPath") === ""
      ? []
      : validateScalePath(
          scale,
          "labelSelectorPath",
          field,
          [".spec", ".status"],
          "should be a json path under either .spec or .status",
        )),
  ];
}

function validateScalePath(
  scale: JsonObject,
  key: string,
  path: string,
  roots: readonly string[],
  detail: string,
): FieldError[] {
  const field = `${path}.${key}`;
  const jsonPath = readText(scale, key);
  if (jsonPath === "") return [required(field)];
  const wrong = validateSimplePath(jsonPath, field);
  if (wrong.length > 0) return wrong;
  return roots.some((root) => jsonPath.startsWith(`${root}.`))
    ? []
    : [invalid(field, jsonPath, detail)];
}

/** What is wrong with `selectableFields`, by the schema of the same version. */
export function validateSelectableFields(
  owner: JsonObject,
  schema: OpenApiSchema | undefined,
  path: string,
): FieldError[] {
  const fields = readObjects(owner, "selectableFields");
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, selectable] of fields.entries()) {
    const field = `${path}.selectableFields[${index}].jsonPath`;
    const jsonPath = readText(selectable, "jsonPath");
    if (jsonPath === "") {
      errors.push(required(field));
      continue;
    }
    const problem = selectableProblem(jsonPath, schema);
    if (problem !== undefined) errors.push(invalid(field, jsonPath, problem));
    else if (seen.has(jsonPath)) errors.push(duplicate(field, jsonPath));
    seen.add(jsonPath);
  }
  if (fields.length > MAX_SELECTABLE_FIELDS) {
    errors.push(tooMany(`${path}.selectableFields`, fields.length, MAX_SELECTABLE_FIELDS));
  }
  return errors;
}

const NOT_A_FIELD = "is an invalid path: does not refer to a valid field";

function selectableProblem(
  jsonPath: string,
  schema: OpenApiSchema | undefined,
): string | undefined {
  const first = /^(\.|\[)?/.exec(jsonPath)?.[0];
  if (first === "" || first === undefined) {
    const token = /^(?:\w+|.)/.exec(jsonPath)?.[0] ?? "";
    return `is an invalid path: expected [ or . but got: ${token}`;
  }
  if (jsonPath === ".") return "is an invalid path: unexpected end of JSON path";
  if (jsonPath.includes("[")) return "is an invalid path: array notation is not allowed";
  const names = jsonPath.slice(1).split(".");
  if (["metadata", "apiVersion", "kind"].includes(names[0] as string)) return NOT_A_FIELD;
  let current: OpenApiSchema | undefined = schema;
  for (const name of names) {
    const properties: OpenApiSchema["properties"] = current?.properties;
    current =
      properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (current === undefined) return NOT_A_FIELD;
  }
  if (["string", "boolean", "integer"].includes(current?.type ?? "")) return undefined;
  return "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
}

const MAX_WARNING_LENGTH = 256;

/** What is wrong with `deprecationWarning`. */
export function validateDeprecation(version: JsonObject, path: string): FieldError[] {
  const warning = ownValue(version, "deprecationWarning");
  if (typeof warning !== "string") return [];
  const field = `${path}.deprecationWarning`;
  const errors: FieldError[] = [];
  if (ownValue(version, "deprecated") !== true) {
    errors.push(invalid(field, warning, "can only be set for deprecated versions"));
  }
  if (warning === "") errors.push(invalid(field, warning, "must not be an empty string"));
  if (warning.length > MAX_WARNING_LENGTH) {
    errors.push(invalid(field, warning, `must be <= ${MAX_WARNING_LENGTH} characters long`));
  }
  return errors;
}

import type { CompiledSchema } from "./compiled-schema.js";
import { invalid, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { isJsonObject, ownValue } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";
import {
  checkDns1035Label,
  checkDns1123Label,
  checkLabelValue,
  checkPathSegment,
  checkQualifiedName,
} from "./name-rules.js";
import type { NameRule } from "./name-rules.js";
import { hasTrait } from "./schema-traits.js";

/** Appends what is wrong with `apiVersion`, `kind` and `metadata` of the resources that a schema embeds in a value. */
export function validateEmbedded(
  schema: CompiledSchema,
  value: JsonValue,
  path: string,
  errors: FieldError[],
): void {
  if (typeof value !== "object" || value === null || !hasTrait(schema, "embedded")) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (let index = 0; index < value.length; index++) {
      validateEmbedded(items, value[index] as JsonValue, `${path}[${index}]`, errors);
    }
    return;
  }
  if (schema.isEmbeddedResource) checkResource(value, path, errors);
  for (const key of Object.keys(value)) {
    const declared = schema.property(key);
    const next = declared ?? schema.additionalProperties;
    if (next === undefined) continue;
    const field = declared === undefined ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    validateEmbedded(next, value[key] as JsonValue, field, errors);
  }
}

function checkResource(resource: JsonObject, path: string, errors: FieldError[]): void {
  checkApiVersion(ownValue(resource, "apiVersion"), `${path}.apiVersion`, errors);
  checkKind(ownValue(resource, "kind"), `${path}.kind`, errors);
  const metadata = ownValue(resource, "metadata");
  if (isJsonObject(metadata)) checkMetadata(metadata, `${path}.metadata`, errors);
}

function checkApiVersion(value: JsonValue | undefined, path: string, errors: FieldError[]): void {
  if (value === undefined) errors.push(required(path));
  else if (value === "") errors.push(invalid(path, value, "must not be empty"));
  else if (typeof value === "string" && value.split("/").length > 2) {
    errors.push(invalid(path, value, `unexpected GroupVersion string: ${value}`));
  }
}

function checkKind(value: JsonValue | undefined, path: string, errors: FieldError[]): void {
  if (value === undefined) errors.push(required(path));
  else if (value === "") errors.push(invalid(path, value, "must not be empty"));
  else if (typeof value === "string") {
    for (const message of checkDns1035Label(value.toLowerCase())) {
      errors.push(
        invalid(path, value, `may have mixed case, but should otherwise match: ${message}`),
      );
    }
  }
}

function checkMetadata(metadata: JsonObject, path: string, errors: FieldError[]): void {
  const check = (key: string, rule: NameRule) => {
    const text = ownValue(metadata, key);
    if (typeof text !== "string" || text === "") return;
    for (const message of rule(text)) errors.push(invalid(`${path}.${key}`, text, message));
  };
  // A prefix may be a dot or two: more follows.
  check("generateName", (text) => (/^\.{1,2}$/.test(text) ? [] : checkPathSegment(text)));
  check("name", checkPathSegment);
  check("namespace", checkDns1123Label);
  for (const [key, value] of entriesOf(metadata, "labels")) {
    for (const message of checkQualifiedName(key)) {
      errors.push(invalid(`${path}.labels`, key, message));
    }
    if (typeof value !== "string") continue;
    for (const message of checkLabelValue(value)) {
      errors.push(invalid(`${path}.labels`, value, message));
    }
  }
  for (const [key] of entriesOf(metadata, "annotations")) {
    for (const message of checkQualifiedName(key.toLowerCase())) {
      errors.push(invalid(`${path}.annotations`, key, message));
    }
  }
  checkOwnerReferences(ownValue(metadata, "ownerReferences"), `${path}.ownerReferences`, errors);
  const finalizers = ownValue(metadata, "finalizers");
  if (!Array.isArray(finalizers)) return;
  for (const finalizer of finalizers) {
    if (typeof finalizer !== "string") continue;
    for (const message of checkQualifiedName(finalizer)) {
      errors.push(invalid(`${path}.finalizers`, finalizer, message));
    }
  }
}

function checkOwnerReferences(
  references: JsonValue | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (!Array.isArray(references)) return;
  for (const [index, reference] of references.entries()) {
    if (!isJsonObject(reference)) continue;
    for (const key of ["apiVersion", "kind", "name", "uid"]) {
      const value = ownValue(reference, key);
      if (value === undefined || value === "") {
        errors.push(required(`${path}[${index}].${key}`, "must not be empty"));
      }
    }
  }
}

function entriesOf(metadata: JsonObject, key: string): [string, JsonValue][] {
  const map = ownValue(metadata, key);
  return isJsonObject(map) ? Object.entries(map) : [];
}

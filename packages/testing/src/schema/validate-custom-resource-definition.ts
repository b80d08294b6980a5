import { invalid, notSupported, required } from "./field-error.js";
import type { FieldError } from "./field-error.js";
import { GoLiteral, goJson } from "./go-format.js";
import { isJsonObject, jsonEqual, ownValue } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";
import { readFlag, readObject, readObjects, readText, readTexts } from "./json-read.js";
import { checkDns1035Label, checkDns1123Subdomain } from "./name-rules.js";
import type { OpenApiSchema } from "./open-api-schema.js";
import { checkValidationRules } from "./check-validation-rules.js";
import { checkSchemaDefaults } from "./schema-defaults.js";
import { checkKeywords } from "./schema-keywords.js";
import { checkStructural, hasStructuralForm } from "./structural-schema.js";
import { validateConversion } from "./validate-conversion.js";
import {
  validateDeprecation,
  validatePrinterColumns,
  validateSelectableFields,
  validateSubresources,
} from "./validate-version-parts.js";

/**
 * Tells what is wrong with a CustomResourceDefinition (apiextensions.k8s.io/v1) that was defaulted by
 * {@link defaultCustomResourceDefinition}, in the order and the words of the real server. Paths are those of its internal
 * version: what all versions share is told under `spec.validation`, `spec.subresources`, `spec.additionalPrinterColumns`.
 * Empty when all is well.
 *
 * @param old the stored definition, on an update.
 */
export function validateCustomResourceDefinition(
  definition: JsonObject,
  old?: JsonObject,
): FieldError[] {
  const spec = readObject(definition, "spec");
  const name = readText(readObject(definition, "metadata"), "name");
  const names = readObject(spec, "names");
  const errors: FieldError[] = [];
  if (old === undefined) {
    const wanted = `${readText(names, "plural")}.${readText(spec, "group")}`;
    if (name !== "" && name !== wanted) {
      errors.push(invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group'));
    }
  }
  errors.push(
    ...validateGroupAndScope(spec),
    ...validateVersions(spec),
    ...validateNames(names),
    ...validateVersionParts(spec),
    ...validateConversion(readObject(spec, "conversion")),
  );
  if (old !== undefined) errors.push(...validateUnchanged(spec, old));
  errors.push(...validateStoredVersions(definition, spec));
  if (old === undefined) errors.push(...validateApproval(definition, readText(spec, "group")));
  if (readFlag(spec, "preserveUnknownFields")) {
    errors.push(
      invalid(
        "spec.preserveUnknownFields",
        true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ),
    );
  }
  return errors;
}

function validateGroupAndScope(spec: JsonObject | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const group = readText(spec, "group");
  const wrong = checkDns1123Subdomain(group);
  if (group === "") errors.push(required("spec.group"));
  else if (wrong.length > 0) errors.push(invalid("spec.group", group, wrong.join(",")));
  else if (!group.includes(".")) {
    errors.push(invalid("spec.group", group, "should be a domain with at least one dot"));
  }
  const scope = readText(spec, "scope");
  if (scope === "") errors.push(required("spec.scope"));
  else if (scope !== "Cluster" && scope !== "Namespaced") {
    errors.push(notSupported("spec.scope", scope, ["Cluster", "Namespaced"]));
  }
  return errors;
}

function schemaOf(version: JsonObject): OpenApiSchema | undefined {
  return readObject(readObject(version, "schema"), "openAPIV3Schema");
}

function validateVersions(spec: JsonObject | undefined): FieldError[] {
  const versions = readObjects(spec, "versions");
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    const name = readText(version, "name");
    names.add(name);
    const wrong = checkDns1035Label(name);
    if (wrong.length > 0) errors.push(invalid(`${path}.name`, name, wrong.join(",")));
    errors.push(...validateDeprecation(version, path));
    if (!isShared(versions, "schema")) errors.push(...validateSchema(version, path, "schema"));
    if (!isShared(versions, "subresources")) errors.push(...validateSubresources(version, path));
    if (!isShared(versions, "additionalPrinterColumns")) {
      errors.push(...validatePrinterColumns(version, path));
    }
    if (!isShared(versions, "selectableFields")) {
      errors.push(...validateSelectableFields(version, schemaOf(version), path));
    }
  }
  for (const [index, version] of versions.entries()) {
    if (schemaOf(version) === undefined) {
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`));
    }
  }
  const shown = spec?.["versions"] === undefined ? null : new GoLiteral(goVersions(versions));
  if (names.size < versions.length) {
    errors.push(invalid("spec.versions", shown, "must contain unique version names"));
  }
  if (versions.filter((version) => readFlag(version, "storage")).length !== 1) {
    errors.push(
      invalid("spec.versions", shown, "must have exactly one version marked as storage version"),
    );
  }
  const first = readText(versions[0], "name");
  const wrong = versions.length === 0 || first === "" ? [] : checkDns1035Label(first);
  if (wrong.length > 0) errors.push(invalid("spec.version", first, wrong.join(",")));
  return errors;
}

/** How the real server prints its internal list of versions. */
function goVersions(versions: readonly JsonObject[]): string {
  const texts = versions.map((version) => {
    const warning = ownValue(version, "deprecationWarning") ?? null;
    return (
      `{"Name":${goJson(readText(version, "name"))},"Served":${readFlag(version, "served")},` +
      `"Storage":${readFlag(version, "storage")},"Deprecated":${readFlag(version, "deprecated")},` +
      `"DeprecationWarning":${goJson(warning)},"Schema":null,"Subresources":null,` +
      `"AdditionalPrinterColumns":null,"SelectableFields":null}`
    );
  });
  return `[${texts.join(",")}]`;
}

function isShared(versions: readonly JsonObject[], key: string): boolean {
  const first = versions[0] === undefined ? undefined : ownValue(versions[0], key);
  return versions.every((version) => jsonEqual(ownValue(version, key), first));
}

function validateVersionParts(spec: JsonObject | undefined): FieldError[] {
  const versions = readObjects(spec, "versions");
  const first = versions[0];
  if (first === undefined) return [];
  const errors: FieldError[] = [];
  if (isShared(versions, "schema")) errors.push(...validateSchema(first, "spec", "validation"));
  if (isShared(versions, "subresources")) errors.push(...validateSubresources(first, "spec"));
  if (isShared(versions, "additionalPrinterColumns")) {
    errors.push(...validatePrinterColumns(first, "spec"));
  }
  if (isShared(versions, "selectableFields")) {
    errors.push(...validateSelectableFields(first, schemaOf(first), "spec"));
  }
  return errors;
}

function validateSchema(version: JsonObject, path: string, key: string): FieldError[] {
  const schema = schemaOf(version);
  if (schema === undefined) return [];
  const field = `${path}.${key}.openAPIV3Schema`;
  const keywords = checkKeywords(schema, field);
  const hasForm = hasStructuralForm(schema);
  const structural = hasForm ? checkStructural(schema, field) : [];
  const isStructural = hasForm && structural.length === 0;
  const defaults = isStructural ? checkSchemaDefaults(schema, field) : [];
  const compiles = isStructural && defaults.length === 0;
  const rules = hasForm ? checkValidationRules(schema, field, keywords, compiles) : [];
  return [...structural, ...defaults, ...keywords, ...rules];
}

function validateNames(names: JsonObject | undefined): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ["plural", "singular", "kind", "listKind"]) {
    if (readText(names, key) === "") errors.push(required(`spec.names.${key}`));
  }
  const check = (text: string, field: string) => {
    const wrong = checkDns1035Label(text);
    if (wrong.length > 0) errors.push(invalid(field, text, wrong.join(",")));
  };
  const checkKind = (key: string) => {
    const kind = readText(names, key);
    if (kind === "") return;
    const wrong = checkDns1035Label(kind.toLowerCase());
    if (wrong.length === 0) return;
    const detail = `may have mixed case, but should otherwise match: ${wrong.join(",")}`;
    errors.push(invalid(`spec.names.${key}`, kind, detail));
  };
  for (const key of ["plural", "singular"]) {
    if (readText(names, key) !== "") check(readText(names, key), `spec.names.${key}`);
  }
  checkKind("kind");
  checkKind("listKind");
  for (const [index, text] of readTexts(names, "shortNames").entries()) {
    check(text, `spec.names.shortNames[${index}]`);
  }
  const kind = readText(names, "kind");
  if (kind !== "" && kind === readText(names, "listKind")) {
    errors.push(invalid("spec.names.listKind", kind, "kind and listKind may not be the same"));
  }
  for (const [index, text] of readTexts(names, "categories").entries()) {
    check(text, `spec.names.categories[${index}]`);
  }
  return errors;
}

/** Once a definition is established, clients and stored objects rely on these. */
function validateUnchanged(spec: JsonObject | undefined, old: JsonObject): FieldError[] {
  const oldSpec = readObject(old, "spec");
  const isEstablished = readObjects(readObject(old, "status"), "conditions").some(
    (condition) =>
      readText(condition, "type") === "Established" && readText(condition, "status") === "True",
  );
  const fields: [string, JsonValue, JsonValue][] = [
    ["spec.group", readText(spec, "group"), readText(oldSpec, "group")],
  ];
  if (isEstablished) {
    const names = readObject(spec, "names");
    const oldNames = readObject(oldSpec, "names");
    fields.push(
      ["spec.scope", readText(spec, "scope"), readText(oldSpec, "scope")],
      ["spec.names.kind", readText(names, "kind"), readText(oldNames, "kind")],
      ["spec.names.plural", readText(names, "plural"), readText(oldNames, "plural")],
    );
  }
  return fields
    .filter(([, value, oldValue]) => value !== oldValue)
    .map(([field, value]) => invalid(field, value, "field is immutable"));
}

/** On a create, the real server notes the storage version before it validates. */
function validateStoredVersions(
  definition: JsonObject,
  spec: JsonObject | undefined,
): FieldError[] {
  const versions = readObjects(spec, "versions");
  const storage = versions.filter((version) => readFlag(version, "storage"));
  const noted = readTexts(readObject(definition, "status"), "storedVersions");
  const first = storage[0] === undefined ? [] : [readText(storage[0], "name")];
  const stored = [...new Set([...noted, ...first])];
  const field = "status.storedVersions";
  if (stored.length === 0) return [invalid(field, null, "must have at least one stored version")];
  const known = new Set(versions.map((version) => readText(version, "name")));
  const errors: FieldError[] = [];
  for (const [index, version] of stored.entries()) {
    if (known.has(version)) continue;
    errors.push(
      invalid(
        `${field}[${index}]`,
        version,
        `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
      ),
    );
  }
  // Two storage versions of one name count as two.
  const unclaimed = new Set(stored);
  for (const version of storage.map((entry) => readText(entry, "name"))) {
    if (unclaimed.delete(version)) continue;
    errors.push(invalid(field, stored, `must have the storage version ${version}`));
  }
  return errors;
}

const APPROVAL = "api-approved.kubernetes.io";
const APPROVAL_URL = "https://github.com/kubernetes/enhancements/pull/1111";

/** Groups of the Kubernetes project itself are open to reviewed APIs only. */
function validateApproval(definition: JsonObject, group: string): FieldError[] {
  const isProtected = /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group);
  if (!isProtected) return [];
  const annotations = readObject(readObject(definition, "metadata"), "annotations");
  const value = isJsonObject(annotations) ? readText(annotations, APPROVAL) : "";
  const field = `metadata.annotations[${APPROVAL}]`;
  if (value === "") {
    return [
      required(
        field,
        `protected groups must have approval annotation "${APPROVAL}", see ${APPROVAL_URL}`,
      ),
    ];
  }
  if (value.startsWith("unapproved") || /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/]+/.test(value)) return [];
  return [
    invalid(
      field,
      value,
      `protected groups must have approval annotation "${APPROVAL}" with either a URL or a reason starting with "unapproved", see ${APPROVAL_URL}`,
    ),
  ];
}

import { type FieldError, invalid, notSupported, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Subdomain, checkQualifiedName } from "../schema/name-rules.js";
import { objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { checkConfigKey } from "./validate-key-values.js";

const SOURCES =
  "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
const NAME = /^[ -<>-~]+$/;
const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const NAME_HELP =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
/** What of its Pod a container may see. */
const FIELD_PATHS =
  /^(?:metadata\.(?:name|namespace|uid|labels|annotations)|metadata\.(?:labels|annotations)\['.+'\]|spec\.(?:nodeName|serviceAccountName|restartPolicy|schedulerName|hostNetwork)|status\.(?:phase|hostIP|hostIPs|podIP|podIPs|nominatedNodeName))$/;

/** `env` and `envFrom` of a container. */
export function validateEnvironment(container: JsonObject, path: string): FieldError[] {
  const errors = objectsAt(container, "env").flatMap((variable, index) =>
    validateVariable(variable, `${path}.env[${index}]`),
  );
  for (const [index, source] of objectsAt(container, "envFrom").entries()) {
    errors.push(...validateEnvironmentSource(source, `${path}.envFrom`, index));
  }
  return errors;
}

function validateEnvironmentSource(source: JsonObject, path: string, index: number): FieldError[] {
  const prefix = textAt(source, "prefix");
  const references = ["configMapRef", "secretRef"].filter(
    (key) => optionalObjectAt(source, key) !== undefined,
  );
  const errors: FieldError[] =
    prefix === "" || NAME.test(prefix)
      ? []
      : [invalid(`${path}[${index}].prefix`, prefix, NAME_HELP)];
  for (const key of references) {
    const name = textAt(objectAt(source, key), "name");
    const field = `${path}[${index}].${key}.name`;
    if (name === "") errors.push(required(field));
    else errors.push(...checkDns1123Subdomain(name).map((detail) => invalid(field, name, detail)));
  }
  // Of the whole source, the real server says it without an index.
  if (references.length === 0)
    errors.push(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"));
  if (references.length > 1)
    errors.push(invalid(path, "", "may not have more than one field specified at a time"));
  return errors;
}

function validateVariable(variable: JsonObject, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const name = textAt(variable, "name");
  if (name === "") errors.push(required(`${field}.name`));
  else if (!NAME.test(name)) errors.push(invalid(`${field}.name`, name, NAME_HELP));
  const valueFrom = optionalObjectAt(variable, "valueFrom");
  return valueFrom === undefined
    ? errors
    : [...errors, ...validateSource(variable, valueFrom, `${field}.valueFrom`)];
}

function validateSource(variable: JsonObject, valueFrom: JsonObject, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const fieldPath = textAt(objectAt(valueFrom, "fieldRef"), "fieldPath");
  if (optionalObjectAt(valueFrom, "fieldRef") !== undefined) {
    if (fieldPath === "") errors.push(required(`${field}.fieldRef.fieldPath`));
    else if (!FIELD_PATHS.test(fieldPath)) {
      const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
      errors.push(invalid(`${field}.fieldRef.fieldPath`, fieldPath, detail));
    } else {
      const key = /\['(.+)'\]$/.exec(fieldPath)?.[1];
      if (key !== undefined)
        errors.push(
          ...checkQualifiedName(key.toLowerCase()).map((detail) =>
            invalid(`${field}.fieldRef`, key, detail),
          ),
        );
    }
  }
  const resourceRef = optionalObjectAt(valueFrom, "resourceFieldRef");
  if (resourceRef !== undefined) {
    const resource = textAt(resourceRef, "resource");
    const path = `${field}.resourceFieldRef.resource`;
    if (resource === "") errors.push(required(path));
    else if (!RESOURCES.includes(resource) && !/^(?:limits|requests)\.hugepages-/.test(resource))
      errors.push(notSupported(path, resource, RESOURCES));
  }
  for (const source of ["configMapKeyRef", "secretKeyRef"]) {
    const reference = optionalObjectAt(valueFrom, source);
    if (reference !== undefined) errors.push(...validateReference(reference, `${field}.${source}`));
  }
  if (textAt(variable, "value") !== "") {
    errors.push(invalid(field, "", "may not be specified when `value` is not empty"));
  } else if (Object.keys(valueFrom).length === 0) errors.push(invalid(field, "", SOURCES));
  return errors;
}

function validateReference(reference: JsonObject, field: string): FieldError[] {
  const name = textAt(reference, "name");
  const key = textAt(reference, "key");
  const errors = checkDns1123Subdomain(name).map((detail) =>
    invalid(`${field}.name`, name, detail),
  );
  if (key === "") return [...errors, required(`${field}.key`)];
  return [...errors, ...checkConfigKey(key).map((detail) => invalid(`${field}.key`, key, detail))];
}

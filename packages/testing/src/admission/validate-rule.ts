import { type FieldError, invalid, notSupported, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { supported } from "./field-rules.js";
import { textsAt } from "./json-access.js";

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

/** A rule with operations of a webhook or policy: what it is about. */
export function validateRule(rule: JsonObject, path: string): FieldError[] {
  const operations = textsAt(rule, "operations");
  const errors = validateValues(rule, "operations", path, "operations");
  for (const [index, operation] of operations.entries())
    if (!OPERATIONS.includes(operation))
      errors.push(notSupported(`${path}.operations[${index}]`, operation, OPERATIONS));
  errors.push(
    ...validateValues(rule, "apiGroups", path, "API groups"),
    ...validateValues(rule, "apiVersions", path, "API versions"),
  );
  for (const [index, version] of textsAt(rule, "apiVersions").entries())
    if (version === "") errors.push(required(`${path}.apiVersions[${index}]`));
  return [
    ...errors,
    ...validateResources(textsAt(rule, "resources"), `${path}.resources`),
    ...supported(rule, "scope", path, ["*", "Cluster", "Namespaced"]),
  ];
}

/** There has to be a value, and `*` stands alone. */
function validateValues(rule: JsonObject, key: string, path: string, noun: string): FieldError[] {
  const values = textsAt(rule, key);
  const field = `${path}.${key}`;
  if (values.length === 0) return [required(field)];
  return values.length > 1 && values.includes("*")
    ? [invalid(field, values, `if '*' is present, must not specify other ${noun}`)]
    : [];
}

function validateResources(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const wholes = new Set<string>();
  for (const [index, resource] of resources.entries()) {
    const field = `${path}[${index}]`;
    if (resource === "") errors.push(required(field));
    const slash = resource.indexOf("/");
    if (slash < 0) continue;
    const [name, part] = [resource.slice(0, slash), resource.slice(slash + 1)];
    for (const whole of [`${name}/*`, `*/${part}`])
      if (wholes.has(whole))
        errors.push(
          invalid(field, resource, `if '${whole}' is present, must not specify ${resource}`),
        );
    if (name === "*" || part === "*") wholes.add(resource);
  }
  if (resources.length > 1 && resources.includes("*/*"))
    errors.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  // The last one without a part counts, as on the real server.
  const lastWhole = resources.findLast((resource) => resource !== "" && !resource.includes("/"));
  if (resources.includes("*") && lastWhole !== undefined && lastWhole !== "*")
    errors.push(
      invalid(
        path,
        resources,
        "if '*' is present, must not specify other resources without subresources",
      ),
    );
  return errors;
}

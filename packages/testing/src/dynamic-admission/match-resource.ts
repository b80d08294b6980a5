import {
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  textsAt,
} from "../admission/json-access.js";
import { selects } from "../admission/validate-workload.js";
import { refuse } from "../api-server/refusal.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { JsonObject } from "../schema/json.js";
import type { AdmittedWrite } from "./admitted-write.js";

/** The resource in whose version a write is told of: another one than that of the request where rules mean an equivalent. */
export function matchingResource(
  rules: readonly JsonObject[],
  write: AdmittedWrite,
  isEquivalent: boolean,
): ServedResource | undefined {
  const matches = (resource: ServedResource): boolean =>
    rules.some((rule) => isMeant(rule, resource, write));
  if (matches(write.resource)) return write.resource;
  if (!isEquivalent) return undefined;
  const { storageKey } = write.resource;
  return write.context.registry
    .all()
    .filter((each) => each.storageKey === storageKey && each !== write.resource)
    .find(matches);
}

/** Whether a rule with operations is about a write to a resource in this version. */
export function isMeant(
  rule: JsonObject,
  resource: ServedResource,
  {
    operation,
    subresource,
    name,
    namespace,
  }: Pick<AdmittedWrite, "operation" | "subresource" | "name" | "namespace">,
): boolean {
  const operations = textsAt(rule, "operations");
  const isOperation = operations.includes("*") || operations.includes(operation);
  const names = textsAt(rule, "resourceNames");
  return (
    isOperation &&
    isInScope(textAt(rule, "scope"), resource, namespace) &&
    holds(textsAt(rule, "apiGroups"), resource.group) &&
    holds(textsAt(rule, "apiVersions"), resource.version) &&
    textsAt(rule, "resources").some((each) => isResource(each, resource.plural, subresource)) &&
    (names.length === 0 || names.includes(name))
  );
}

const holds = (values: readonly string[], value: string): boolean =>
  values.includes("*") || values.includes(value);

/** A Namespace is in no namespace, whatever the attributes of the request say. */
function isInScope(
  scope: string,
  { storageKey, namespaced }: ServedResource,
  namespace: string,
): boolean {
  if (scope === "" || scope === "*") return true;
  const isNamespaced = namespaced && namespace !== "" && storageKey !== "/namespaces";
  return isNamespaced === (scope === "Namespaced");
}

function isResource(rule: string, plural: string, subresource: string): boolean {
  const [resource = "", part = ""] = rule.split("/");
  return (resource === "*" || resource === plural) && (part === subresource || part === "*");
}

/** Whether the namespace of a write has labels that a selector wants. @throws ApiError when the namespace is not there. */
export function isInNamespace(owner: JsonObject, write: AdmittedWrite): boolean {
  const selector = objectAt(owner, "namespaceSelector");
  if (isEverything(selector)) return true;
  const { namespace, resource, object, old } = write;
  const isNamespace = resource.storageKey === "/namespaces";
  if (!resource.namespaced && !isNamespace) return true;
  // A Namespace is judged by its own labels: those of the request where there are any.
  const found =
    isNamespace && object !== undefined && write.subresource === ""
      ? object
      : (namespaceOf(write) ?? old);
  if (found === undefined)
    throw refuse.notFound({ group: "", plural: "namespaces", kind: "Namespace" }, namespace);
  return selects(selector, labelsOf(found));
}

/** The namespace that a write is in, or that it is about. */
export function namespaceOf({ namespace, context }: AdmittedWrite): JsonObject | undefined {
  return namespace === "" ? undefined : context.store.get("/namespaces", `/${namespace}`);
}

/** Whether the new or the old object has labels that a selector wants. */
export function isSelected(owner: JsonObject, { object, old }: AdmittedWrite): boolean {
  const selector = objectAt(owner, "objectSelector");
  return (
    isEverything(selector) ||
    [object, old].some(
      (each) =>
        each !== undefined &&
        optionalObjectAt(each, "metadata") !== undefined &&
        selects(selector, labelsOf(each)),
    )
  );
}

function isEverything(selector: JsonObject): boolean {
  return (
    Object.keys(objectAt(selector, "matchLabels")).length === 0 &&
    objectsAt(selector, "matchExpressions").length === 0
  );
}

const labelsOf = (object: JsonObject): JsonObject =>
  objectAt(objectAt(object, "metadata"), "labels");

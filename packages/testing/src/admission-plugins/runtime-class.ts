import {
  ensureObjectAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
} from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { AdmissionRequest } from "../api-server/server-context.js";
import { copyJson, jsonEqual, type JsonObject } from "../schema/json.js";
import { compareQuantity, parseQuantity } from "../schema/quantity.js";
import type { ObjectStore } from "../store/object-store.js";

const MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
const UNFOUNDED =
  "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";

/**
 * Gives a new Pod the overhead and the scheduling of its RuntimeClass. In place.
 *
 * @returns whether anything was given.
 * @throws ApiError Forbidden when there is no such class, or when the Pod says something else.
 */
export function applyRuntimeClass(
  pod: JsonObject,
  resource: ServedResource,
  store: ObjectStore,
): boolean {
  const spec = objectAt(pod, "spec");
  const className = textAt(spec, "runtimeClassName");
  if (className === "") return false;
  const overhead = optionalObjectAt(spec, "overhead");
  const name = textAt(objectAt(pod, "metadata"), "name");
  const forbid = (why: string): never => {
    throw refuse.forbidden(resource, name, `pods ${JSON.stringify(name)} is forbidden: ${why}`);
  };
  const found = store.get("node.k8s.io/runtimeclasses", `/${className}`);
  if (found === undefined)
    return forbid(`pod rejected: RuntimeClass ${JSON.stringify(className)} not found`);
  const fixed = optionalObjectAt(objectAt(found, "overhead"), "podFixed");
  if (fixed !== undefined) {
    if (overhead !== undefined && !isSameAmounts(overhead, fixed)) return forbid(MISMATCH);
    spec["overhead"] = copyJson(fixed);
  }
  const scheduling = optionalObjectAt(found, "scheduling");
  if (scheduling !== undefined) {
    const conflict = selectNodes(spec, objectAt(scheduling, "nodeSelector"));
    if (conflict !== undefined) return forbid(conflict);
    const tolerations = objectsAt(scheduling, "tolerations");
    if (tolerations.length > 0)
      spec["tolerations"] = mergedTolerations([
        ...objectsAt(spec, "tolerations"),
        ...copyJson(tolerations),
      ]);
  }
  return fixed !== undefined || scheduling !== undefined;
}

/** Refuses a Pod that says by itself what its runtime costs. */
export function checkRuntimeClass(request: AdmissionRequest, store: ObjectStore): void {
  const { operation, group, plural, subresource, object } = request;
  if (operation !== "CREATE" || group !== "" || plural !== "pods" || subresource !== "") return;
  const spec = objectAt(object, "spec");
  if (optionalObjectAt(spec, "overhead") === undefined) return;
  const className = textAt(spec, "runtimeClassName");
  const found =
    className === "" ? undefined : store.get("node.k8s.io/runtimeclasses", `/${className}`);
  if (optionalObjectAt(found ?? {}, "overhead") !== undefined) return;
  const name = textAt(objectAt(object, "metadata"), "name");
  const why = `pods ${JSON.stringify(name)} is forbidden: ${UNFOUNDED}`;
  throw refuse.forbidden({ group, plural, kind: "Pod" }, name, why);
}

function isSameAmounts(left: JsonObject, right: JsonObject): boolean {
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => {
      const [one, other] = [left, right].map((amounts) => parseQuantity(String(amounts[key])));
      return one !== undefined && other !== undefined && compareQuantity(one, other) === 0;
    })
  );
}

/** Adds to a node selector. @returns the conflict when the Pod selects others. */
function selectNodes(spec: JsonObject, wanted: JsonObject): string | undefined {
  if (Object.keys(wanted).length === 0) return undefined;
  const selector = ensureObjectAt(spec, "nodeSelector");
  for (const [key, value] of Object.entries(wanted)) {
    const own = selector[key];
    if (own !== undefined && own !== value)
      return `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${String(value)}; pod.spec.nodeSelector[${key}] = ${String(own)}`;
    selector[key] = value;
  }
  return undefined;
}

/** Without those that another one covers. */
function mergedTolerations(all: readonly JsonObject[]): JsonObject[] {
  const merged: JsonObject[] = [];
  for (const [index, toleration] of all.entries()) {
    const isCovered =
      merged.some((other) => covers(other, toleration)) ||
      all
        .slice(index + 1)
        .some((other) => !jsonEqual(other, toleration) && covers(other, toleration));
    if (!isCovered) merged.push(toleration);
  }
  return merged;
}

function covers(wide: JsonObject, narrow: JsonObject): boolean {
  if (jsonEqual(wide, narrow)) return true;
  const operator = textAt(wide, "operator") || "Equal";
  const key = textAt(wide, "key");
  if (key !== textAt(narrow, "key") && (key !== "" || operator !== "Exists")) return false;
  const effect = textAt(wide, "effect");
  if (effect !== "" && effect !== textAt(narrow, "effect")) return false;
  const seconds = wide["tolerationSeconds"];
  if (effect === "NoExecute" && typeof seconds === "number") {
    const own = narrow["tolerationSeconds"];
    if (typeof own !== "number" || own > seconds) return false;
  }
  if (operator === "Exists") return true;
  const isEqual = (textAt(narrow, "operator") || "Equal") === "Equal";
  return isEqual && textAt(wide, "value") === textAt(narrow, "value");
}

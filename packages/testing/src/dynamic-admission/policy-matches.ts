import { objectAt, objectsAt, optionalObjectAt, textAt } from "../admission/json-access.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { isInNamespace, isSelected, matchingResource } from "./match-resource.js";

/** A policy with the bindings that name it. */
export interface BoundPolicy {
  readonly policy: JsonObject;
  readonly bindings: readonly JsonObject[];
}

/** Policies without a binding have no effect. */
export function boundPolicies(
  store: ObjectStore,
  policiesKey: string,
  bindingsKey: string,
): readonly BoundPolicy[] {
  const all = store.list(bindingsKey).objects;
  return store
    .list(policiesKey)
    .objects.map((policy) => ({
      policy,
      bindings: all.filter(
        (binding) => textAt(objectAt(binding, "spec"), "policyName") === nameOf(policy),
      ),
    }))
    .filter(({ bindings }) => bindings.length > 0);
}

export const nameOf = (object: JsonObject): string => textAt(objectAt(object, "metadata"), "name");

/** In which version a policy sees a write; undefined when it is not about it. */
export function policyResource(
  policy: JsonObject,
  write: AdmittedWrite,
): ServedResource | undefined {
  return matchedResource(objectAt(objectAt(policy, "spec"), "matchConstraints"), write);
}

export function isBindingMeant(binding: JsonObject, write: AdmittedWrite): boolean {
  const match = optionalObjectAt(objectAt(binding, "spec"), "matchResources");
  return match === undefined || matchedResource(match, write) !== undefined;
}

function matchedResource(match: JsonObject, write: AdmittedWrite): ServedResource | undefined {
  if (!isInNamespace(match, write) || !isSelected(match, write)) return undefined;
  const isEquivalent = textAt(match, "matchPolicy") !== "Exact";
  const excluded = objectsAt(match, "excludeResourceRules");
  if (matchingResource(excluded, write, isEquivalent) !== undefined) return undefined;
  const rules = objectsAt(match, "resourceRules");
  return rules.length === 0 ? write.resource : matchingResource(rules, write, isEquivalent);
}

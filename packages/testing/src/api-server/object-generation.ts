import { type JsonObject, jsonEqual } from "../schema/json.js";
import type { ServedResource } from "./resource-registry.js";
import { metadataOf } from "./write-target.js";

/** Built-in kinds that count the changes of their desired state. */
const COUNTED = new Set([
  "/pods",
  "/replicationcontrollers",
  "/podtemplates",
  "apps/deployments",
  "apps/replicasets",
  "apps/statefulsets",
  "apps/daemonsets",
  "batch/jobs",
  "batch/cronjobs",
  "policy/poddisruptionbudgets",
  "networking.k8s.io/networkpolicies",
  "networking.k8s.io/ingresses",
  "networking.k8s.io/ingressclasses",
  "apiextensions.k8s.io/customresourcedefinitions",
  "admissionregistration.k8s.io/validatingwebhookconfigurations",
  "admissionregistration.k8s.io/mutatingwebhookconfigurations",
  "admissionregistration.k8s.io/validatingadmissionpolicies",
  "admissionregistration.k8s.io/validatingadmissionpolicybindings",
  "admissionregistration.k8s.io/mutatingadmissionpolicies",
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
  "flowcontrol.apiserver.k8s.io/flowschemas",
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
  "scheduling.k8s.io/priorityclasses",
  "discovery.k8s.io/endpointslices",
  "autoscaling/horizontalpodautoscalers",
]);

/** Whether `metadata.generation` of a resource's objects counts the changes of their desired state. */
export function hasGeneration(resource: ServedResource): boolean {
  return resource.isCustom || COUNTED.has(resource.storageKey);
}

/** Whether a change is one of the desired state, so that `generation` moves. */
export function isSpecChange(
  resource: ServedResource,
  object: JsonObject,
  stored: JsonObject,
): boolean {
  const ignored = new Set(["metadata", ...(resource.hasStatus ? ["status"] : [])]);
  const keys = new Set(
    [...Object.keys(object), ...Object.keys(stored)].filter((key) => !ignored.has(key)),
  );
  if ([...keys].some((key) => !jsonEqual(object[key], stored[key]))) return true;
  // Deployments hand their annotations on to what they make.
  return (
    resource.storageKey === "apps/deployments" &&
    !jsonEqual(metadataOf(object)["annotations"] ?? {}, metadataOf(stored)["annotations"] ?? {})
  );
}

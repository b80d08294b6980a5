import { type FieldError, invalid } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { objectAt, objectsAt, textAt } from "./json-access.js";
import { validatePodSpec } from "./validate-pod-spec.js";
import { validateGatedNode } from "./validate-scheduling.js";

const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** A new pod. */
export function validatePod(pod: JsonObject): FieldError[] {
  const spec = objectAt(pod, "spec");
  return [
    ...validatePodAnnotations(pod, "metadata.annotations"),
    ...validatePodSpec(spec, "spec"),
    ...validateGatedNode(spec, "spec"),
  ];
}

/** Annotations of a pod, or of a template of one, that speak of its containers. */
export function validatePodAnnotations(pod: JsonObject, path: string): FieldError[] {
  const spec = objectAt(pod, "spec");
  const names = new Set(
    ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
      objectsAt(spec, list).map((container) => textAt(container, "name")),
    ),
  );
  return Object.keys(objectAt(objectAt(pod, "metadata"), "annotations")).flatMap((key) => {
    if (!key.startsWith(APPARMOR)) return [];
    const name = key.slice(APPARMOR.length);
    return names.has(name) ? [] : [invalid(`${path}[${key}]`, name, "container not found")];
  });
}

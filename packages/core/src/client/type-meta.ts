import type { KubernetesObject } from "./kubernetes-object.js";
import { apiVersionOf, type Resource } from "./resource.js";

/** The object with apiVersion and kind; the one given is not changed. */
export function withTypeMeta<T extends KubernetesObject>(object: T, resource: Resource<T>): T {
  if (object.apiVersion !== undefined && object.kind !== undefined) return object;
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

/** Items of a typed list come without apiVersion and kind; whoever takes one out of the list needs them. */
export function addTypeMeta<T extends KubernetesObject>(object: T, resource: Resource<T>): T {
  object.apiVersion ??= apiVersionOf(resource);
  object.kind ??= resource.kind;
  return object;
}

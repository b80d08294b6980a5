import type { KubernetesObject } from "./kubernetes-object.js";

/**
 * What a client has to know to send requests for one kind: it stands where discovery requests would be.
 * One name is both the type and the descriptor: `client.get(VirtualMachine, key)` gives a `VirtualMachine`.
 */
export interface Resource<T extends KubernetesObject = KubernetesObject> {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural, as it stands in the URL. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Carries the object's type; never set. */
  readonly objectType?: T | undefined;
}

/** Describes a resource of your own. */
export function defineResource<T extends KubernetesObject = KubernetesObject>(
  resource: Omit<Resource<T>, "objectType">,
): Resource<T> {
  return Object.freeze({ ...resource });
}

/** `group/version`, or `version` for the core group: the `apiVersion` of the resource's objects. */
export function apiVersionOf(resource: Pick<Resource, "group" | "version">): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** One owner of an object (`metav1.OwnerReference`). */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean | undefined;
  blockOwnerDeletion?: boolean | undefined;
}

/** One entry of `metadata.managedFields` (`metav1.ManagedFieldsEntry`). */
export interface ManagedFieldsEntry {
  manager?: string | undefined;
  operation?: string | undefined;
  apiVersion?: string | undefined;
  time?: string | undefined;
  fieldsType?: string | undefined;
  fieldsV1?: Record<string, unknown> | undefined;
  subresource?: string | undefined;
}

/** `metav1.ObjectMeta`. Times are RFC 3339 strings, as on the wire. */
export interface ObjectMeta {
  name?: string | undefined;
  generateName?: string | undefined;
  namespace?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  generation?: number | undefined;
  creationTimestamp?: string | undefined;
  deletionTimestamp?: string | undefined;
  deletionGracePeriodSeconds?: number | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  ownerReferences?: OwnerReference[] | undefined;
  finalizers?: string[] | undefined;
  managedFields?: ManagedFieldsEntry[] | undefined;
  selfLink?: string | undefined;
}

/** What every object of a Kubernetes API has. */
export interface KubernetesObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ObjectMeta | undefined;
}

/** `metav1.ListMeta`. */
export interface ListMeta {
  resourceVersion?: string | undefined;
  continue?: string | undefined;
  remainingItemCount?: number | undefined;
}

/** A list of objects as the API server gives it. */
export interface ObjectList<T extends KubernetesObject> {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata: ListMeta;
  items: T[];
}

/** `metav1.Condition`, as far as the CRDs that kvop serves keep it (some have no `observedGeneration`). */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason?: string | undefined;
  message?: string | undefined;
  lastTransitionTime?: string | undefined;
  observedGeneration?: number | undefined;
}

/** Name of an object: with a namespace when its resource is namespaced, without one when it is cluster-scoped. */
export interface ObjectKey {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The key of an object that carries its name. */
export function objectKeyOf(object: KubernetesObject): ObjectKey {
  const { name = "", namespace } = object.metadata ?? {};
  return namespace === undefined ? { name } : { namespace, name };
}

/** `namespace/name`, or `name` alone for a cluster-scoped object: for logs, messages and map keys. */
export function formatObjectKey(key: ObjectKey): string {
  return key.namespace === undefined || key.namespace === ""
    ? key.name
    : `${key.namespace}/${key.name}`;
}

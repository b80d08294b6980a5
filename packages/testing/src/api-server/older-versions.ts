import { objectAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";

/** Versions that the real server no longer serves, and still reads, of the kinds that have them. */
const OLDER: Readonly<Record<string, string>> = {
  "apps/v1beta1": "Deployment StatefulSet ControllerRevision",
  "apps/v1beta2": "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision",
  "extensions/v1beta1": "Deployment DaemonSet ReplicaSet NetworkPolicy",
  "networking.k8s.io/v1beta1": "IngressClass IPAddress ServiceCIDR",
  "batch/v1beta1": "CronJob",
  "policy/v1beta1": "PodDisruptionBudget",
  "coordination.k8s.io/v1beta1": "Lease",
  "rbac.authorization.k8s.io/v1alpha1": "ClusterRole Role RoleBinding ClusterRoleBinding",
  "rbac.authorization.k8s.io/v1beta1": "ClusterRole Role RoleBinding ClusterRoleBinding",
  "storage.k8s.io/v1alpha1": "VolumeAttachment CSIStorageCapacity VolumeAttributesClass",
  "storage.k8s.io/v1beta1":
    "StorageClass VolumeAttachment CSIDriver CSINode CSIStorageCapacity VolumeAttributesClass",
  "scheduling.k8s.io/v1beta1": "PriorityClass",
  "discovery.k8s.io/v1beta1": "EndpointSlice",
  "node.k8s.io/v1alpha1": "RuntimeClass",
  "node.k8s.io/v1beta1": "RuntimeClass",
  "flowcontrol.apiserver.k8s.io/v1beta1": "FlowSchema",
  "flowcontrol.apiserver.k8s.io/v1beta2": "FlowSchema",
  "flowcontrol.apiserver.k8s.io/v1beta3": "FlowSchema",
};

const KINDS = new Map(Object.entries(OLDER).map(([version, kinds]) => [version, kinds.split(" ")]));

/** Whether a kind has fields of the same names in a version that is read, though it is not served. */
export function isOlderVersion(apiVersion: string, kind: string): boolean {
  return KINDS.get(apiVersion)?.includes(kind) === true;
}

/** Versions in which a workload has the labels of its template where it has none of its own. */
const LABELLED = new Set(["apps/v1beta1", "extensions/v1beta1"]);

/** An object with the defaults that an older version has and the one of its endpoint does not. */
export function withOlderDefaults(object: JsonObject, olderVersion: string): JsonObject {
  const metadata = objectAt(object, "metadata");
  const labels = objectAt(
    objectAt(objectAt(objectAt(object, "spec"), "template"), "metadata"),
    "labels",
  );
  const isLabelled = Object.keys(objectAt(metadata, "labels")).length > 0;
  if (!LABELLED.has(olderVersion) || isLabelled || Object.keys(labels).length === 0) return object;
  return { ...object, metadata: { ...metadata, labels } };
}

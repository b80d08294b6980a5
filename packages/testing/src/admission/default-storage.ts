import { formatTime } from "@kvop/core";

import { isJsonObject, type JsonObject } from "../schema/json.js";
import { defaultVolumeSource } from "./default-pod-spec.js";
import { ensureObjectAt, objectAt, setDefault, textsAt } from "./json-access.js";

/** A PersistentVolumeClaim. In place. */
export function defaultClaim(claim: JsonObject): void {
  defaultClaimSpec(ensureObjectAt(claim, "spec"));
}

/** What a new PersistentVolumeClaim gets. In place. */
export function completeClaim(claim: JsonObject): void {
  copyDataSource(ensureObjectAt(claim, "spec"));
  addFinalizer(claim, "kubernetes.io/pvc-protection");
  claim["status"] = { phase: "Pending" };
}

/** What is said by one of the two fields for a data source holds for the other. */
function copyDataSource(spec: JsonObject): void {
  const { dataSource, dataSourceRef } = spec;
  if (isJsonObject(dataSource) && dataSourceRef === undefined) {
    const { apiGroup, ...source } = dataSource;
    spec["dataSourceRef"] = { apiGroup: apiGroup ?? null, ...source };
  } else if (isJsonObject(dataSourceRef) && dataSource === undefined) {
    const { namespace, apiGroup, ...source } = dataSourceRef;
    if (namespace === undefined || namespace === "")
      spec["dataSource"] = { apiGroup: apiGroup === "" ? null : (apiGroup ?? null), ...source };
  }
}

export function defaultClaimSpec(spec: JsonObject): void {
  setDefault(spec, "volumeMode", "Filesystem");
  const resources = objectAt(spec, "resources");
  const limits = objectAt(resources, "limits");
  if (limits["storage"] !== undefined)
    setDefault(ensureObjectAt(resources, "requests"), "storage", limits["storage"]);
}

/** A PersistentVolume. In place. */
export function defaultVolumeObject(volume: JsonObject): void {
  const spec = ensureObjectAt(volume, "spec");
  setDefault(spec, "persistentVolumeReclaimPolicy", "Retain");
  setDefault(spec, "volumeMode", "Filesystem");
  defaultVolumeSource(spec);
}

/** What a new PersistentVolume gets. In place. */
export function completeVolumeObject(volume: JsonObject, nowMs: number | undefined): void {
  addFinalizer(volume, "kubernetes.io/pv-protection");
  volume["status"] = {
    phase: "Pending",
    ...(nowMs === undefined ? {} : { lastPhaseTransitionTime: formatTime(nowMs) }),
  };
}

/** A finalizer that admission adds; a controller takes it away again. */
function addFinalizer(object: JsonObject, finalizer: string): void {
  const metadata = ensureObjectAt(object, "metadata");
  const finalizers = textsAt(metadata, "finalizers");
  if (!finalizers.includes(finalizer)) metadata["finalizers"] = [...finalizers, finalizer];
}

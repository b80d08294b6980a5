import { objectAt, objectsAt, textAt, textsAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { at, countAt, isBeingDeleted, joined, type KindCells, valueAtPath } from "./cell-reader.js";

const ACCESS_MODES: readonly (readonly [mode: string, short: string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

const modesText = (modes: readonly string[]): string =>
  ACCESS_MODES.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",");

const phaseOrTerminating = (object: JsonObject): string =>
  isBeingDeleted(object) ? "Terminating" : textAt(objectAt(object, "status"), "phase");

const isBound = (claim: JsonObject): boolean =>
  textAt(objectAt(claim, "spec"), "volumeName") !== "";

/** The name of a class, marked when it is the one that is taken by default. */
function nameOfClass(storageClass: JsonObject): string {
  const metadata = objectAt(storageClass, "metadata");
  const annotations = objectAt(metadata, "annotations");
  const isDefault = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
  ].some((key) => annotations[key] === "true");
  return `${textAt(metadata, "name")}${isDefault ? " (default)" : ""}`;
}

const classAt =
  (annotation: string) =>
  (object: JsonObject): string =>
    textAt(objectAt(objectAt(object, "metadata"), "annotations"), annotation) ||
    textAt(objectAt(object, "spec"), "storageClassName");

const BETA_CLASS = "volume.beta.kubernetes.io/storage-class";

export const storageCells: Readonly<Record<string, KindCells>> = {
  "/persistentvolumes": {
    Capacity: at("spec.capacity.storage", ""),
    "Access Modes": (volume) => modesText(textsAt(objectAt(volume, "spec"), "accessModes")),
    "Reclaim Policy": at("spec.persistentVolumeReclaimPolicy", ""),
    Status: phaseOrTerminating,
    Claim: (volume) => {
      const claim = objectAt(objectAt(volume, "spec"), "claimRef");
      return joined([textAt(claim, "namespace"), textAt(claim, "name")].filter(Boolean), "", "/");
    },
    StorageClass: classAt(BETA_CLASS),
    VolumeAttributesClass: at("spec.volumeAttributesClassName", "<unset>"),
    Reason: at("status.reason", ""),
    VolumeMode: at("spec.volumeMode", "<unset>"),
  },
  "/persistentvolumeclaims": {
    Status: phaseOrTerminating,
    Volume: at("spec.volumeName", ""),
    Capacity: (claim) =>
      isBound(claim) ? (valueAtPath(claim, "status.capacity.storage") ?? "0") : "",
    "Access Modes": (claim) =>
      isBound(claim) ? modesText(textsAt(objectAt(claim, "status"), "accessModes")) : "",
    StorageClass: classAt(BETA_CLASS),
    VolumeAttributesClass: at("spec.volumeAttributesClassName", "<unset>"),
    VolumeMode: at("spec.volumeMode", "<unset>"),
  },
  "storage.k8s.io/storageclasses": {
    Name: nameOfClass,
    Provisioner: at("provisioner", ""),
    ReclaimPolicy: at("reclaimPolicy", "Delete"),
    VolumeBindingMode: at("volumeBindingMode", "Immediate"),
    AllowVolumeExpansion: at("allowVolumeExpansion", false),
  },
  "storage.k8s.io/volumeattributesclasses": { DriverName: at("driverName", "") },
  "storage.k8s.io/volumeattachments": {
    Attacher: at("spec.attacher", ""),
    PV: at("spec.source.persistentVolumeName", ""),
    Node: at("spec.nodeName", ""),
    Attached: at("status.attached", false),
  },
  "storage.k8s.io/csidrivers": {
    AttachRequired: at("spec.attachRequired", true),
    PodInfoOnMount: at("spec.podInfoOnMount", false),
    StorageCapacity: at("spec.storageCapacity", false),
    TokenRequests: (driver) =>
      joined(
        objectsAt(objectAt(driver, "spec"), "tokenRequests").map((each) =>
          textAt(each, "audience"),
        ),
        "<unset>",
      ),
    RequiresRepublish: at("spec.requiresRepublish", false),
    Modes: (driver) => joined(textsAt(objectAt(driver, "spec"), "volumeLifecycleModes")),
  },
  "storage.k8s.io/csinodes": { Drivers: countAt("spec.drivers") },
};

import { type FieldError, forbidden, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Subdomain } from "../schema/name-rules.js";
import { objectAt, optionalObjectAt, textAt } from "./json-access.js";
import { validateNodeSelector } from "./validate-affinity.js";
import { validateNoWayUp } from "./validate-local-path.js";
import { validateHostPath, validateNfs } from "./validate-volumes.js";

const OPTIONS_ANNOTATION = "volume.beta.kubernetes.io/mount-options";
/** Sources that are mounted by no file system of their own: options say nothing to them. */
const WITHOUT_OPTIONS = ["hostPath", "fc", "flexVolume", "local"];
const SECRETS = [
  "controllerPublishSecretRef",
  "nodeStageSecretRef",
  "nodePublishSecretRef",
  "controllerExpandSecretRef",
  "nodeExpandSecretRef",
];

/** Where a PersistentVolume can be used, and how it is mounted. */
export function validateVolumePlace(spec: JsonObject, volume: JsonObject): FieldError[] {
  const annotations = objectAt(objectAt(volume, "metadata"), "annotations");
  const affinity = optionalObjectAt(spec, "nodeAffinity");
  const isMountedPlain = WITHOUT_OPTIONS.some((source) => optionalObjectAt(spec, source));
  const constraints = affinity === undefined ? undefined : optionalObjectAt(affinity, "required");
  return [
    ...(Object.hasOwn(annotations, OPTIONS_ANNOTATION) && isMountedPlain
      ? [
          forbidden(
            `metadata.annotations.${OPTIONS_ANNOTATION}`,
            "may not specify mount options for this volume type",
          ),
        ]
      : []),
    ...(affinity === undefined
      ? []
      : constraints === undefined
        ? [required("spec.nodeAffinity.required", "must specify required node constraints")]
        : validateNodeSelector(constraints, "spec.nodeAffinity.required")),
  ];
}

/** The source of a PersistentVolume. */
export function validatePersistentSource(source: string, spec: JsonObject): FieldError[] {
  const fields = objectAt(spec, source);
  const path = `spec.${source}`;
  switch (source) {
    case "hostPath":
      return [...validateHostPath(fields, path), ...validateRecycledRoot(fields, spec)];
    case "nfs":
      return validateNfs(fields, path);
    case "local":
      return validateLocal(fields, spec);
    case "csi":
      return validateCsi(fields, path);
    default:
      return [];
  }
}

function validateRecycledRoot(hostPath: JsonObject, spec: JsonObject): FieldError[] {
  const isRoot = /^\/+$/.test(textAt(hostPath, "path"));
  return isRoot && textAt(spec, "persistentVolumeReclaimPolicy") === "Recycle"
    ? [
        forbidden(
          "spec.persistentVolumeReclaimPolicy",
          "may not be 'recycle' for a hostPath mount of '/'",
        ),
      ]
    : [];
}

function validateLocal(local: JsonObject, spec: JsonObject): FieldError[] {
  const path = textAt(local, "path");
  return [
    ...(path === "" ? [required("spec.local.path")] : validateNoWayUp(path, "spec.local.path")),
    ...(optionalObjectAt(spec, "nodeAffinity") === undefined
      ? [required("spec.nodeAffinity", "Local volume requires node affinity")]
      : []),
  ];
}

function validateCsi(csi: JsonObject, path: string): FieldError[] {
  const driver = textAt(csi, "driver");
  return [
    ...(driver === ""
      ? [required(`${path}.driver`)]
      : checkDns1123Subdomain(driver.toLowerCase()).map((detail) =>
          invalid(`${path}.driver`, driver, detail),
        )),
    ...(textAt(csi, "volumeHandle") === "" ? [required(`${path}.volumeHandle`)] : []),
    ...SECRETS.flatMap((secret) => {
      const reference = optionalObjectAt(csi, secret);
      return reference === undefined
        ? []
        : ["name", "namespace"].flatMap((key) =>
            textAt(reference, key) === "" ? [required(`${path}.${secret}.${key}`)] : [],
          );
    }),
  ];
}

import type { JsonObject } from "../schema/json.js";
import { adviceOnNodeLabel, warningsOfTerm } from "./deprecated-node-labels.js";
import { objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { OUTDATED_SOURCES } from "./outdated-sources.js";
import { warningsOfBytes } from "./warn-bytes.js";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const OPTIONS_ANNOTATION = "volume.beta.kubernetes.io/mount-options";

/** What the real server says of a PersistentVolumeClaim. */
export function warningsOfClaim(claim: JsonObject): string[] {
  return [
    ...annotationWarning(claim, CLASS_ANNOTATION, "v1.8", "storageClassName"),
    ...warningsOfClaimSpec(objectAt(claim, "spec"), "spec"),
  ];
}

/** The same of a claim's spec, or of one that is a part of something else. */
export function warningsOfClaimSpec(spec: JsonObject, path: string): string[] {
  const resources = objectAt(spec, "resources");
  return ["requests", "limits"].flatMap((key) =>
    warningsOfBytes(objectAt(resources, key), "storage", `${path}.resources.${key}`),
  );
}

/** What it says of a PersistentVolume. */
export function warningsOfVolumeObject(volume: JsonObject): string[] {
  const spec = objectAt(volume, "spec");
  const terms = objectsAt(
    objectAt(objectAt(spec, "nodeAffinity"), "required"),
    "nodeSelectorTerms",
  );
  return [
    ...annotationWarning(volume, CLASS_ANNOTATION, "v1.8", "storageClassName"),
    ...annotationWarning(volume, OPTIONS_ANNOTATION, "v1.31", "mountOptions"),
    ...(textAt(spec, "persistentVolumeReclaimPolicy") === "Recycle"
      ? [
          "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
        ]
      : []),
    ...terms.flatMap((term, index) =>
      warningsOfTerm(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`),
    ),
    ...OUTDATED_SOURCES.flatMap(([source, advice]) =>
      optionalObjectAt(spec, source) === undefined ? [] : [`spec.${advice}`],
    ),
  ];
}

/** What it says of a StorageClass. */
export function warningsOfStorageClass(storageClass: JsonObject): string[] {
  return objectsAt(storageClass, "allowedTopologies").flatMap((topology, index) =>
    objectsAt(topology, "matchLabelExpressions").flatMap((expression, position) => {
      const advice = adviceOnNodeLabel(textAt(expression, "key"));
      return advice === undefined
        ? []
        : [`allowedTopologies[${index}].matchLabelExpressions[${position}].key: ${advice}`];
    }),
  );
}

function annotationWarning(
  object: JsonObject,
  key: string,
  since: string,
  attribute: string,
): string[] {
  const annotations = objectAt(objectAt(object, "metadata"), "annotations");
  return Object.hasOwn(annotations, key)
    ? [
        `metadata.annotations[${key}]: deprecated since ${since}; use "${attribute}" attribute instead`,
      ]
    : [];
}

import { type FieldError, invalid, notSupported } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Label } from "../schema/name-rules.js";
import { notNegative } from "./field-rules.js";
import { goStruct } from "./go-struct.js";
import { objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { shareOf, validateShare, validateWhole } from "./validate-share.js";
import { validateClaimSpec } from "./validate-storage.js";

const RETENTIONS = ["Retain", "Delete"];

/** What of a StatefulSet is asked before everything else: how its Pods and claims come and go. */
export function validateStatefulSet(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const management = textAt(spec, "podManagementPolicy");
  if (management !== "OrderedReady" && management !== "Parallel") {
    errors.push(
      invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'"),
    );
  }
  errors.push(...validateUpdates(objectAt(spec, "updateStrategy"), "spec.updateStrategy"));
  const retention = optionalObjectAt(spec, "persistentVolumeClaimRetentionPolicy");
  for (const key of retention === undefined ? [] : ["whenDeleted", "whenScaled"]) {
    const value = textAt(retention ?? {}, key);
    const field = `spec.persistentVolumeClaimRetentionPolicy.${key}`;
    if (!RETENTIONS.includes(value)) errors.push(notSupported(field, value, RETENTIONS));
  }
  const claims = objectsAt(spec, "volumeClaimTemplates");
  return [
    ...errors,
    ...claims.flatMap((claim, index) =>
      validateClaimSpec(objectAt(claim, "spec")).map((error) => ({
        ...error,
        field: `spec.volumeClaimTemplates[${index}].${error.field}`,
      })),
    ),
  ];
}

/** What is asked after the number of replicas. */
export function validateStatefulAmounts(spec: JsonObject): FieldError[] {
  const service = textAt(spec, "serviceName");
  const details = service === "" ? [] : checkDns1123Label(service);
  return [
    ...notNegative(spec, "minReadySeconds", "spec"),
    ...notNegative(objectAt(spec, "ordinals"), "start", "spec.ordinals"),
    ...details.map((detail) => invalid("spec.serviceName", service, detail)),
  ];
}

function validateUpdates(strategy: JsonObject, path: string): FieldError[] {
  const type = textAt(strategy, "type");
  const rollingUpdate = optionalObjectAt(strategy, "rollingUpdate");
  if (type !== "RollingUpdate" && type !== "OnDelete") {
    const value = goStruct({ Type: type, RollingUpdate: strategy["rollingUpdate"] ?? null });
    return [invalid(path, value, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  if (rollingUpdate === undefined) return [];
  const field = `${path}.rollingUpdate`;
  const { partition = 0, maxUnavailable } = rollingUpdate;
  if (type === "OnDelete") {
    const value = goStruct({ Partition: partition, MaxUnavailable: maxUnavailable ?? null });
    return [invalid(field, value, "only allowed for updateStrategy 'RollingUpdate'")];
  }
  const errors = notNegative(rollingUpdate, "partition", field);
  if (maxUnavailable === undefined) return errors;
  errors.push(...validateShare(maxUnavailable, `${field}.maxUnavailable`));
  if (shareOf(maxUnavailable) === 0)
    errors.push(invalid(`${field}.maxUnavailable`, maxUnavailable, "cannot be 0"));
  return [...errors, ...validateWhole(maxUnavailable, `${field}.maxUnavailable`)];
}

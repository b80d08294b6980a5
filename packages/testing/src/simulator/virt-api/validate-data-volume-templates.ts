import { objectAt, objectsAt, optionalObjectAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import { invalid, required, type WebhookCause } from "./webhook-refusal.js";

/** What virt-api says of the disks that a machine brings along: the first problem of each. */
export function validateDataVolumeTemplates(spec: JsonObject): WebhookCause[] {
  const volumes = objectsAt(objectAt(objectAt(spec, "template"), "spec"), "volumes");
  return objectsAt(spec, "dataVolumeTemplates").flatMap((template, index): WebhookCause[] => {
    const field = `spec.dataVolumeTemplate[${index}]`;
    const problem = problemOf(field, template);
    if (problem !== undefined) return [problem];
    const name = textAt(objectAt(template, "metadata"), "name");
    const isUsed = volumes.some(
      (volume) =>
        textAt(objectAt(volume, "persistentVolumeClaim"), "claimName") === name ||
        textAt(objectAt(volume, "dataVolume"), "name") === name,
    );
    if (isUsed) return [];
    const message = `DataVolumeTemplate entry ${field} must be referenced in the VMI template's 'volumes' list`;
    return [required(message, field)];
  });
}

function problemOf(field: string, template: JsonObject): WebhookCause | undefined {
  if (textAt(objectAt(template, "metadata"), "name") === "") {
    const message = `'name' field must not be empty for DataVolumeTemplate entry ${field}.name.`;
    return required(message, `${field}.name`);
  }
  const spec = objectAt(template, "spec");
  const claim = optionalObjectAt(spec, "pvc");
  const storage = optionalObjectAt(spec, "storage");
  const problem = (message: string, part: string): WebhookCause =>
    invalid(message, `${field}.${part}`);
  if (claim === undefined && storage === undefined)
    return problem("Missing Data volume PVC or Storage", "PVC.Storage");
  if (claim !== undefined && storage !== undefined) {
    const message = "Duplicate storage definition, both target storage and target pvc defined";
    return problem(message, "PVC.Storage");
  }
  const target = claim ?? storage ?? {};
  const isPopulated = target["dataSourceRef"] !== undefined || target["dataSource"] !== undefined;
  const source = optionalObjectAt(spec, "source");
  const isImported = source !== undefined || spec["sourceRef"] !== undefined;
  if (isPopulated && isImported)
    return problem("External population is incompatible with Source and SourceRef", "source");
  if (!isPopulated && !isImported) {
    const message = "Data volume should have either Source, SourceRef, or be externally populated";
    return problem(message, "source.sourceRef");
  }
  if (source === undefined) return undefined;
  const count = Object.values(source).filter((each) => each !== undefined && each !== null).length;
  if (count === 1) return undefined;
  return problem(
    count === 0 ? "Missing dataVolume valid source" : "Multiple dataVolume sources",
    "source",
  );
}

/** Disks are made where their machine is. */
export function validateTemplateNamespaces(vm: JsonObject): WebhookCause[] {
  const own = textAt(objectAt(vm, "metadata"), "namespace");
  return objectsAt(objectAt(vm, "spec"), "dataVolumeTemplates").flatMap(
    (template, index): WebhookCause[] => {
      const named = textAt(objectAt(template, "metadata"), "namespace");
      if (named === "" || named === own) return [];
      return [
        invalid(
          `Embedded DataVolume namespace ${named} differs from VM namespace ${own}`,
          `spec.dataVolumeTemplates[${index}]`,
        ),
      ];
    },
  );
}

import { objectAt, objectsAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import type { SimulatedInstanceSpec } from "../simulated-kinds.js";
import { bytesOf } from "../virt-controller/launcher-resources.js";
import { liveMemoryProblem } from "./live-update.js";
import { validateInstanceSpec, validateReservedLabels } from "./validate-instance-spec.js";
import type { WebhookCause } from "./webhook-refusal.js";

const RUN_STRATEGIES = new Set([
  "Halted",
  "Manual",
  "Always",
  "RerunOnFailure",
  "Once",
  "WaitAsReceiver",
]);

/** What virt-api's validating webhook says of a VirtualMachine. */
export function validateVirtualMachine(vm: JsonObject): WebhookCause[] {
  const spec = objectAt(vm, "spec");
  const missing = missingReferences(spec);
  if (missing.length > 0) return missing;
  const template = objectAt(spec, "template");
  const labels = objectAt(objectAt(template, "metadata"), "labels");
  return [
    ...validateReservedLabels("spec.template.metadata", labels),
    ...validateInstanceSpec("spec.template.spec", objectAt(template, "spec")),
    ...dataVolumeTemplates(spec),
    ...foreignTemplates(vm),
    ...runStrategy(spec),
    ...liveUpdate(objectAt(template, "spec")),
  ];
}

/** There are no instance types and preferences here: one that is named is missing. */
function missingReferences(spec: JsonObject): WebhookCause[] {
  return (["instancetype", "preference"] as const).flatMap((word): WebhookCause[] => {
    const reference = spec[word];
    if (reference === undefined || reference === null) return [];
    const kind = textAt(objectAt(spec, word), "kind").toLowerCase();
    const isNamespaced = kind === `virtualmachine${word}`;
    const plural = `virtualmachine${isNamespaced ? "" : "cluster"}${word}s`;
    const name = textAt(objectAt(spec, word), "name");
    return [
      {
        reason: "FieldValueNotFound",
        message: `Failure to find ${word}: ${plural}.instancetype.kubevirt.io "${name}" not found`,
        field: `spec.${word}`,
      },
    ];
  });
}

function dataVolumeTemplates(spec: JsonObject): WebhookCause[] {
  const volumes = objectsAt(objectAt(objectAt(spec, "template"), "spec"), "volumes");
  return objectsAt(spec, "dataVolumeTemplates").flatMap((template, index) => {
    const name = textAt(objectAt(template, "metadata"), "name");
    const field = `spec.dataVolumeTemplate[${index}]`;
    const causes: WebhookCause[] = [];
    if (name === "") {
      causes.push({
        reason: "FieldValueRequired",
        message: `'name' field must not be empty for DataVolumeTemplate entry ${field}.`,
        field: `${field}.name`,
      });
    }
    const isUsed = volumes.some(
      (volume) =>
        textAt(objectAt(volume, "persistentVolumeClaim"), "claimName") === name ||
        textAt(objectAt(volume, "dataVolume"), "name") === name,
    );
    if (!isUsed) {
      causes.push({
        reason: "FieldValueRequired",
        message: `DataVolumeTemplate entry ${field} must be referenced in the VMI template's 'volumes' list`,
        field,
      });
    }
    return causes;
  });
}

/** Disks are made where their machine is. */
function foreignTemplates(vm: JsonObject): WebhookCause[] {
  const own = textAt(objectAt(vm, "metadata"), "namespace");
  return objectsAt(objectAt(vm, "spec"), "dataVolumeTemplates").flatMap(
    (template, index): WebhookCause[] => {
      const named = textAt(objectAt(template, "metadata"), "namespace");
      if (named === "" || named === own) return [];
      return [
        {
          reason: "FieldValueInvalid",
          message: `Embedded DataVolume namespace ${named} differs from VM namespace ${own}`,
          field: `spec.dataVolumeTemplates[${index}]`,
        },
      ];
    },
  );
}

function runStrategy(spec: JsonObject): WebhookCause[] {
  const { running, runStrategy: strategy } = spec;
  const hasRunning = running !== undefined && running !== null;
  const hasStrategy = strategy !== undefined && strategy !== null;
  const causes: WebhookCause[] = [];
  if (hasRunning && hasStrategy) {
    causes.push({
      reason: "FieldValueInvalid",
      message:
        "Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead",
      field: "spec.running",
    });
  }
  if (!hasRunning && !hasStrategy) {
    causes.push({
      reason: "FieldValueInvalid",
      message: "RunStrategy must be specified",
      field: "spec.running",
    });
  }
  if (hasStrategy && !RUN_STRATEGIES.has(strategy as string)) {
    causes.push({
      reason: "FieldValueInvalid",
      message: `Invalid RunStrategy (${strategy as string})`,
      field: "spec.runStrategy",
    });
  }
  return causes;
}

function liveUpdate(spec: JsonObject): WebhookCause[] {
  const memory = objectAt(objectAt(spec, "domain"), "memory");
  const maxGuest = textAt(memory, "maxGuest");
  if (maxGuest === "" || bytesOf(maxGuest) === 0) return [];
  const problem = liveMemoryProblem(spec as unknown as SimulatedInstanceSpec, maxGuest);
  return problem === undefined
    ? []
    : [
        {
          reason: "FieldValueInvalid",
          message: problem,
          field: "spec.template.spec.domain.memory.guest",
        },
      ];
}

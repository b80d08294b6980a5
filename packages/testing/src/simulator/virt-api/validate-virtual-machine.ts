import { objectAt, textAt } from "../../admission/json-access.js";
import { jsonEqual, type JsonObject } from "../../schema/json.js";
import type { SimulatedInstanceSpec } from "../simulated-kinds.js";
import { bytesOf } from "../virt-controller/launcher-resources.js";
import { defaultSpec } from "./default-instance.js";
import { liveMemoryProblem } from "./live-update.js";
import { validateAnnotations } from "./validate-access.js";
import {
  validateDataVolumeTemplates,
  validateTemplateNamespaces,
} from "./validate-data-volume-templates.js";
import { validateDiscontinued } from "./validate-networks.js";
import { validateInstanceSpec, validateReservedLabels } from "./validate-instance-spec.js";
import { invalid, type WebhookCause } from "./webhook-refusal.js";

const RUN_STRATEGIES = new Set(["Halted", "Manual", "Always", "RerunOnFailure", "Once"]);

/** What virt-api's validating webhook says of a VirtualMachine: of what it says, the first part that has any. */
export function validateVirtualMachine(
  vm: JsonObject,
  oldVm: JsonObject | undefined,
): WebhookCause[] {
  const spec = objectAt(vm, "spec");
  const missing = missingReferences(spec);
  if (missing.length > 0) return missing;
  const instance = defaultedSpec(objectAt(objectAt(spec, "template"), "spec"));
  const discontinued = oldVm === undefined ? validateDiscontinued(instance) : [];
  if (discontinued.length > 0) return discontinued;
  const causes = specCauses(spec, instance);
  if (causes.length > 0) return causes;
  const before = objectAt(oldVm ?? {}, "spec")["dataVolumeTemplates"];
  return jsonEqual(before, spec["dataVolumeTemplates"]) ? [] : validateTemplateNamespaces(vm);
}

/** The instance as it would be: this is what is judged. */
function defaultedSpec(spec: JsonObject): JsonObject {
  const copy = structuredClone(spec);
  defaultSpec(copy as unknown as SimulatedInstanceSpec);
  return copy;
}

function specCauses(spec: JsonObject, instance: JsonObject): WebhookCause[] {
  const metadata = objectAt(objectAt(spec, "template"), "metadata");
  return [
    ...validateReservedLabels("spec.template.metadata", objectAt(metadata, "labels")),
    ...validateAnnotations("spec.template.metadata", objectAt(metadata, "annotations")),
    ...validateInstanceSpec("spec.template.spec", instance),
    ...validateDataVolumeTemplates(spec),
    ...runStrategy(spec),
    ...liveUpdate(instance),
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

function runStrategy(spec: JsonObject): WebhookCause[] {
  const { running, runStrategy: strategy } = spec;
  const hasRunning = running !== undefined && running !== null;
  const hasStrategy = strategy !== undefined && strategy !== null;
  const causes: WebhookCause[] = [];
  if (hasRunning && hasStrategy) {
    causes.push(
      invalid(
        "Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead",
        "spec.running",
      ),
    );
  }
  if (!hasRunning && !hasStrategy) {
    causes.push(invalid("RunStrategy must be specified", "spec.running"));
  }
  if (hasStrategy && !RUN_STRATEGIES.has(strategy as string)) {
    const gate =
      strategy === "WaitAsReceiver"
        ? ", DecentralizedLiveMigration feature gate is not enabled in kubevirt resource"
        : "";
    causes.push(invalid(`Invalid RunStrategy (${strategy as string})${gate}`, "spec.runStrategy"));
  }
  return causes;
}

function liveUpdate(spec: JsonObject): WebhookCause[] {
  return [...liveSockets(spec), ...liveMemory(spec)];
}

/** Of an instance the same is said: a machine is refused for both. */
function liveSockets(spec: JsonObject): WebhookCause[] {
  const { sockets, maxSockets } = objectAt(objectAt(spec, "domain"), "cpu");
  const most = Number(maxSockets ?? 0);
  if (most === 0 || Number(sockets ?? 0) <= most) return [];
  return [
    invalid(
      "Number of sockets in CPU topology is greater than the maximum sockets allowed",
      "spec.template.spec.domain.cpu.sockets",
    ),
  ];
}

function liveMemory(spec: JsonObject): WebhookCause[] {
  const memory = objectAt(objectAt(spec, "domain"), "memory");
  const maxGuest = textAt(memory, "maxGuest");
  if (maxGuest === "" || bytesOf(maxGuest) === 0) return [];
  const problem = liveMemoryProblem(spec as unknown as SimulatedInstanceSpec, maxGuest);
  return problem === undefined ? [] : [invalid(problem, "spec.template.spec.domain.memory.guest")];
}

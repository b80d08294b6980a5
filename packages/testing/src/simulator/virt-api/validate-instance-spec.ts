import { objectAt, objectsAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import { compareQuantity, parseQuantity } from "../../schema/quantity.js";
import { bytesOf } from "../virt-controller/launcher-resources.js";
import { validateBootOrder, validateDisks, validateVolumes } from "./validate-disks.js";
import { LABEL, LABEL_RULES } from "./label-rules.js";
import { validateAccessCredentials } from "./validate-access.js";
import {
  validateDedicatedCpus,
  validateNuma,
  validateRealtime,
} from "./validate-dedicated-cpus.js";
import { validateAcpi, validateFirmware } from "./validate-firmware.js";
import { validateNameService } from "./validate-name-service.js";
import {
  validateContainerDisks,
  validateCpuDetails,
  validateHugepages,
  validateIoThreads,
  validateOtherDevices,
  validateProbes,
  validateSubdomain,
} from "./validate-details.js";
import { validateNetworks } from "./validate-networks.js";
import { invalid, notSupported, required, type WebhookCause } from "./webhook-refusal.js";

const MACHINES = ["q35*", "pc-q35*"];
const EVICTION_STRATEGIES = new Set(["LiveMigrate", "LiveMigrateIfPossible", "None", "External"]);
const RESERVED_LABELS = new Set([
  "kubevirt.io/created-by",
  "kubevirt.io/migrationJobUID",
  "kubevirt.io/nodeName",
  "kubevirt.io/migrationTargetNodeName",
  "kubevirt.io/schedulable",
  "kubevirt.io/install-strategy",
]);

/** What virt-api says of the spec of an instance, or of a machine's template, in its order. */
export function validateInstanceSpec(path: string, spec: JsonObject): WebhookCause[] {
  return [
    ...hostname(path, spec),
    ...validateSubdomain(path, spec),
    ...memory(path, spec),
    ...validateHugepages(path, spec),
    ...machine(path, spec),
    ...serial(path, spec),
    ...validateAcpi(path, spec),
    ...cpu(path, spec),
    ...validateDedicatedCpus(path, spec),
    ...validateNuma(path, spec),
    ...validateCpuDetails(path, spec),
    ...sockets(path, spec),
    ...startStrategy(path, spec),
    ...validateRealtime(path, spec),
    ...architecture(path, spec),
    ...validateNetworks(path, spec),
    ...validateBootOrder(path, spec),
    ...inputs(path, spec),
    ...validateIoThreads(path, spec),
    ...validateProbes(path, spec),
    ...validateDisks(path, spec),
    ...validateFirmware(path, spec),
    ...validateVolumes(path, spec),
    ...validateContainerDisks(path, spec),
    ...validateAccessCredentials(path, spec),
    ...validateNameService(path, spec),
    ...eviction(path, spec),
    ...validateOtherDevices(path, spec),
  ];
}

/** Of labels those that only KubeVirt itself may set. */
export function reservedLabels(labels: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => RESERVED_LABELS.has(label)));
}

/** Refuses such labels. */
export function validateReservedLabels(path: string, labels: JsonObject): WebhookCause[] {
  return Object.keys(reservedLabels(labels)).length > 0
    ? [
        notSupported(
          "creation of the following reserved kubevirt.io/ labels on a VMI object is prohibited",
          `${path}.labels`,
        ),
      ]
    : [];
}

/** What holds of an instance alone: its memory is known. */
export function validateMandatoryFields(path: string, spec: JsonObject): WebhookCause[] {
  const domain = objectAt(spec, "domain");
  const requested = textAt(objectAt(objectAt(domain, "resources"), "requests"), "memory");
  const asked = objectAt(domain, "memory");
  if (bytesOf(requested) !== 0) return [];
  if (asked["guest"] !== undefined || asked["hugepages"] !== undefined) return [];
  return [
    {
      reason: "FieldValueRequired",
      message: `no memory requested, at least one of '${path}.domain.memory.guest', '${path}.domain.memory.hugepages.size' or '${path}.domain.resources.requests.memory' must be set`,
    },
  ];
}

function hostname(path: string, spec: JsonObject): WebhookCause[] {
  const name = textAt(spec, "hostname");
  if (name === "" || (LABEL.test(name) && name.length <= 63)) return [];
  const why = LABEL.test(name) ? "must be no more than 63 bytes" : LABEL_RULES;
  const field = `${path}.hostname`;
  return [invalid(`${field} does not conform to the kubernetes DNS_LABEL rules : ${why}`, field)];
}

function amountsOf(spec: JsonObject, kind: "requests" | "limits"): JsonObject {
  return objectAt(objectAt(objectAt(spec, "domain"), "resources"), kind);
}

function memory(path: string, spec: JsonObject): WebhookCause[] {
  const resources = `${path}.domain.resources`;
  const request = textAt(amountsOf(spec, "requests"), "memory");
  const limit = textAt(amountsOf(spec, "limits"), "memory");
  const requested = bytesOf(request);
  const limited = bytesOf(limit);
  const field = `${resources}.requests.memory`;
  const causes: WebhookCause[] = [];
  if (requested < 0)
    causes.push(invalid(`${field} '${request}': must be greater than or equal to 0.`, field));
  else if (requested > 0 && requested < 1_000_000)
    causes.push(invalid(`${field} '${request}': must be greater than or equal to 1M.`, field));
  if (limited < 0) {
    const at = `${resources}.limits.memory`;
    causes.push(invalid(`${at} '${limit}': must be greater than or equal to 0.`, at));
  }
  if (limited > 0 && requested > limited) {
    causes.push(
      invalid(`${field} '${request}' is greater than ${resources}.limits.memory '${limit}'`, field),
    );
  }
  return causes;
}

function machine(path: string, spec: JsonObject): WebhookCause[] {
  const type = textAt(objectAt(objectAt(spec, "domain"), "machine"), "type");
  if (type === "" || /^(pc-)?q35/.test(type)) return [];
  const field = `${path}.domain.machine.type`;
  return [
    invalid(`${field} is not supported: ${type} (allowed values: [${MACHINES.join(" ")}])`, field),
  ];
}

function serial(path: string, spec: JsonObject): WebhookCause[] {
  const text = textAt(objectAt(objectAt(spec, "domain"), "firmware"), "serial");
  const field = `${path}.domain.firmware.serial`;
  const causes: WebhookCause[] = [];
  if (text.length > 256)
    causes.push(
      invalid(`${field} must be less than or equal to 256 in length, if specified`, field),
    );
  if (text !== "" && !/^[A-Za-z0-9_.+-]+$/.test(text)) {
    causes.push(
      invalid(
        `${field} must be made up of the following characters [A-Za-z0-9_.+-], if specified`,
        field,
      ),
    );
  }
  return causes;
}

function cpu(path: string, spec: JsonObject): WebhookCause[] {
  const resources = `${path}.domain.resources`;
  const request = textAt(amountsOf(spec, "requests"), "cpu");
  const limit = textAt(amountsOf(spec, "limits"), "cpu");
  const [requested, limited] = [parseQuantity(request), parseQuantity(limit)];
  const causes: WebhookCause[] = [];
  for (const [kind, text, quantity] of [
    ["requests", request, requested],
    ["limits", limit, limited],
  ] as const) {
    if (quantity === undefined || quantity.nanos >= 0n) continue;
    const field = `${resources}.${kind}.cpu`;
    causes.push(invalid(`${field} '${text}': must be greater than or equal to 0.`, field));
  }
  if (requested !== undefined && limited !== undefined && compareQuantity(requested, limited) > 0) {
    const field = `${resources}.requests.cpu`;
    causes.push(
      invalid(`${field} '${request}' is greater than ${resources}.limits.cpu '${limit}'`, field),
    );
  }
  return causes;
}

function sockets(path: string, spec: JsonObject): WebhookCause[] {
  const { sockets: present, maxSockets } = objectAt(objectAt(spec, "domain"), "cpu");
  return Number(maxSockets ?? 0) !== 0 && Number(present ?? 0) > Number(maxSockets)
    ? [
        invalid(
          "Number of sockets in CPU topology is greater than the maximum sockets allowed",
          `${path}.domain.cpu.sockets`,
        ),
      ]
    : [];
}

function startStrategy(path: string, spec: JsonObject): WebhookCause[] {
  const strategy = textAt(spec, "startStrategy");
  const field = `${path}.startStrategy`;
  if (strategy === "") return [];
  if (strategy !== "Paused")
    return [invalid(`${field} is set with an unrecognized option: ${strategy}`, field)];
  return spec["livenessProbe"] === undefined
    ? []
    : [
        invalid(
          `either ${field} or ${path}.livenessProbe should be provided.Pausing VMI with LivenessProbe is not supported`,
          field,
        ),
      ];
}

function architecture(path: string, spec: JsonObject): WebhookCause[] {
  const name = textAt(spec, "architecture");
  if (name === "" || name === "amd64") return [];
  const field = `${path}.architecture`;
  return [
    required(
      `MultiArchitecture feature gate is not enabled in kubevirt-config, invalid entry ${field}`,
      field,
    ),
  ];
}

function inputs(path: string, spec: JsonObject): WebhookCause[] {
  const devices = objectAt(objectAt(spec, "domain"), "devices");
  return objectsAt(devices, "inputs").flatMap((input, index) => {
    const at = `${path}.domain.devices.inputs[${index}]`;
    const causes: WebhookCause[] = [];
    if (!["", "virtio", "usb"].includes(textAt(input, "bus")))
      causes.push(invalid("Input device can have only virtio or usb bus.", `${at}.bus`));
    if (textAt(input, "type") !== "tablet")
      causes.push(invalid("Input device can have only tablet type.", `${at}.type`));
    return causes;
  });
}

function eviction(path: string, spec: JsonObject): WebhookCause[] {
  const strategy = textAt(spec, "evictionStrategy");
  const field = `${path}.evictionStrategy`;
  return strategy === "" || EVICTION_STRATEGIES.has(strategy)
    ? []
    : [invalid(`${field} is set with an unrecognized option: ${strategy}`, field)];
}

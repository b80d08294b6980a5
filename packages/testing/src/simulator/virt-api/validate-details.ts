import { objectAt, objectsAt, optionalObjectAt, textAt } from "../../admission/json-access.js";
import type { JsonObject } from "../../schema/json.js";
import { parseQuantity } from "../../schema/quantity.js";
import { bytesOf } from "../virt-controller/launcher-resources.js";
import { invalid, notSupported, required, type WebhookCause } from "./webhook-refusal.js";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULES =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LONGEST_SUBDOMAIN = 253;
const THREAD_POLICIES = new Set(["shared", "auto", "supplementalPool"]);
const FEATURE_POLICIES = new Set(["", "force", "require", "optional", "disable", "forbid"]);
const PANIC_MODELS = new Set(["hyperv", "isa", "pvpanic"]);
const VIDEO_TYPES = new Set(["vga", "cirrus", "virtio", "ramfb", "bochs"]);
const PROBES = ["readinessProbe", "livenessProbe"] as const;
const PROBE_KINDS = ["httpGet", "tcpSocket", "exec", "guestAgentPing"];

export function validateSubdomain(path: string, spec: JsonObject): WebhookCause[] {
  const subdomain = textAt(spec, "subdomain");
  if (subdomain === "") return [];
  const problems = [
    ...(subdomain.length > LONGEST_SUBDOMAIN
      ? [`must be no more than ${LONGEST_SUBDOMAIN} bytes`]
      : []),
    ...(SUBDOMAIN.test(subdomain) ? [] : [SUBDOMAIN_RULES]),
  ];
  if (problems.length === 0) return [];
  const field = `${path}.subdomain`;
  return [
    invalid(
      `${field} does not conform to the kubernetes DNS_SUBDOMAIN rules : ${problems.join(", ")}`,
      field,
    ),
  ];
}

export function validateHugepages(path: string, spec: JsonObject): WebhookCause[] {
  const domain = objectAt(spec, "domain");
  const hugepages = optionalObjectAt(objectAt(domain, "memory"), "hugepages");
  if (hugepages === undefined) return [];
  const size = textAt(hugepages, "pageSize");
  const sizeField = `${path}.domain.hugepages.size`;
  if (parseQuantity(size) === undefined) {
    const why =
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    return [invalid(`${sizeField} '${size}': ${why}`, sizeField)];
  }
  const request = textAt(objectAt(objectAt(domain, "resources"), "requests"), "memory");
  const field = `${path}.domain.resources.requests.memory`;
  const shown = request === "" ? "0" : request;
  if (bytesOf(request) < bytesOf(size)) {
    return [
      invalid(
        `${field} '${shown}' must be equal to or larger than page size ${sizeField} '${size}'`,
        field,
      ),
    ];
  }
  return bytesOf(request) % bytesOf(size) === 0
    ? []
    : [
        invalid(
          `${field} '${shown}' is not a multiple of the page size ${sizeField} '${size}'`,
          field,
        ),
      ];
}

export function validateCpuDetails(path: string, spec: JsonObject): WebhookCause[] {
  const cpu = objectAt(objectAt(spec, "domain"), "cpu");
  const causes: WebhookCause[] = [];
  if (cpu["isolateEmulatorThread"] === true && cpu["dedicatedCpuPlacement"] !== true) {
    causes.push(
      invalid(
        "IsolateEmulatorThread should be only set in combination with DedicatedCPUPlacement",
        `${path}.domain.cpu.isolateEmulatorThread`,
      ),
    );
  }
  for (const [index, feature] of objectsAt(cpu, "features").entries()) {
    const policy = textAt(feature, "policy");
    if (FEATURE_POLICIES.has(policy)) continue;
    causes.push(
      notSupported(
        `CPU feature ${textAt(feature, "name")} uses policy ${policy} that is not supported.`,
        `${path}.domain.cpu.features[${index}].policy`,
      ),
    );
  }
  return causes;
}

export function validateIoThreads(path: string, spec: JsonObject): WebhookCause[] {
  const domain = objectAt(spec, "domain");
  const policy = textAt(domain, "ioThreadsPolicy");
  if (policy === "") return [];
  if (!THREAD_POLICIES.has(policy))
    return [invalid(`Invalid IOThreadsPolicy (${policy})`, `${path}.domain.ioThreadsPolicy`)];
  const count = Number(objectAt(domain, "ioThreads")["supplementalPoolThreadCount"] ?? 0);
  return policy !== "supplementalPool" || count >= 1
    ? []
    : [
        invalid(
          "the number of iothreads needs to be set and positive for the dedicated policy",
          `${path}.domain.ioThreads.count`,
        ),
      ];
}

export function validateProbes(path: string, spec: JsonObject): WebhookCause[] {
  const causes = PROBES.flatMap((name) => {
    const probe = optionalObjectAt(spec, name);
    const field = `${path}.${name}`;
    if (probe === undefined) return [];
    const count = PROBE_KINDS.filter((kind) => probe[kind] !== undefined).length;
    if (count > 1) return [invalid(`${field} must have exactly one probe type set`, field)];
    if (count === 1) return [];
    const message = `either ${field}.tcpSocket, ${field}.exec or ${field}.httpGet must be set if a ${field} is specified`;
    return [required(message, field)];
  });
  if (objectsAt(spec, "networks").some(({ pod }) => pod !== undefined)) return causes;
  for (const name of PROBES) {
    for (const kind of ["httpGet", "tcpSocket"]) {
      if (objectAt(spec, name)[kind] === undefined) continue;
      const field = `${path}.${name}.${kind}`;
      causes.push(invalid(`${field} is only allowed if the Pod Network is attached`, field));
    }
  }
  return causes;
}

export function validateContainerDisks(path: string, spec: JsonObject): WebhookCause[] {
  return objectsAt(spec, "volumes").flatMap((volume, index) => {
    const file = textAt(objectAt(volume, "containerDisk"), "path");
    return file === "" ? [] : validatePath(`${path}.volumes[${index}].containerDisk`, file);
  });
}

/** A file inside an image. */
export function validatePath(field: string, file: string): WebhookCause[] {
  if (file === "/") return [invalid(`${field} must not point to root`, field)];
  const [root, ...parts] = file.replace(/\/$/, "").split("/");
  const isClean = root === "" && parts.every((part) => !["", ".", ".."].includes(part));
  return isClean
    ? []
    : [invalid(`${field} must be an absolute path to a file without relative components`, field)];
}

export function validateOtherDevices(path: string, spec: JsonObject): WebhookCause[] {
  const devices = objectAt(objectAt(spec, "domain"), "devices");
  const causes: WebhookCause[] = [];
  if (Array.isArray(devices["hostDevices"])) {
    causes.push(
      invalid("Host Devices feature gate is not enabled in kubevirt-config", `${path}.HostDevices`),
    );
  }
  causes.push(...soundCauses(path, optionalObjectAt(devices, "sound")));
  causes.push(...launchSecurityCauses(path, spec));
  if (devices["downwardMetrics"] !== undefined) {
    const why = "DownwardMetrics feature gate is not enabled";
    const message = `downwardMetrics virtio serial is not allowed: ${why}`;
    causes.push(invalid(message, `${path}.domain.devices.downwardMetrics`));
  }
  if (devices["video"] !== undefined && devices["autoattachGraphicsDevice"] === false) {
    const message =
      "Video configuration is not allowed when autoattachGraphicsDevice is set to false";
    causes.push(invalid(message, `${path}.video`));
  }
  for (const [index, device] of objectsAt(devices, "panicDevices").entries()) {
    const model = textAt(device, "model");
    if (model === "" || PANIC_MODELS.has(model)) continue;
    const field = `${path}.domain.devices.panicDevices[${index}].model`;
    causes.push(invalid(`invalid PanicDeviceModel(${model})`, field));
  }
  return causes;
}

function soundCauses(path: string, sound: JsonObject | undefined): WebhookCause[] {
  const causes: WebhookCause[] = [];
  if (sound === undefined) return causes;
  if (!["", "ich9", "ac97"].includes(textAt(sound, "model"))) {
    causes.push(
      invalid("Sound device type is not supported. Options: 'ich9' or 'ac97'", `${path}.Sound`),
    );
  }
  if (textAt(sound, "name") === "")
    causes.push(invalid("Sound device requires a name field.", `${path}.Sound`));
  return causes;
}

/** Memory that the host cannot read: there is none without feature gates. */
function launchSecurityCauses(path: string, spec: JsonObject): WebhookCause[] {
  const security = optionalObjectAt(objectAt(spec, "domain"), "launchSecurity");
  const field = `${path}.launchSecurity`;
  if (security === undefined) return [];
  const kinds = ["sev", "snp", "tdx"].filter((kind) => security[kind] !== undefined);
  if (kinds.length !== 1) {
    const message = "One and only one launchSecurity type can be set";
    return [{ reason: "FieldValueForbidden", message, field }];
  }
  const gate = `WorkloadEncryption${kinds[0] === "tdx" ? "TDX" : "SEV"}`;
  return [invalid(`${gate} feature gate is not enabled in kubevirt-config`, field)];
}

/** Of an instance alone: what there is on amd64. */
export function validateArchitectureDevices(path: string, spec: JsonObject): WebhookCause[] {
  const devices = objectAt(objectAt(spec, "domain"), "devices");
  const watchdog = optionalObjectAt(devices, "watchdog");
  const video = optionalObjectAt(devices, "video");
  const causes: WebhookCause[] = [];
  const add = (message: string, part: string): void => {
    const field = `${path}.domain.devices.${part}`;
    causes.push(notSupported(message, field));
  };
  if (watchdog !== undefined && (watchdog["i6300esb"] === undefined || "diag288" in watchdog))
    add("amd64 only supports I6300ESB watchdog device", "watchdog");
  if (video !== undefined && !VIDEO_TYPES.has(textAt(video, "type"))) {
    const type = textAt(video, "type");
    add(`video model '${type}' is not supported on amd64 architecture`, "video.type");
  }
  return causes;
}

/** Of an instance alone: each volume has a disk or a file system. */
export function validateVolumeDisks(path: string, spec: JsonObject): WebhookCause[] {
  const devices = objectAt(objectAt(spec, "domain"), "devices");
  const names = new Set(
    [...objectsAt(devices, "disks"), ...objectsAt(devices, "filesystems")].map((device) =>
      textAt(device, "name"),
    ),
  );
  return objectsAt(spec, "volumes").flatMap((volume, index) => {
    const name = textAt(volume, "name");
    if (volume["memoryDump"] !== undefined || names.has(name)) return [];
    const field = `${path}.domain.volumes[${index}].name`;
    return [invalid(`${field} '${name}' not found.`, field)];
  });
}

import {
  type FieldError,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
} from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import { checkDns1123Label } from "../schema/name-rules.js";
import { supported, validatePort } from "./field-rules.js";
import { numberAt, objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { checkPortName } from "./port-name.js";
import { validateEnvironment } from "./validate-environment.js";
import { validateLifecycle, validateProbe } from "./validate-handlers.js";
import { validateDevices, validateMounts } from "./validate-mounts.js";
import { validateResources } from "./validate-resources.js";
import { validateSecurityContext } from "./validate-security-context.js";

const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"];
const RESIZED = ["cpu", "memory"];
const RESIZE_POLICIES = ["NotRequired", "RestartContainer"];

/** The containers of a pod, but for the ephemeral ones. */
export function validateContainers(spec: JsonObject, path: string): FieldError[] {
  const containers = objectsAt(spec, "containers");
  if (containers.length === 0) return [required(`${path}.containers`)];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const list of ["containers", "initContainers"]) {
    for (const [index, container] of objectsAt(spec, list).entries()) {
      const field = `${path}.${list}[${index}]`;
      const isInit = list === "initContainers";
      errors.push(...validateContainer(container, field, { spec, seen, isInit }));
      seen.add(textAt(container, "name"));
    }
  }
  for (const [index, container] of containers.entries()) {
    const image = textAt(container, "image");
    if (image === image.trim()) continue;
    errors.push(
      invalid(
        `${path}.containers[${index}].image`,
        image,
        "must not have leading or trailing whitespace",
      ),
    );
  }
  return errors;
}

function validateContainer(
  container: JsonObject,
  field: string,
  {
    spec,
    seen,
    isInit,
  }: {
    readonly spec: JsonObject;
    readonly seen: ReadonlySet<string>;
    readonly isInit: boolean;
  },
): FieldError[] {
  const volumes = objectsAt(spec, "volumes");
  const name = textAt(container, "name");
  const image = textAt(container, "image");
  const errors: FieldError[] = [];
  const isDuplicate = name !== "" && seen.has(name);
  if (name === "") errors.push(required(`${field}.name`));
  else
    errors.push(...checkDns1123Label(name).map((detail) => invalid(`${field}.name`, name, detail)));
  // The order differs between the two lists on the real server, too.
  if (image === "") errors.push(required(`${field}.image`));
  if (isDuplicate && isInit) errors.push(duplicate(`${field}.name`, name));
  errors.push(
    ...supported(container, "terminationMessagePolicy", field, MESSAGE_POLICIES),
    ...validatePorts(objectsAt(container, "ports"), `${field}.ports`),
    ...validateEnvironment(container, field),
    ...validateMounts(container, `${field}.volumeMounts`, volumes),
    ...validateDevices(container, `${field}.volumeDevices`, volumes),
    ...supported(container, "imagePullPolicy", field, PULL_POLICIES),
    ...validateResources(objectAt(container, "resources"), `${field}.resources`),
    ...validateResizePolicies(container, field),
    ...validateSecurityContext(container, field),
    ...(isInit && textAt(container, "restartPolicy") !== "Always"
      ? validateRunOnce(container, field)
      : [
          ...validateLifecycle(
            container,
            field,
            numberAt(spec, "terminationGracePeriodSeconds") ?? 0,
          ),
          ...PROBES.flatMap((probe) => validateProbe(container, probe, field)),
        ]),
  );
  if (isDuplicate && !isInit) errors.push(duplicate(`${field}.name`, name));
  return errors;
}

function validatePorts(ports: readonly JsonObject[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const field = `${path}[${index}]`;
    const name = textAt(port, "name");
    if (name !== "") {
      const wrong = checkPortName(name);
      errors.push(...wrong.map((detail) => invalid(`${field}.name`, name, detail)));
      if (wrong.length === 0 && names.has(name)) errors.push(duplicate(`${field}.name`, name));
      names.add(name);
    }
    const containerPort = numberAt(port, "containerPort") ?? 0;
    if (containerPort === 0) errors.push(required(`${field}.containerPort`));
    else errors.push(...validatePort(containerPort, `${field}.containerPort`));
    const hostPort = numberAt(port, "hostPort") ?? 0;
    if (hostPort !== 0) errors.push(...validatePort(hostPort, `${field}.hostPort`));
    errors.push(...supported(port, "protocol", field, PROTOCOLS));
  }
  return errors;
}

/** The real server names no index here. */
function validateResizePolicies(container: JsonObject, path: string): FieldError[] {
  const field = `${path}.resizePolicy`;
  return objectsAt(container, "resizePolicy").flatMap((policy) => {
    const resource = textAt(policy, "resourceName");
    const restart = textAt(policy, "restartPolicy");
    return [
      ...(RESIZED.includes(resource) ? [] : [notSupported(field, resource, RESIZED)]),
      ...(RESIZE_POLICIES.includes(restart) ? [] : [notSupported(field, restart, RESIZE_POLICIES)]),
    ];
  });
}

/** What makes no sense for a container that ends before the others start. */
function validateRunOnce(container: JsonObject, path: string): FieldError[] {
  return ["lifecycle", ...PROBES]
    .filter((key) => optionalObjectAt(container, key) !== undefined)
    .map((key) =>
      forbidden(
        `${path}.${key}`,
        "may not be set for init containers without restartPolicy=Always",
      ),
    );
}

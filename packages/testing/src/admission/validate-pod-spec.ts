import { type FieldError, duplicate, forbidden, invalid, required } from "../schema/field-error.js";
import type { JsonObject } from "../schema/json.js";
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkQualifiedName,
  type NameRule,
} from "../schema/name-rules.js";
import { between, notNegative, supported, validatePort } from "./field-rules.js";
import {
  numberAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  valuesAt,
} from "./json-access.js";
import { validateEnvironment } from "./validate-environment.js";
import { validateResources } from "./validate-resources.js";

const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc"];

/** What the real server checks in every pod specification, as far as it is done here: see the package's list of differences. */
export function validatePodSpec(spec: JsonObject, path: string): FieldError[] {
  const volumes = objectsAt(spec, "volumes");
  const volumeNames = new Set(volumes.map((volume) => textAt(volume, "name")));
  return [
    ...validateVolumes(volumes, `${path}.volumes`),
    ...validateContainers(spec, path, volumeNames),
    ...supported(spec, "restartPolicy", path, RESTART_POLICIES),
    ...supported(spec, "dnsPolicy", path, DNS_POLICIES),
    ...validateDnsConfig(spec, path),
    ...validateNodeSelector(spec, path),
    ...named(spec, "serviceAccountName", path, checkDns1123Subdomain),
    ...named(spec, "nodeName", path, checkDns1123Subdomain),
    ...validateDeadline(spec, path),
    ...named(spec, "hostname", path, checkDns1123Label),
    ...named(spec, "subdomain", path, checkDns1123Label),
    ...validateTolerations(spec, path),
  ];
}

function validateDnsConfig(spec: JsonObject, path: string): FieldError[] {
  if (textAt(spec, "dnsPolicy") !== "None") return [];
  const config = optionalObjectAt(spec, "dnsConfig");
  if (config === undefined) {
    return [required(`${path}.dnsConfig`, "must provide `dnsConfig` when `dnsPolicy` is None")];
  }
  if (valuesAt(config, "nameservers").length > 0) return [];
  return [
    required(
      `${path}.dnsConfig.nameservers`,
      "must provide at least one DNS nameserver when `dnsPolicy` is None",
    ),
  ];
}

function named(object: JsonObject, key: string, path: string, rule: NameRule): FieldError[] {
  const value = textAt(object, key);
  return value === "" ? [] : rule(value).map((detail) => invalid(`${path}.${key}`, value, detail));
}

function validateVolumes(volumes: readonly JsonObject[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const field = `${path}[${index}]`;
    const name = textAt(volume, "name");
    errors.push(...validateVolumeSource(volume, field));
    if (name === "") errors.push(required(`${field}.name`));
    else if (seen.has(name)) errors.push(duplicate(`${field}.name`, name));
    else
      errors.push(
        ...checkDns1123Label(name).map((detail) => invalid(`${field}.name`, name, detail)),
      );
    seen.add(name);
  }
  return errors;
}

/** The order in which the real server looks for sources: the first one counts, the others are too many. */
const SOURCES: readonly (readonly [source: string, requiredField: string | undefined])[] = [
  ["emptyDir", undefined],
  ["hostPath", "path"],
  ["gitRepo", "repository"],
  ["secret", "secretName"],
  ["nfs", "server"],
  ["iscsi", "targetPortal"],
  ["persistentVolumeClaim", "claimName"],
  ["configMap", "name"],
  ["downwardAPI", undefined],
  ["projected", undefined],
  ["csi", "driver"],
  ["ephemeral", undefined],
];

function validateVolumeSource(volume: JsonObject, field: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const [name, requiredField] of SOURCES) {
    const source = optionalObjectAt(volume, name);
    if (source === undefined) continue;
    count += 1;
    if (count > 1)
      errors.push(forbidden(`${field}.${name}`, "may not specify more than 1 volume type"));
    else if (requiredField !== undefined && textAt(source, requiredField) === "") {
      errors.push(required(`${field}.${name}.${requiredField}`));
    }
  }
  return errors;
}

function validateContainers(
  spec: JsonObject,
  path: string,
  volumeNames: ReadonlySet<string>,
): FieldError[] {
  const containers = objectsAt(spec, "containers");
  if (containers.length === 0) return [required(`${path}.containers`)];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const list of ["containers", "initContainers"]) {
    for (const [index, container] of objectsAt(spec, list).entries()) {
      const field = `${path}.${list}[${index}]`;
      const isInit = list === "initContainers";
      errors.push(...validateContainer(container, field, volumeNames, seen, isInit));
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
  volumeNames: ReadonlySet<string>,
  seen: ReadonlySet<string>,
  isInit: boolean,
): FieldError[] {
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
    ...validateMounts(objectsAt(container, "volumeMounts"), `${field}.volumeMounts`, volumeNames),
    ...supported(container, "imagePullPolicy", field, PULL_POLICIES),
    ...validateResources(objectAt(container, "resources"), `${field}.resources`),
    ...["livenessProbe", "readinessProbe", "startupProbe"].flatMap((probe) =>
      validateProbe(container, probe, field),
    ),
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

/** IANA_SVC_NAME of RFC 6335. */
export function checkPortName(name: string): string[] {
  const wrong: string[] = [];
  if (name.length > 15) wrong.push("must be no more than 15 characters");
  if (!/^[-a-z0-9]+$/.test(name))
    wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(name)) wrong.push("must contain at least one letter (a-z)");
  if (name.includes("--")) wrong.push("must not contain consecutive hyphens");
  if (name.startsWith("-") || name.endsWith("-")) wrong.push("must not begin or end with a hyphen");
  return wrong;
}

function validateMounts(
  mounts: readonly JsonObject[],
  path: string,
  volumeNames: ReadonlySet<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const paths = new Set<string>();
  for (const [index, mount] of mounts.entries()) {
    const field = `${path}[${index}]`;
    const name = textAt(mount, "name");
    const mountPath = textAt(mount, "mountPath");
    if (name === "") errors.push(required(`${field}.name`));
    if (!volumeNames.has(name)) {
      errors.push({
        type: "FieldValueNotFound",
        field: `${field}.name`,
        badValue: name,
        detail: "",
      });
    }
    if (mountPath === "") errors.push(required(`${field}.mountPath`));
    if (paths.has(mountPath))
      errors.push(invalid(`${field}.mountPath`, mountPath, "must be unique"));
    paths.add(mountPath);
  }
  return errors;
}

function validateProbe(container: JsonObject, name: string, path: string): FieldError[] {
  const probe = optionalObjectAt(container, name);
  if (probe === undefined) return [];
  const field = `${path}.${name}`;
  const handlers = HANDLERS.filter((handler) => optionalObjectAt(probe, handler) !== undefined);
  const errors: FieldError[] = [];
  if (handlers.length === 0) errors.push(required(field, "must specify a handler type"));
  for (const handler of handlers.slice(1)) {
    errors.push(forbidden(`${field}.${handler}`, "may not specify more than 1 handler type"));
  }
  for (const handler of ["httpGet", "tcpSocket", "grpc"]) {
    const port = objectAt(probe, handler)["port"];
    if (typeof port === "number") errors.push(...validatePort(port, `${field}.${handler}.port`));
  }
  for (const key of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ]) {
    errors.push(...notNegative(probe, key, field));
  }
  const threshold = numberAt(probe, "successThreshold") ?? 1;
  if (name !== "readinessProbe" && threshold > 1) {
    errors.push(invalid(`${field}.successThreshold`, threshold, "must be 1"));
  }
  return errors;
}

function validateNodeSelector(spec: JsonObject, path: string): FieldError[] {
  const field = `${path}.nodeSelector`;
  return Object.keys(objectAt(spec, "nodeSelector")).flatMap((key) =>
    checkQualifiedName(key).map((detail) => invalid(field, key, detail)),
  );
}

function validateDeadline(spec: JsonObject, path: string): FieldError[] {
  const deadline = numberAt(spec, "activeDeadlineSeconds");
  return deadline === undefined
    ? []
    : between(deadline, 1, 2 ** 31 - 1, `${path}.activeDeadlineSeconds`);
}

function validateTolerations(spec: JsonObject, path: string): FieldError[] {
  return objectsAt(spec, "tolerations").flatMap((toleration, index) => {
    const field = `${path}.tolerations[${index}]`;
    const operator = textAt(toleration, "operator");
    const isKeyless = textAt(toleration, "key") === "" && operator !== "Exists";
    return [
      ...named(toleration, "key", field, checkQualifiedName),
      ...(isKeyless
        ? [
            invalid(
              `${field}.operator`,
              operator,
              'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            ),
          ]
        : []),
      ...supported(toleration, "operator", field, ["Equal", "Exists"]),
      ...supported(toleration, "effect", field, ["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ];
  });
}

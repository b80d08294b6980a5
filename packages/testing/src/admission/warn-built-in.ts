import { isJsonObject, type JsonObject, ownValue } from "../schema/json.js";
import { checkDns1123Label } from "../schema/name-rules.js";
import { objectAt, objectsAt, optionalObjectAt, textAt } from "./json-access.js";
import { warningsOfKeyPair } from "./warn-key-pair.js";

const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";
const CRITICAL = "scheduler.alpha.kubernetes.io/critical-pod";

/**
 * What the real server warns of when an object of a built-in kind is written, in the order of its `Warning` headers. Known for
 * Pods and what has a template of them, and for Secrets of certificates.
 *
 * @param group empty for the core group.
 */
export function warningsOfBuiltIn(group: string, kind: string, object: JsonObject): string[] {
  const spec = objectAt(object, "spec");
  switch (`${group}/${kind}`) {
    case "/Pod":
      return [...nameWarnings(object), ...podWarnings(object, "")];
    case "/Secret":
      return [...secretWarnings(object)];
    case "/Service":
      return serviceWarnings(spec);
    case "/ReplicationController":
    case "apps/Deployment":
    case "apps/StatefulSet":
    case "apps/DaemonSet":
    case "apps/ReplicaSet":
    case "batch/Job":
      return podWarnings(objectAt(spec, "template"), "spec.template.");
    case "batch/CronJob": {
      const template = objectAt(objectAt(objectAt(spec, "jobTemplate"), "spec"), "template");
      return podWarnings(template, "spec.jobTemplate.spec.template.");
    }
    default:
      return [];
  }
}

/** The same for an object that is changed: Pods are changed by programs, to whom nothing is said. */
export function warningsOfUpdate(group: string, kind: string, object: JsonObject): string[] {
  return group === "" && kind === "Pod" ? [] : warningsOfBuiltIn(group, kind, object);
}

function serviceWarnings(spec: JsonObject): string[] {
  if (textAt(spec, "type") === "ExternalName" || textAt(spec, "externalName") === "") return [];
  return ['spec.externalName is ignored when spec.type is not "ExternalName"'];
}

function secretWarnings(secret: JsonObject): readonly string[] {
  if (textAt(secret, "type") !== "kubernetes.io/tls") return [];
  const data = objectAt(secret, "data");
  const decoded = (key: string): string => Buffer.from(textAt(data, key), "base64").toString();
  return warningsOfKeyPair(decoded("tls.crt"), decoded("tls.key"));
}

function nameWarnings(pod: JsonObject): string[] {
  const name = textAt(objectAt(pod, "metadata"), "name");
  const problems = name.includes(".") ? ["must not contain dots"] : checkDns1123Label(name);
  return problems.length === 0
    ? []
    : [
        `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(" ").replace(/(no more than \d+) bytes/, "$1 characters")}]`,
      ];
}

function podWarnings(pod: JsonObject, prefix: string): string[] {
  const spec = objectAt(pod, "spec");
  const path = `${prefix}spec`;
  return [
    ...spreadWarnings(spec, path),
    ...annotationWarnings(objectAt(pod, "metadata"), `${prefix}metadata.annotations`),
    ...["initContainers", "containers"].flatMap((list) =>
      objectsAt(spec, list).flatMap((container, index) => [
        ...environmentWarnings(container, `${path}.${list}[${index}]`),
        ...portWarnings(container, `${path}.${list}[${index}]`),
      ]),
    ),
  ];
}

function spreadWarnings(spec: JsonObject, path: string): string[] {
  return objectsAt(spec, "topologySpreadConstraints").flatMap((constraint, index) =>
    optionalObjectAt(constraint, "labelSelector") === undefined
      ? [
          `${path}.topologySpreadConstraints[${index}].labelSelector: a null labelSelector results in matching no pod`,
        ]
      : [],
  );
}

function annotationWarnings(metadata: JsonObject, path: string): string[] {
  const annotations = objectAt(metadata, "annotations");
  return Object.keys(annotations).flatMap((key) => {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER))
      return [`${path}[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`];
    if (key.startsWith(APPARMOR))
      return [`${path}[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`];
    return key === CRITICAL
      ? [`${path}[${key}]: non-functional in v1.16+; use the "priorityClassName" field instead`]
      : [];
  });
}

function environmentWarnings(container: JsonObject, path: string): string[] {
  const seen = new Map<string, string>();
  return objectsAt(container, "env").flatMap((entry, index) => {
    const name = textAt(entry, "name");
    const isKnown = seen.has(name);
    const value = ownValue(entry, "value");
    seen.set(name, typeof value === "string" ? value : "");
    return isKnown
      ? [
          `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ]
      : [];
  });
}

function portWarnings(container: JsonObject, path: string): string[] {
  const seen = new Map<string, string>();
  return objectsAt(container, "ports").flatMap((port, index) => {
    if (!isJsonObject(port)) return [];
    const { containerPort, protocol, hostPort, hostIP } = port;
    const key = JSON.stringify([containerPort, protocol, hostPort ?? 0, hostIP ?? ""]);
    const field = `${path}.ports[${index}]`;
    const before = seen.get(key);
    if (before !== undefined) return [`${field}: duplicate port definition with ${before}`];
    seen.set(key, field);
    return [];
  });
}

import type { JsonObject } from "../schema/json.js";
import { checkDns1123Label } from "../schema/name-rules.js";
import { warningsOfLabels } from "./deprecated-node-labels.js";
import { numberAt, objectAt, objectsAt, textAt, textsAt } from "./json-access.js";
import { warningsOfAddress, warningsOfNetwork } from "./warn-address.js";
import { warningsOfDefinition } from "./warn-definition.js";
import { warningsOfKeyPair } from "./warn-key-pair.js";
import { warningsOfPod } from "./warn-pod.js";
import { warningsOfService } from "./warn-service.js";
import { warningsOfClaim, warningsOfStorageClass, warningsOfVolumeObject } from "./warn-storage.js";

const INGRESS_CLASS = "kubernetes.io/ingress.class";
const MOUNTABLE_SECRETS = "kubernetes.io/enforce-mountable-secrets";
const POD_NAME =
  "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
const OWNER_NAME =
  "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended";
const MANY_COMPLETIONS = 100_000;
const MUCH_PARALLELISM = 10_000;

/**
 * What the real server warns of when an object of a built-in kind is written, in the order of its `Warning` headers.
 *
 * @param group empty for the core group.
 * @param isNew false when it is changed: of its name, nothing is said again.
 */
export function warningsOfBuiltIn(
  group: string,
  kind: string,
  object: JsonObject,
  isNew = true,
): string[] {
  const spec = objectAt(object, "spec");
  const ofName = (text: string): string[] => (isNew ? nameWarnings(object, text) : []);
  switch (`${group}/${kind}`) {
    case "/Pod":
      return [...ofName(POD_NAME), ...warningsOfPod(object, "")];
    case "/Secret":
      return [...secretWarnings(object)];
    case "/ServiceAccount":
      return serviceAccountWarnings(object);
    case "/Service":
      return warningsOfService(object);
    case "/Endpoints":
      return endpointsWarnings(object);
    case "/Node":
      return nodeWarnings(spec);
    case "networking.k8s.io/NetworkPolicy":
      return networkPolicyWarnings(spec);
    case "/PersistentVolume":
      return warningsOfVolumeObject(object);
    case "/PersistentVolumeClaim":
      return warningsOfClaim(object);
    case "storage.k8s.io/StorageClass":
      return warningsOfStorageClass(object);
    case "node.k8s.io/RuntimeClass":
      return warningsOfLabels(
        objectAt(objectAt(object, "scheduling"), "nodeSelector"),
        (_label, advice) => `scheduling.nodeSelector: ${advice}`,
      );
    case "networking.k8s.io/Ingress":
      return isNew ? ingressWarnings(object) : [];
    case "discovery.k8s.io/EndpointSlice":
      return textAt(object, "addressType") === "FQDN"
        ? ["spec.addressType: FQDN endpoints are deprecated"]
        : [];
    case "/ReplicationController":
    case "apps/Deployment":
    case "apps/ReplicaSet":
      return [...ofName(OWNER_NAME), ...templateWarnings(spec)];
    case "apiextensions.k8s.io/CustomResourceDefinition":
      return warningsOfDefinition(spec);
    case "apps/StatefulSet":
    case "apps/DaemonSet":
      return templateWarnings(spec);
    case "batch/Job":
      return [...ofName(OWNER_NAME), ...jobWarnings(spec, "spec")];
    case "batch/CronJob":
      return [
        ...ofName(OWNER_NAME),
        ...jobWarnings(objectAt(objectAt(spec, "jobTemplate"), "spec"), "spec.jobTemplate.spec"),
      ];
    default:
      return [];
  }
}

/** The same for an object that is changed: Pods are changed by programs, to whom nothing is said. */
export function warningsOfUpdate(
  group: string,
  kind: string,
  object: JsonObject,
  stored: JsonObject,
): string[] {
  if (group === "" && kind === "Pod") return [];
  const warnings = warningsOfBuiltIn(group, kind, object, false);
  if (kind !== "CustomResourceDefinition") return warnings;
  const before = new Set(warningsOfBuiltIn(group, kind, stored, false));
  return warnings.filter((warning) => !before.has(warning));
}

function nameWarnings(object: JsonObject, text: string): string[] {
  const name = textAt(objectAt(object, "metadata"), "name");
  const problems = name.includes(".") ? ["must not contain dots"] : checkDns1123Label(name);
  // The length is told in the words of an older rule than the one that refuses.
  const told = problems.map((problem) => problem.replace(/ bytes$/, " characters"));
  return told.length === 0 ? [] : [`metadata.name: ${text}: [${told.join(" ")}]`];
}

function secretWarnings(secret: JsonObject): readonly string[] {
  if (textAt(secret, "type") !== "kubernetes.io/tls") return [];
  const data = objectAt(secret, "data");
  const decoded = (key: string): string => Buffer.from(textAt(data, key), "base64").toString();
  return warningsOfKeyPair(decoded("tls.crt"), decoded("tls.key"));
}

function serviceAccountWarnings(account: JsonObject): string[] {
  const annotations = objectAt(objectAt(account, "metadata"), "annotations");
  return Object.hasOwn(annotations, MOUNTABLE_SECRETS)
    ? [
        `metadata.annotations[${MOUNTABLE_SECRETS}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
      ]
    : [];
}

function endpointsWarnings(endpoints: JsonObject): string[] {
  return objectsAt(endpoints, "subsets").flatMap((subset, index) =>
    ["addresses", "notReadyAddresses"].flatMap((list) =>
      objectsAt(subset, list).flatMap((address, position) =>
        warningsOfAddress(textAt(address, "ip"), `subsets[${index}].${list}[${position}].ip`),
      ),
    ),
  );
}

function nodeWarnings(spec: JsonObject): string[] {
  return [
    ...(textAt(spec, "externalID") === ""
      ? []
      : ["spec.externalID: this field is deprecated, and is unused by Kubernetes"]),
    ...textsAt(spec, "podCIDRs").flatMap((network, index) =>
      warningsOfNetwork(network, `spec.podCIDRs[${index}]`),
    ),
  ];
}

function networkPolicyWarnings(spec: JsonObject): string[] {
  return [
    ["ingress", "from"],
    ["egress", "to"],
  ].flatMap(([direction = "", peers = ""]) =>
    objectsAt(spec, direction).flatMap((rule, index) =>
      objectsAt(rule, peers).flatMap((peer, position) => {
        const block = objectAt(peer, "ipBlock");
        const path = `spec.${direction}[${index}].${peers}[${position}].ipBlock`;
        return [
          ...warningsOfNetwork(textAt(block, "cidr"), `${path}.cidr`),
          ...textsAt(block, "except").flatMap((network, each) =>
            warningsOfNetwork(network, `${path}.except[${each}]`),
          ),
        ];
      }),
    ),
  );
}

function ingressWarnings(ingress: JsonObject): string[] {
  const isAnnotated = Object.hasOwn(
    objectAt(objectAt(ingress, "metadata"), "annotations"),
    INGRESS_CLASS,
  );
  return isAnnotated && objectAt(ingress, "spec")["ingressClassName"] === undefined
    ? [`annotation "${INGRESS_CLASS}" is deprecated, please use 'spec.ingressClassName' instead`]
    : [];
}

function templateWarnings(spec: JsonObject): string[] {
  return warningsOfPod(objectAt(spec, "template"), "spec.template.");
}

function jobWarnings(spec: JsonObject, path: string): string[] {
  const isLarge =
    textAt(spec, "completionMode") === "Indexed" &&
    (numberAt(spec, "completions") ?? 0) > MANY_COMPLETIONS &&
    (numberAt(spec, "parallelism") ?? 0) > MUCH_PARALLELISM;
  return [
    ...(isLarge
      ? [
          `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
        ]
      : []),
    ...warningsOfPod(objectAt(spec, "template"), `${path}.template.`),
  ];
}

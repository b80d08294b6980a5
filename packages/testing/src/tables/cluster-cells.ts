import {
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
  textsAt,
} from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { compareVersions } from "../schema/compare-versions.js";
import { at, countAt, joined, type KindCells } from "./cell-reader.js";

const ROLE_PREFIX = "node-role.kubernetes.io/";

export const clusterCells: Readonly<Record<string, KindCells>> = {
  "/namespaces": { Status: at("status.phase", "") },
  "/nodes": {
    Status: nodeStatus,
    Roles: nodeRoles,
    Version: at("status.nodeInfo.kubeletVersion", ""),
    "Internal-IP": (node) => nodeAddress(node, "InternalIP"),
    "External-IP": (node) => nodeAddress(node, "ExternalIP"),
    "OS-Image": at("status.nodeInfo.osImage", "<unknown>"),
    "Kernel-Version": nodeKernel,
    "Container-Runtime": at("status.nodeInfo.containerRuntimeVersion", "<unknown>"),
  },
  "/componentstatuses": {
    Status: (component) => componentCondition(component, "status"),
    Message: (component) => componentCondition(component, "message"),
    Error: (component) => componentCondition(component, "error"),
  },
  "/secrets": { Type: at("type", ""), Data: countAt("data") },
  "/configmaps": {
    Data: (map) =>
      Object.keys(objectAt(map, "data")).length + Object.keys(objectAt(map, "binaryData")).length,
  },
  "/resourcequotas": {
    Request: (quota) => quotaText(quota, (name) => !name.startsWith("limits.")),
    Limit: (quota) => quotaText(quota, (name) => name.startsWith("limits.")),
  },
  "coordination.k8s.io/leases": { Holder: at("spec.holderIdentity", "") },
  "node.k8s.io/runtimeclasses": { Handler: at("handler", "") },
  "scheduling.k8s.io/priorityclasses": {
    Value: at("value", 0),
    "Global-Default": at("globalDefault", false),
    PreemptionPolicy: at("preemptionPolicy", ""),
  },
  "policy/poddisruptionbudgets": {
    "Min Available": (budget) => amountAt(budget, "minAvailable"),
    "Max Unavailable": (budget) => amountAt(budget, "maxUnavailable"),
    "Allowed Disruptions": at("status.disruptionsAllowed", 0),
  },
  "apiregistration.k8s.io/apiservices": {
    Service: (api) => {
      const service = optionalObjectAt(objectAt(api, "spec"), "service");
      if (service === undefined) return "Local";
      return `${textAt(service, "namespace")}/${textAt(service, "name")}`;
    },
    Available: (api) => {
      const condition = objectsAt(objectAt(api, "status"), "conditions").find(
        ({ type }) => type === "Available",
      );
      if (condition === undefined) return "Unknown";
      const status = textAt(condition, "status");
      return status === "True" ? status : `${status} (${textAt(condition, "reason")})`;
    },
  },
  "apiextensions.k8s.io/customresourcedefinitions": {
    Scope: at("spec.scope", ""),
    Versions: versionsText,
    Group: at("spec.group", ""),
    Kind: at("spec.names.kind", ""),
    ShortNames: (crd) => textsAt(objectAt(objectAt(crd, "spec"), "names"), "shortNames").join(","),
    Established: (crd) =>
      objectsAt(objectAt(crd, "status"), "conditions").some(
        ({ type, status }) => type === "Established" && status === "True",
      ),
  },
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": { Webhooks: countAt("webhooks") },
  "admissionregistration.k8s.io/validatingwebhookconfigurations": { Webhooks: countAt("webhooks") },
  "admissionregistration.k8s.io/validatingadmissionpolicies": {
    Validations: countAt("spec.validations"),
    ParamKind: paramKind,
  },
  "admissionregistration.k8s.io/mutatingadmissionpolicies": {
    Mutations: countAt("spec.mutations"),
    ParamKind: paramKind,
  },
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": {
    PolicyName: at("spec.policyName", ""),
    ParamRef: paramRef,
  },
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": {
    PolicyName: at("spec.policyName", ""),
    ParamRef: paramRef,
  },
  "flowcontrol.apiserver.k8s.io/flowschemas": {
    PriorityLevel: at("spec.priorityLevelConfiguration.name", ""),
    MatchingPrecedence: at("spec.matchingPrecedence", 0),
    DistinguisherMethod: at("spec.distinguisherMethod.type", "<none>"),
    MissingPL: (schema) => {
      const dangling = objectsAt(objectAt(schema, "status"), "conditions").find(
        ({ type }) => type === "Dangling",
      );
      return dangling === undefined ? "?" : textAt(dangling, "status");
    },
  },
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": {
    Type: at("spec.type", ""),
    NominalConcurrencyShares: at("spec.limited.nominalConcurrencyShares", "<none>"),
    Queues: at("spec.limited.limitResponse.queuing.queues", "<none>"),
    HandSize: at("spec.limited.limitResponse.queuing.handSize", "<none>"),
    QueueLengthLimit: at("spec.limited.limitResponse.queuing.queueLengthLimit", "<none>"),
  },
  "storagemigration.k8s.io/storageversionmigrations": {
    Resource: (migration) => {
      const resource = objectAt(objectAt(migration, "spec"), "resource");
      return joined(
        [textAt(resource, "resource"), textAt(resource, "group")].filter(Boolean),
        "",
        ".",
      );
    },
    Status: (migration) =>
      textAt(
        objectsAt(objectAt(migration, "status"), "conditions").find(
          ({ status }) => status === "True",
        ) ?? {},
        "type",
      ) || "Unknown",
  },
};

function nodeStatus(node: JsonObject): string {
  const ready = objectsAt(objectAt(node, "status"), "conditions").find(
    ({ type }) => type === "Ready",
  );
  const texts = [
    ready === undefined ? "Unknown" : textAt(ready, "status") === "True" ? "Ready" : "NotReady",
  ];
  if (objectAt(node, "spec")["unschedulable"] === true) texts.push("SchedulingDisabled");
  return texts.join(",");
}

function nodeRoles(node: JsonObject): string {
  const labels = objectAt(objectAt(node, "metadata"), "labels");
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return [key.slice(ROLE_PREFIX.length)];
    return key === "kubernetes.io/role" ? [String(value)] : [];
  });
  return joined([...new Set(roles.filter(Boolean))].toSorted());
}

function nodeKernel(node: JsonObject): string {
  const info = objectAt(objectAt(node, "status"), "nodeInfo");
  const [kernel, architecture] = [textAt(info, "kernelVersion"), textAt(info, "architecture")];
  if (kernel === "") return "<unknown>";
  return architecture === "" ? kernel : `${kernel} (${architecture})`;
}

function nodeAddress(node: JsonObject, type: string): string {
  const found = objectsAt(objectAt(node, "status"), "addresses").find(
    (each) => each["type"] === type,
  );
  return found === undefined ? "<none>" : textAt(found, "address");
}

function componentCondition(component: JsonObject, part: "status" | "message" | "error"): string {
  const healthy = objectsAt(component, "conditions").find(({ type }) => type === "Healthy") ?? {};
  if (part !== "status") return textAt(healthy, part);
  const status = textAt(healthy, "status");
  return status === "True" ? "Healthy" : status === "False" ? "Unhealthy" : "Unknown";
}

function quotaText(quota: JsonObject, isMeant: (name: string) => boolean): string {
  const status = objectAt(quota, "status");
  const hard = objectAt(status, "hard");
  const used = objectAt(status, "used");
  return Object.keys(hard)
    .filter(isMeant)
    .toSorted()
    .map((name) => `${name}: ${String(used[name] ?? "0")}/${String(hard[name])}`)
    .join(", ");
}

function amountAt(budget: JsonObject, key: string): string {
  const amount = objectAt(budget, "spec")[key];
  return amount === undefined || amount === null ? "N/A" : String(amount);
}

function paramKind(policy: JsonObject): string {
  const kind = optionalObjectAt(objectAt(policy, "spec"), "paramKind");
  return kind === undefined ? "<unset>" : `${textAt(kind, "apiVersion")}/${textAt(kind, "kind")}`;
}

function paramRef(binding: JsonObject): string {
  const reference = optionalObjectAt(objectAt(binding, "spec"), "paramRef");
  if (reference === undefined) return "<unset>";
  const selector = optionalObjectAt(reference, "selector");
  if (selector !== undefined) return goSelector(selector);
  return `${textAt(reference, "namespace") || "*"}/${textAt(reference, "name")}`;
}

/** The real server prints its own Go struct here. */
function goSelector(selector: JsonObject): string {
  const labels = objectAt(selector, "matchLabels");
  const pairs = Object.keys(labels)
    .toSorted()
    .map((key) => `${key}: ${String(labels[key])},`)
    .join("");
  const requirements = objectsAt(selector, "matchExpressions")
    .map(
      (each) =>
        `LabelSelectorRequirement{Key:${textAt(each, "key")},Operator:${textAt(each, "operator")},Values:[${textsAt(each, "values").join(" ")}],},`,
    )
    .join("");
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:[]LabelSelectorRequirement{${requirements}},}`;
}

/** The latest stable version first. */
function versionsText(crd: JsonObject): string {
  return objectsAt(objectAt(crd, "spec"), "versions")
    .toSorted((a, b) => compareVersions(textAt(a, "name"), textAt(b, "name")))
    .map((version) => `${textAt(version, "name")}${version["storage"] === true ? "(storage)" : ""}`)
    .join(",");
}

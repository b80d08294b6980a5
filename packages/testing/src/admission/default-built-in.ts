import type { JsonObject } from "../schema/json.js";
import { defaultAutoscaler } from "./default-autoscaler.js";
import { completePod, completePodUpdate, defaultPod } from "./default-pod.js";
import { completeService, defaultService, type ServiceAllocator } from "./default-service.js";
import {
  completeClaim,
  completeVolumeObject,
  defaultClaim,
  defaultVolumeObject,
} from "./default-storage.js";
import { defaultPolicy, defaultWebhooks } from "./default-webhooks.js";
import {
  completeJob,
  defaultCronJob,
  defaultJob,
  defaultReplicationController,
  defaultWorkload,
} from "./default-workload.js";
import {
  ensureObjectAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  setDefault,
  textAt,
  valuesAt,
} from "./json-access.js";
import { orderFields, shapeBuiltIn } from "./shape-built-in.js";

export interface DecodedBuiltIn {
  readonly object: JsonObject;
  /** As {@link shapeBuiltIn} names them. */
  readonly unknownFields: readonly string[];
}

export interface DefaultBuiltInOptions {
  /** Hands out addresses and node ports of Services. Default: none are given. */
  readonly allocator?: ServiceAllocator | undefined;
  /** For the few fields that are stamped, such as a PersistentVolume's. Default: they stay empty. */
  readonly nowMs?: number | undefined;
}

const RBAC = "rbac.authorization.k8s.io";
/** Kinds whose status a client may bring along at creation. */
const STATUS_KEPT = new Set(["/Node", "/Event", "/Namespace"]);

/**
 * An object of a built-in kind as the real server decodes it: in the shape of {@link shapeBuiltIn}, with the defaults of its
 * type. Kinds that are not known come back as copies.
 *
 * @param group empty for the core group.
 * @throws BuiltInTypeError when a value has the wrong type.
 */
export function decodeBuiltIn(group: string, kind: string, object: JsonObject): DecodedBuiltIn {
  const { object: decoded, unknownFields } = shapeBuiltIn(object);
  if (!applyDefaults(`${group}/${kind}`, decoded)) return { object: decoded, unknownFields };
  // Once more: the defaults came last, and the server writes fields in their order.
  return { object: shapeBuiltIn(decoded).object, unknownFields };
}

/**
 * Adds to a decoded object what the server adds before it stores it, which no client owns: the empty status of a new object,
 * allocated addresses, what its built-in admission adds.
 *
 * At creation, call it when `metadata.name` and `metadata.uid` are set.
 *
 * @param old the object as it is stored; undefined at creation.
 */
export function completeBuiltIn(
  group: string,
  kind: string,
  object: JsonObject,
  old?: JsonObject,
  options: DefaultBuiltInOptions = {},
): JsonObject {
  const groupKind = `${group}/${kind}`;
  if (old === undefined && "status" in object && !STATUS_KEPT.has(groupKind))
    delete object["status"];
  switch (complete(groupKind, object, old, options)) {
    case "everywhere":
      return shapeBuiltIn(object).object;
    case "metadata":
      return orderFields(object);
    default:
      return object;
  }
}

/** {@link decodeBuiltIn} and {@link completeBuiltIn} in one. The object that is given stays as it is. */
export function defaultBuiltIn(
  group: string,
  kind: string,
  object: JsonObject,
  old?: JsonObject,
  options: DefaultBuiltInOptions = {},
): JsonObject {
  return completeBuiltIn(group, kind, decodeBuiltIn(group, kind, object).object, old, options);
}

/** @returns where anything may have been added. A status that a new object does not have is no more than missing. */
function complete(
  groupKind: string,
  object: JsonObject,
  old: JsonObject | undefined,
  options: DefaultBuiltInOptions,
): "everywhere" | "metadata" | "nowhere" {
  const isCreate = old === undefined;
  const atCreate = isCreate ? "everywhere" : "nowhere";
  switch (groupKind) {
    case "/Service":
      completeService(object, old, options.allocator);
      return "everywhere";
    case "/Namespace":
      if (isCreate) completeNamespace(object);
      return atCreate;
    case "/Pod":
      if (old === undefined) completePod(object, options.nowMs);
      else completePodUpdate(object, old);
      return "everywhere";
    case "/PersistentVolume":
      if (isCreate) completeVolumeObject(object, options.nowMs);
      return atCreate;
    case "/PersistentVolumeClaim":
      if (isCreate) completeClaim(object);
      return atCreate;
    case "/Node":
      if (isCreate) addNotReadyTaint(object);
      return atCreate;
    case "batch/Job":
      if (isCreate) completeJob(object);
      return atCreate;
    case "apiextensions.k8s.io/CustomResourceDefinition":
      noteStoredVersions(object, isCreate);
      return "everywhere";
    default:
      return isCreate ? "metadata" : "nowhere";
  }
}

/** @returns whether the kind has defaults, so that some may have been added. */
function applyDefaults(groupKind: string, object: JsonObject): boolean {
  const kind = textAt(object, "kind");
  switch (groupKind) {
    case "/Namespace":
      labelNamespace(object);
      break;
    case "/Pod":
      defaultPod(object);
      break;
    case "/Secret":
      defaultSecret(object);
      break;
    case "/Service":
      defaultService(object);
      break;
    case "/PersistentVolume":
      defaultVolumeObject(object);
      break;
    case "/PersistentVolumeClaim":
      defaultClaim(object);
      break;
    case "/Node":
      copyPodRange(object);
      defaultAllocatable(object);
      break;
    case "/Endpoints":
      for (const subset of objectsAt(object, "subsets")) defaultProtocols(subset);
      break;
    case "/LimitRange":
      defaultLimitRange(object);
      break;
    case "apps/Deployment":
    case "apps/StatefulSet":
    case "apps/DaemonSet":
    case "apps/ReplicaSet":
    case "/ReplicationController":
      defaultWorkload(kind, object);
      if (kind === "ReplicationController") defaultReplicationController(object);
      if (kind === "DaemonSet") {
        setDefault(
          ensureObjectAt(ensureObjectAt(object, "metadata"), "annotations"),
          "deprecated.daemonset.template.generation",
          "1",
        );
      }
      break;
    case "batch/Job":
      defaultJob(object);
      break;
    case "batch/CronJob":
      defaultCronJob(object);
      break;
    case "storage.k8s.io/StorageClass":
      setDefault(object, "reclaimPolicy", "Delete");
      setDefault(object, "volumeBindingMode", "Immediate");
      break;
    case "storage.k8s.io/CSIDriver":
      defaultCsiDriver(ensureObjectAt(object, "spec"));
      break;
    case `${RBAC}/RoleBinding`:
    case `${RBAC}/ClusterRoleBinding`:
      defaultBinding(object);
      break;
    case "scheduling.k8s.io/PriorityClass":
      setDefault(object, "preemptionPolicy", "PreemptLowerPriority");
      break;
    case "networking.k8s.io/NetworkPolicy":
      defaultNetworkPolicy(ensureObjectAt(object, "spec"));
      break;
    case "networking.k8s.io/IngressClass": {
      const parameters = optionalObjectAt(objectAt(object, "spec"), "parameters");
      if (parameters !== undefined) setDefault(parameters, "scope", "Cluster");
      break;
    }
    case "discovery.k8s.io/EndpointSlice":
      for (const port of objectsAt(object, "ports")) {
        // Pointers in Go: an empty name is written.
        if (port["name"] === undefined) port["name"] = "";
        setDefault(port, "protocol", "TCP");
      }
      break;
    case "apiregistration.k8s.io/APIService": {
      const service = optionalObjectAt(objectAt(object, "spec"), "service");
      if (service !== undefined) setDefault(service, "port", 443);
      break;
    }
    case "admissionregistration.k8s.io/ValidatingWebhookConfiguration":
    case "admissionregistration.k8s.io/MutatingWebhookConfiguration":
      defaultWebhooks(kind, object);
      break;
    case "admissionregistration.k8s.io/ValidatingAdmissionPolicy":
    case "admissionregistration.k8s.io/MutatingAdmissionPolicy":
    case "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding":
    case "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding":
      defaultPolicy(object);
      break;
    case "autoscaling/HorizontalPodAutoscaler":
      defaultAutoscaler(object);
      break;
    default:
      return false;
  }
  return true;
}

function labelNamespace(namespace: JsonObject): void {
  const metadata = ensureObjectAt(namespace, "metadata");
  const name = textAt(metadata, "name");
  if (name !== "") ensureObjectAt(metadata, "labels")["kubernetes.io/metadata.name"] = name;
}

function completeNamespace(namespace: JsonObject): void {
  // Of a generated name, which was not known before.
  labelNamespace(namespace);
  const spec = ensureObjectAt(namespace, "spec");
  const finalizers = valuesAt(spec, "finalizers");
  if (!finalizers.includes("kubernetes")) spec["finalizers"] = [...finalizers, "kubernetes"];
  namespace["status"] = { phase: "Active" };
}

/** A definition remembers the versions in which its objects may be stored. */
function noteStoredVersions(crd: JsonObject, isCreate: boolean): void {
  if (isCreate) crd["status"] = { conditions: null, acceptedNames: {}, storedVersions: [] };
  const status = objectAt(crd, "status");
  const storage = objectsAt(objectAt(crd, "spec"), "versions").find(
    (version) => version["storage"] === true,
  );
  const stored = valuesAt(status, "storedVersions");
  const name = storage?.["name"];
  if (name !== undefined && !stored.includes(name)) status["storedVersions"] = [...stored, name];
}

function defaultSecret(secret: JsonObject): void {
  setDefault(secret, "type", "Opaque");
  const plain = optionalObjectAt(secret, "stringData");
  if (plain !== undefined) {
    const data = ensureObjectAt(secret, "data");
    for (const [key, value] of Object.entries(plain)) {
      if (typeof value === "string") data[key] = Buffer.from(value, "utf8").toString("base64");
    }
  }
  // Write-only: it is never given back.
  delete secret["stringData"];
}

function addNotReadyTaint(node: JsonObject): void {
  const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  const spec = ensureObjectAt(node, "spec");
  const taints = objectsAt(spec, "taints");
  if (!taints.some((other) => other["key"] === taint.key && other["effect"] === taint.effect)) {
    spec["taints"] = [...taints, taint];
  }
}

/** One range and the list of all say the same. */
function copyPodRange(node: JsonObject): void {
  const spec = optionalObjectAt(node, "spec");
  if (spec === undefined) return;
  const range = textAt(spec, "podCIDR");
  const ranges = valuesAt(spec, "podCIDRs");
  if (range !== "" && ranges[0] !== range) spec["podCIDRs"] = [range];
  if (range === "" && typeof ranges[0] === "string") spec["podCIDR"] = ranges[0];
}

/** A node offers all that it has, unless it says otherwise. */
function defaultAllocatable(node: JsonObject): void {
  const status = objectAt(node, "status");
  const capacity = optionalObjectAt(status, "capacity");
  if (capacity === undefined) return;
  const allocatable = ensureObjectAt(status, "allocatable");
  if (Object.keys(allocatable).length === 0) Object.assign(allocatable, capacity);
}

/** Scales by CPU, at 80 %, unless told otherwise. */
function defaultProtocols(owner: JsonObject): void {
  for (const port of objectsAt(owner, "ports")) setDefault(port, "protocol", "TCP");
}

function defaultLimitRange(limitRange: JsonObject): void {
  for (const limit of objectsAt(objectAt(limitRange, "spec"), "limits")) {
    if (limit["type"] !== "Container") continue;
    const byDefault = ensureObjectAt(limit, "default");
    for (const [name, amount] of Object.entries(objectAt(limit, "max")))
      setDefault(byDefault, name, amount);
    const requested = ensureObjectAt(limit, "defaultRequest");
    for (const [name, amount] of Object.entries(byDefault)) setDefault(requested, name, amount);
    for (const [name, amount] of Object.entries(objectAt(limit, "min")))
      setDefault(requested, name, amount);
  }
}

function defaultCsiDriver(spec: JsonObject): void {
  setDefault(spec, "attachRequired", true);
  setDefault(spec, "podInfoOnMount", false);
  setDefault(spec, "storageCapacity", false);
  setDefault(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
  setDefault(spec, "requiresRepublish", false);
  setDefault(spec, "seLinuxMount", false);
  setDefault(spec, "preventPodSchedulingIfMissing", false);
  if (valuesAt(spec, "volumeLifecycleModes").length === 0)
    spec["volumeLifecycleModes"] = ["Persistent"];
}

function defaultBinding(binding: JsonObject): void {
  setDefault(ensureObjectAt(binding, "roleRef"), "apiGroup", RBAC);
  for (const subject of objectsAt(binding, "subjects")) {
    const kind = textAt(subject, "kind");
    if (kind === "User" || kind === "Group") setDefault(subject, "apiGroup", RBAC);
  }
}

function defaultNetworkPolicy(spec: JsonObject): void {
  for (const rule of [...objectsAt(spec, "ingress"), ...objectsAt(spec, "egress")])
    defaultProtocols(rule);
  if (valuesAt(spec, "policyTypes").length === 0) {
    spec["policyTypes"] = valuesAt(spec, "egress").length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  }
}

import { objectAt, objectsAt, textAt } from "../admission/json-access.js";
import type { AdmissionRequest } from "../api-server/server-context.js";
import { parseQuantity, type Quantity } from "../schema/quantity.js";
import type { JsonObject } from "../schema/json.js";
import { type Amounts, ONE, podAmounts } from "./resource-amounts.js";

/** Kinds that quotas count by their bare name too. */
const COUNTED_BY_NAME = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
]);
/** Resources that quotas also know without `requests.`. */
const SHORT_NAMES = new Set(["cpu", "memory", "ephemeral-storage"]);

/** What a new object uses, by the names that quotas have for it. */
export function quotaUsage({ group, plural, object }: AdmissionRequest): Amounts {
  const usage = new Map<string, Quantity>();
  usage.set(group === "" ? `count/${plural}` : `count/${plural}.${group}`, ONE);
  if (group !== "") return usage;
  if (COUNTED_BY_NAME.has(plural)) usage.set(plural, ONE);
  if (plural === "pods") addPod(object, usage);
  if (plural === "services") addService(object, usage);
  if (plural === "persistentvolumeclaims") addClaim(object, usage);
  return usage;
}

function addPod(pod: JsonObject, usage: Map<string, Quantity>): void {
  for (const [name, quantity] of podAmounts(pod, "requests")) {
    usage.set(`requests.${name}`, quantity);
    if (SHORT_NAMES.has(name) || name.startsWith("hugepages-")) usage.set(name, quantity);
  }
  for (const [name, quantity] of podAmounts(pod, "limits")) usage.set(`limits.${name}`, quantity);
}

function addService(service: JsonObject, usage: Map<string, Quantity>): void {
  const spec = objectAt(service, "spec");
  const type = textAt(spec, "type");
  if (type === "LoadBalancer") usage.set("services.loadbalancers", ONE);
  const ports = objectsAt(spec, "ports").length;
  const hasPorts =
    type === "NodePort" ||
    (type === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false);
  if (hasPorts) usage.set("services.nodeports", { ...ONE, nanos: ONE.nanos * BigInt(ports) });
}

function addClaim(claim: JsonObject, usage: Map<string, Quantity>): void {
  const spec = objectAt(claim, "spec");
  const storage = parseQuantity(
    textAt(objectAt(objectAt(spec, "resources"), "requests"), "storage"),
  );
  const storageClass = textAt(spec, "storageClassName");
  const prefix = `${storageClass}.storageclass.storage.k8s.io`;
  if (storageClass !== "") usage.set(`${prefix}/persistentvolumeclaims`, ONE);
  if (storage === undefined) return;
  usage.set("requests.storage", storage);
  if (storageClass !== "") usage.set(`${prefix}/requests.storage`, storage);
}

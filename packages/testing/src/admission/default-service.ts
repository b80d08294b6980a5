import { type JsonObject, jsonEqual } from "../schema/json.js";
import { isIpv6 } from "../schema/ip-address.js";
import {
  ensureObjectAt,
  numberAt,
  objectAt,
  objectsAt,
  setDefault,
  textAt,
  textsAt,
} from "./json-access.js";

/** Hands out what a Service gets from the cluster's ranges. */
export interface ServiceAllocator {
  /** An address nobody has, such as `10.0.0.17`. */
  clusterIp(): string;
  /** A port nobody has, of 30000 to 32767. */
  nodePort(): number;
  /** Why a Service may not have an address or port that it asks for; undefined when it may. */
  refusalOfAddress(address: string): string | undefined;
  refusalOfPort(port: number): string | undefined;
}

const CLIENT_IP_TIMEOUT_SECONDS = 10_800;

/** A Service. In place. */
export function defaultService(service: JsonObject): void {
  const spec = ensureObjectAt(service, "spec");
  setDefault(spec, "sessionAffinity", "None");
  setDefault(spec, "type", "ClusterIP");
  if (spec["sessionAffinity"] === "ClientIP") {
    const clientIp = ensureObjectAt(ensureObjectAt(spec, "sessionAffinityConfig"), "clientIP");
    setDefault(clientIp, "timeoutSeconds", CLIENT_IP_TIMEOUT_SECONDS);
  } else if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
  for (const port of objectsAt(spec, "ports")) {
    setDefault(port, "protocol", "TCP");
    const target = port["targetPort"];
    if (target === undefined || target === 0 || target === "")
      port["targetPort"] = port["port"] ?? 0;
  }
  defaultTrafficPolicies(spec);
}

/**
 * Gives a Service its addresses and ports. What an update leaves out is taken from the Service as it was. In place.
 *
 * @param allocator without one, no addresses and node ports are given.
 */
export function completeService(
  service: JsonObject,
  old: JsonObject | undefined,
  allocator: ServiceAllocator | undefined,
): void {
  const spec = ensureObjectAt(service, "spec");
  if (old === undefined) service["status"] = { loadBalancer: {} };
  if (old !== undefined) dropWhatTypeNeeded(spec, objectAt(old, "spec"));
  if (spec["type"] === "ExternalName") return;
  if (old !== undefined) keepAllocated(spec, objectAt(old, "spec"));
  allocateAddress(spec, allocator);
  if (usesNodePorts(spec)) allocateNodePorts(spec, allocator);
  if (needsHealthCheckPort(spec) && allocator !== undefined)
    setDefault(spec, "healthCheckNodePort", allocator.nodePort());
}

const isExternal = (spec: JsonObject): boolean =>
  spec["type"] === "NodePort" || spec["type"] === "LoadBalancer";
const isBalanced = (spec: JsonObject): boolean => spec["type"] === "LoadBalancer";
const isInternal = (spec: JsonObject): boolean => spec["type"] !== "ExternalName";
const needsHealthCheckPort = (spec: JsonObject): boolean =>
  isBalanced(spec) && spec["externalTrafficPolicy"] === "Local";

/** Fields that go together, and the Services that may have them. */
const FIELDS_OF_TYPES: readonly (readonly [
  needs: (spec: JsonObject) => boolean,
  fields: readonly string[],
])[] = [
  [isInternal, ["clusterIP", "clusterIPs"]],
  [isInternal, ["ipFamilies"]],
  [isInternal, ["ipFamilyPolicy"]],
  [isInternal, ["internalTrafficPolicy"]],
  [isExternal, ["externalTrafficPolicy"]],
  [needsHealthCheckPort, ["healthCheckNodePort"]],
  [isBalanced, ["allocateLoadBalancerNodePorts"]],
  [isBalanced, ["loadBalancerClass"]],
];

/** What only the former type needed goes with it, unless the update gives it another value. In place. */
function dropWhatTypeNeeded(spec: JsonObject, old: JsonObject): void {
  for (const [needs, fields] of FIELDS_OF_TYPES) {
    if (!needs(old) || needs(spec)) continue;
    if (fields.some((field) => !jsonEqual(spec[field] ?? null, old[field] ?? null))) continue;
    for (const field of fields) delete spec[field];
  }
  const nodePorts = (of: JsonObject): number[] =>
    objectsAt(of, "ports").map((port) => numberAt(port, "nodePort") ?? 0);
  if (!isExternal(old) || isExternal(spec) || !jsonEqual(nodePorts(spec), nodePorts(old))) return;
  for (const port of objectsAt(spec, "ports")) delete port["nodePort"];
}

function defaultTrafficPolicies(spec: JsonObject): void {
  const type = textAt(spec, "type");
  if (type === "NodePort" || type === "LoadBalancer")
    setDefault(spec, "externalTrafficPolicy", "Cluster");
  if (type !== "ExternalName") setDefault(spec, "internalTrafficPolicy", "Cluster");
  if (type === "LoadBalancer") setDefault(spec, "allocateLoadBalancerNodePorts", true);
}

function usesNodePorts(spec: JsonObject): boolean {
  if (spec["type"] === "NodePort") return true;
  return spec["type"] === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false;
}

function keepAllocated(spec: JsonObject, old: JsonObject): void {
  if (textAt(old, "type") === "ExternalName") return;
  const isAddressGiven = textAt(spec, "clusterIP") !== "" || textsAt(spec, "clusterIPs").length > 0;
  if (!isAddressGiven) {
    for (const key of ["clusterIP", "clusterIPs"]) if (old[key] !== undefined) spec[key] = old[key];
  }
  for (const key of ["ipFamilies", "ipFamilyPolicy"])
    if (old[key] !== undefined) setDefault(spec, key, old[key]);
  if (!usesNodePorts(spec)) return;
  for (const port of objectsAt(spec, "ports")) {
    const before = objectsAt(old, "ports").find(
      (candidate) =>
        candidate["port"] === port["port"] && candidate["protocol"] === port["protocol"],
    );
    const nodePort = before === undefined ? undefined : numberAt(before, "nodePort");
    if (nodePort !== undefined && (numberAt(port, "nodePort") ?? 0) === 0)
      port["nodePort"] = nodePort;
  }
}

function allocateAddress(spec: JsonObject, allocator: ServiceAllocator | undefined): void {
  const [first = ""] = textsAt(spec, "clusterIPs");
  const given = textAt(spec, "clusterIP") || first;
  const address = given === "" ? (allocator?.clusterIp() ?? "") : given;
  if (address !== "") {
    spec["clusterIP"] = address;
    if (first === "" || first !== address) spec["clusterIPs"] = [address];
  }
  // A headless Service without a selector is answered for by somebody else, in either family.
  const isFree = address === "None" && Object.keys(objectAt(spec, "selector")).length === 0;
  setDefault(spec, "ipFamilies", isFree ? ["IPv4", "IPv6"] : [isIpv6(address) ? "IPv6" : "IPv4"]);
  setDefault(spec, "ipFamilyPolicy", isFree ? "RequireDualStack" : "SingleStack");
}

function allocateNodePorts(spec: JsonObject, allocator: ServiceAllocator | undefined): void {
  for (const port of objectsAt(spec, "ports")) {
    if (allocator !== undefined && (numberAt(port, "nodePort") ?? 0) === 0)
      port["nodePort"] = allocator.nodePort();
  }
}

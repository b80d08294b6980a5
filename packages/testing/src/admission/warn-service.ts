import type { JsonObject } from "../schema/json.js";
import { objectAt, textAt, textsAt } from "./json-access.js";
import { warningsOfAddress, warningsOfNetwork } from "./warn-address.js";

const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";

/** What the real server says of a Service, in its order. */
export function warningsOfService(service: JsonObject): string[] {
  const spec = objectAt(service, "spec");
  const annotations = objectAt(objectAt(service, "metadata"), "annotations");
  const type = textAt(spec, "type");
  const isHeadless = type === "ClusterIP" && textAt(spec, "clusterIP") === "None";
  const isExternalName = type === "ExternalName";
  const externalIps = textsAt(spec, "externalIPs");
  const loadBalancerIp = textAt(spec, "loadBalancerIP");
  const when = (condition: boolean, warning: string): string[] => (condition ? [warning] : []);
  return [
    ...when(
      Object.hasOwn(annotations, TOPOLOGY_HINTS),
      `annotation ${TOPOLOGY_HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`,
    ),
    ...textsAt(spec, "clusterIPs").flatMap((address, index) =>
      warningsOfAddress(address, `spec.clusterIPs[${index}]`),
    ),
    ...when(
      isHeadless && loadBalancerIp !== "",
      "spec.loadBalancerIP is ignored for headless services",
    ),
    ...when(
      isHeadless && externalIps.length > 0,
      "spec.externalIPs is ignored for headless services",
    ),
    ...when(
      isHeadless && textAt(spec, "sessionAffinity") !== "None",
      "spec.SessionAffinity is ignored for headless services",
    ),
    ...externalIps.flatMap((address, index) =>
      warningsOfAddress(address, `spec.externalIPs[${index}]`),
    ),
    ...when(
      externalIps.length > 0 && !isHeadless && !isExternalName,
      "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
    ),
    ...warningsOfAddress(loadBalancerIp, "spec.loadBalancerIP"),
    ...textsAt(spec, "loadBalancerSourceRanges").flatMap((network, index) =>
      warningsOfNetwork(network, `spec.loadBalancerSourceRanges[${index}]`),
    ),
    ...when(
      isExternalName && externalIps.length > 0,
      'spec.externalIPs is ignored when spec.type is "ExternalName"',
    ),
    ...when(
      !isExternalName && textAt(spec, "externalName") !== "",
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ),
    ...when(
      textAt(spec, "trafficDistribution") === "PreferClose",
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ),
  ];
}

import {
  type FieldError,
  duplicate,
  forbidden,
  invalid,
  notSupported,
} from "../schema/field-error.js";
import { isIpv4, isIpv6 } from "../schema/ip-address.js";
import type { JsonObject } from "../schema/json.js";
import { checkQualifiedName } from "../schema/name-rules.js";
import { supported, validatePort } from "./field-rules.js";
import { numberAt, objectAt, textAt, textsAt } from "./json-access.js";
import { validateNetwork } from "./validate-network.js";
import { NOT_AN_ADDRESS, reservedRange } from "./address-rules.js";

const FAMILIES = ["IPv4", "IPv6"];
const POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];
const DISTRIBUTIONS = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'";
const SECONDS_A_DAY = 86_400;

/** Addresses and families of a Service: the server has IPv4 alone. */
export function validateFamilies(spec: JsonObject, type: string): FieldError[] {
  const addresses = textsAt(spec, "clusterIPs");
  if (type === "ExternalName") {
    return addresses.length > 0
      ? [forbidden("spec.clusterIPs", "may not be set for ExternalName services")]
      : [];
  }
  // Who has no address of its own may be of a family that the server has not.
  const isHeadless = addresses[0] === "None";
  const families = textsAt(spec, "ipFamilies");
  const policy = textAt(spec, "ipFamilyPolicy");
  return [
    ...families.flatMap((family, index) => {
      const field = `spec.ipFamilies[${index}]`;
      if (!FAMILIES.includes(family)) return [notSupported(field, family, FAMILIES)];
      if (family === "IPv6" && !isHeadless)
        return [invalid(field, family, "not configured on this cluster")];
      return families.indexOf(family) < index ? [duplicate(field, family)] : [];
    }),
    ...supported(spec, "ipFamilyPolicy", "spec", POLICIES),
    ...(policy === "RequireDualStack" && !isHeadless
      ? [
          invalid(
            "spec.ipFamilyPolicy",
            policy,
            "this cluster is not configured for dual-stack services",
          ),
        ]
      : []),
    ...validateClusterIps(textAt(spec, "clusterIP"), addresses),
  ];
}

function validateClusterIps(first: string, addresses: readonly string[]): FieldError[] {
  const field = "spec.clusterIPs";
  if (addresses.includes("None") && addresses.length > 1)
    return [invalid(field, addresses, "'None' must be the first and only value")];
  if (first !== "" && addresses.length > 0 && addresses[0] !== first)
    return [invalid(field, addresses, "first value must match `clusterIP`")];
  return addresses.flatMap((address, index) =>
    address === "None" || isIpv4(address) || isIpv6(address)
      ? []
      : [invalid(`${field}[${index}]`, address, NOT_AN_ADDRESS)],
  );
}

/** How long a client stays with one Pod. */
export function validateAffinityTime(spec: JsonObject): FieldError[] {
  if (textAt(spec, "sessionAffinity") !== "ClientIP") return [];
  const clientIp = objectAt(objectAt(spec, "sessionAffinityConfig"), "clientIP");
  const seconds = numberAt(clientIp, "timeoutSeconds");
  return seconds === undefined || (seconds > 0 && seconds <= SECONDS_A_DAY)
    ? []
    : [
        invalid(
          "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
          seconds,
          `must be greater than 0 and less than ${SECONDS_A_DAY}`,
        ),
      ];
}

/** `externalIPs`: addresses that somebody else can reach. */
export function validateExternalIps(spec: JsonObject): FieldError[] {
  return textsAt(spec, "externalIPs").flatMap((address, index) => {
    const field = `spec.externalIPs[${index}]`;
    if (!isIpv4(address) && !isIpv6(address)) return [invalid(field, address, NOT_AN_ADDRESS)];
    return reservedRange(address).map((detail) => invalid(field, address, detail));
  });
}

/** What a load balancer is told, and nobody else. */
export function validateBalancer(spec: JsonObject, type: string): FieldError[] {
  const isBalanced = type === "LoadBalancer";
  const ranges = textsAt(spec, "loadBalancerSourceRanges");
  const className = textAt(spec, "loadBalancerClass");
  const healthPort = numberAt(spec, "healthCheckNodePort") ?? 0;
  const isLocal = isBalanced && textAt(spec, "externalTrafficPolicy") === "Local";
  return [
    ...(ranges.length > 0 && !isBalanced
      ? [forbidden("spec.LoadBalancerSourceRanges", ONLY_BALANCED)]
      : ranges.flatMap((range, index) =>
          // Blanks around it are passed over.
          validateNetwork(range.trim(), `spec.LoadBalancerSourceRanges[${index}]`),
        )),
    ...(!isBalanced && (spec["allocateLoadBalancerNodePorts"] ?? null) !== null
      ? [forbidden("spec.allocateLoadBalancerNodePorts", ONLY_BALANCED)]
      : []),
    ...(className === ""
      ? []
      : isBalanced
        ? checkQualifiedName(className).map((detail) =>
            invalid("spec.loadBalancerClass", className, detail),
          )
        : [forbidden("spec.loadBalancerClass", ONLY_BALANCED)]),
    ...(healthPort === 0
      ? []
      : isLocal
        ? validatePort(healthPort, "spec.healthCheckNodePort")
        : [
            invalid(
              "spec.healthCheckNodePort",
              healthPort,
              "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
            ),
          ]),
    ...supported(spec, "internalTrafficPolicy", "spec", ["Cluster", "Local"]),
    ...supported(spec, "trafficDistribution", "spec", DISTRIBUTIONS),
  ];
}

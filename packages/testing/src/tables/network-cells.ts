import { numberAt, objectAt, objectsAt, textAt, textsAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { at, firstThree, joined, type KindCells, valueAtPath } from "./cell-reader.js";
import { labelsAt, selectorAt } from "./label-text.js";

export const networkCells: Readonly<Record<string, KindCells>> = {
  "/services": {
    Type: at("spec.type", ""),
    "Cluster-IP": (service) => textsAt(objectAt(service, "spec"), "clusterIPs")[0] ?? "<none>",
    "External-IP": externalAddress,
    "Port(s)": (service) => joined(objectsAt(objectAt(service, "spec"), "ports").map(servicePort)),
    Selector: labelsAt("spec.selector"),
  },
  "/endpoints": { Endpoints: endpointsText },
  "discovery.k8s.io/endpointslices": {
    AddressType: at("addressType", ""),
    Ports: (slice) =>
      firstThree(
        objectsAt(slice, "ports").map((port) =>
          String(numberAt(port, "port") ?? (textAt(port, "name") || "*")),
        ),
        (count) => ` + ${count} more...`,
      ) || "<unset>",
    Endpoints: (slice) =>
      firstThree(
        objectsAt(slice, "endpoints").flatMap((endpoint) => textsAt(endpoint, "addresses")),
        (count) => ` + ${count} more...`,
      ) || "<unset>",
  },
  "networking.k8s.io/ingresses": {
    Class: at("spec.ingressClassName", "<none>"),
    Hosts: (ingress) =>
      firstThree(
        objectsAt(objectAt(ingress, "spec"), "rules")
          .map((rule) => textAt(rule, "host"))
          .filter((host) => host !== ""),
        (count) => ` + ${count} more...`,
      ) || "*",
    Address: (ingress) => balancerAddresses(ingress).join(","),
    Ports: (ingress) => (objectsAt(objectAt(ingress, "spec"), "tls").length > 0 ? "80, 443" : "80"),
  },
  "networking.k8s.io/ingressclasses": {
    Controller: at("spec.controller", ""),
    Parameters: (ingressClass) => {
      const parameters = objectAt(objectAt(ingressClass, "spec"), "parameters");
      if (textAt(parameters, "kind") === "") return "<none>";
      const group = textAt(parameters, "apiGroup");
      return `${textAt(parameters, "kind")}${group === "" ? "" : `.${group}`}/${textAt(parameters, "name")}`;
    },
  },
  "networking.k8s.io/networkpolicies": { "Pod-Selector": selectorAt("spec.podSelector") },
  "networking.k8s.io/ipaddresses": {
    ParentRef: (address) => {
      const parent = objectAt(objectAt(address, "spec"), "parentRef");
      const resource = joined(
        [textAt(parent, "resource"), textAt(parent, "group")].filter(Boolean),
        "",
        ".",
      );
      return joined(
        [resource, textAt(parent, "namespace"), textAt(parent, "name")].filter(Boolean),
        "",
        "/",
      );
    },
  },
  "networking.k8s.io/servicecidrs": {
    CIDRs: (range) => textsAt(objectAt(range, "spec"), "cidrs").join(","),
  },
};

function servicePort(port: JsonObject): string {
  const nodePort = numberAt(port, "nodePort") ?? 0;
  return `${numberAt(port, "port") ?? 0}${nodePort > 0 ? `:${nodePort}` : ""}/${textAt(port, "protocol")}`;
}

/** The addresses of a load balancer, each once, sorted. */
function balancerAddresses(object: JsonObject): string[] {
  const balancer = (valueAtPath(object, "status.loadBalancer") ?? {}) as JsonObject;
  const addresses = objectsAt(balancer, "ingress").map(
    (ingress) => textAt(ingress, "ip") || textAt(ingress, "hostname"),
  );
  return [...new Set(addresses.filter((address) => address !== ""))].toSorted();
}

function externalAddress(service: JsonObject): string {
  const spec = objectAt(service, "spec");
  const external = textsAt(spec, "externalIPs");
  switch (textAt(spec, "type")) {
    case "LoadBalancer":
      return joined([...balancerAddresses(service), ...external], "<pending>");
    case "ExternalName":
      return textAt(spec, "externalName");
    case "ClusterIP":
    case "NodePort":
      return joined(external);
    default:
      return "<unknown>";
  }
}

function endpointsText(endpoints: JsonObject): string {
  const texts = objectsAt(endpoints, "subsets").flatMap((subset) => {
    const addresses = objectsAt(subset, "addresses").map((address) => textAt(address, "ip"));
    const ports = objectsAt(subset, "ports");
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) =>
      addresses.map((ip) => `${ip.includes(":") ? `[${ip}]` : ip}:${numberAt(port, "port") ?? 0}`),
    );
  });
  return firstThree(texts, (count) => ` + ${count} more...`) || "<none>";
}

import { formatTime } from "@kvop/core";
import { objectAt, textAt, textsAt } from "../admission/json-access.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";
import type { JsonObject } from "../schema/json.js";
import { keyOf } from "../store/object-store.js";

const RESOURCE = "networking.k8s.io/ipaddresses";

/** Keeps an IPAddress for each address of a Service, as the allocator of the real server does. */
export function followService(
  resource: ServedResource,
  service: JsonObject,
  context: ServerContext,
): void {
  if (resource.storageKey !== "/services") return;
  const { store } = context;
  const isGone = store.get("/services", keyOf(service)) === undefined;
  for (const address of textsAt(objectAt(service, "spec"), "clusterIPs")) {
    if (address === "None" || address === "") continue;
    const name = address.replaceAll(":", "-");
    const present = store.get(RESOURCE, `/${name}`);
    if (isGone && present !== undefined) store.delete(RESOURCE, present);
    if (!isGone && present === undefined)
      store.put(RESOURCE, addressOf(name, address, service, context));
  }
}

function addressOf(
  name: string,
  address: string,
  service: JsonObject,
  { clock, random }: ServerContext,
): JsonObject {
  const time = formatTime(clock.now());
  const parent = objectAt(service, "metadata");
  const labels = {
    "ipaddress.kubernetes.io/ip-family": address.includes(":") ? "IPv6" : "IPv4",
    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
  };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: {
      name,
      uid: random.uuid(),
      creationTimestamp: time,
      labels,
      managedFields: [
        {
          manager: "kube-apiserver",
          operation: "Update",
          apiVersion: "networking.k8s.io/v1",
          time,
          fieldsType: "FieldsV1",
          fieldsV1: {
            "f:metadata": {
              "f:labels": {
                ".": {},
                ...Object.fromEntries(Object.keys(labels).map((label) => [`f:${label}`, {}])),
              },
            },
            "f:spec": {
              "f:parentRef": { ".": {}, "f:name": {}, "f:namespace": {}, "f:resource": {} },
            },
          },
        },
      ],
    },
    spec: {
      parentRef: {
        resource: "services",
        namespace: textAt(parent, "namespace"),
        name: textAt(parent, "name"),
      },
    },
  };
}

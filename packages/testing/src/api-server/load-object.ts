import { inPrintedOrderUnversioned } from "./printed-order.js";
import { formatTime } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import { decodeObject, KindError } from "./decode-object.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import type { ServerContext } from "./server-context.js";

/**
 * Puts an object into the store as it is, as a restore would; one of a built-in kind gets the defaults that reading it from
 * etcd would give it. Its namespace is made when it is missing.
 *
 * @throws ApiError NotFound when its kind is not served, BadRequest when a field of a built-in kind has a wrong type.
 */
export function loadObject(object: JsonObject, context: ServerContext): void {
  const { registry, store, random, clock } = context;
  const [group, version] = String(object["apiVersion"] ?? "").includes("/")
    ? String(object["apiVersion"]).split("/")
    : ["", String(object["apiVersion"])];
  const resource = registry
    .all()
    .find(
      (each) => each.group === group && each.version === version && each.kind === object["kind"],
    );
  if (resource === undefined) throw refuse.noSuchPath();
  const metadata: JsonObject = {
    uid: random.uuid(),
    creationTimestamp: formatTime(clock.now()),
    ...(resource.isCustom ? { generation: 1 } : {}),
    ...(object["metadata"] as JsonObject),
  };
  if (resource.namespaced) {
    const namespace = String(metadata["namespace"] ?? "default");
    metadata["namespace"] = namespace;
    if (store.get("/namespaces", `/${namespace}`) === undefined) seedNamespace(namespace, context);
  }
  const loaded = decodeStored({ ...object, metadata }, resource);
  store.put(resource.storageKey, inPrintedOrderUnversioned(loaded, resource));
}

function decodeStored(object: JsonObject, resource: ServedResource): JsonObject {
  if (resource.isCustom) return object;
  try {
    return decodeObject(object, resource).object;
  } catch (error) {
    if (error instanceof KindError) throw refuse.badRequest(error.message);
    throw error;
  }
}

function seedNamespace(name: string, { store, random, clock }: ServerContext): void {
  store.put("/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      uid: random.uuid(),
      creationTimestamp: formatTime(clock.now()),
      labels: { "kubernetes.io/metadata.name": name },
    },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
}

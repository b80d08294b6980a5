import { numberAt, objectAt, objectsAt, textAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";

/** In the order in which the real server tries the addresses of a node. */
const PREFERRED = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"];
const DEFAULT_PORT = 10_250;

/**
 * Where the kubelet of a node should be.
 *
 * @param resource what a missing node is told to be: the real server blames the resource that was asked for.
 * @throws ApiError NotFound, or an internal error when the node has no address.
 */
export function kubeletAddress(node: string, resource: string, store: ObjectStore): string {
  const stored = store.get("/nodes", `/${node}`);
  if (stored === undefined) throw refuse.notFound({ group: "", plural: resource, kind: "" }, node);
  const status = objectAt(stored, "status");
  const addresses = objectsAt(status, "addresses");
  const port =
    numberAt(objectAt(objectAt(status, "daemonEndpoints"), "kubeletEndpoint"), "Port") ?? 0;
  for (const type of PREFERRED) {
    const found = addresses.find((each) => each["type"] === type);
    if (found !== undefined) return `${textAt(found, "address")}:${port || DEFAULT_PORT}`;
  }
  throw refuse.internal(
    `no preferred addresses found; known addresses: [${addresses.map(addressText).join(" ")}]`,
  );
}

function addressText(address: JsonObject): string {
  return `{${textAt(address, "type")} ${textAt(address, "address")}}`;
}

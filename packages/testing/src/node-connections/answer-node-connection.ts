import { numberAt, objectAt, objectsAt, textAt } from "../admission/json-access.js";
import type { ApiRequest, ApiResponse } from "../api-server/api-request.js";
import { writeTargetOf } from "../api-server/query-options.js";
import { admitPart } from "../dynamic-admission/admit-write.js";
import { refuse } from "../api-server/refusal.js";
import type { ResourcePath } from "../api-server/resource-request-path.js";
import type { ServerContext } from "../api-server/server-context.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";
import { kubeletAddress } from "./kubelet-address.js";
import { answerPodLog } from "./pod-log.js";
import { containerOf } from "./pod-container.js";

const CONNECTIONS = new Set(["exec", "attach", "portforward"]);

/**
 * Answers what the real server passes on to a node or a Pod: logs, exec, attach, port forwarding, proxies. Nothing is behind this
 * server: it answers as the real one does when nobody listens there. Undefined for any other subresource.
 */
export function answerNodeConnection(
  request: ApiRequest,
  path: ResourcePath,
  context: ServerContext,
): ApiResponse | undefined {
  const { resource, namespace, name = "", subresource } = path;
  const { store } = context;
  const [part = ""] = subresource.split("/");
  const isOf = (storageKey: string): boolean => resource.storageKey === storageKey;
  if (part === "proxy") {
    if (isOf("/services")) return proxyService(namespace, name, store);
    if (isOf("/nodes")) return proxyNode(name, store);
    if (isOf("/pods")) return proxyPod(namespace, name, store);
    return undefined;
  }
  if (!isOf("/pods") || subresource.includes("/")) return undefined;
  if (part === "log") {
    if (request.method !== "GET") throw refuse.methodNotAllowed();
    return answerPodLog(request, podOf(namespace, name, store), store);
  }
  if (!CONNECTIONS.has(part)) return undefined;
  if (request.method !== "GET" && request.method !== "POST") throw refuse.methodNotAllowed();
  const pod = podOf(namespace, name, store);
  admitConnection(request, part, path, context);
  return connect(request, part, pod, store);
}

const OPTION_KINDS: Readonly<Record<string, string>> = {
  exec: "PodExecOptions",
  attach: "PodAttachOptions",
  portforward: "PodPortForwardOptions",
};

/** Webhooks are told of the options of a connection. */
function admitConnection(
  request: ApiRequest,
  part: string,
  path: ResourcePath,
  context: ServerContext,
): void {
  if (context.dynamic.isIdle) return;
  const { query } = request;
  const flags = ["stdin", "stdout", "stderr", "tty"].filter((flag) => query.get(flag) === "true");
  const container = query.get("container") ?? "";
  const command = query.getAll("command");
  const ports = query.getAll("ports").map(Number);
  const options: JsonObject = {
    kind: OPTION_KINDS[part] ?? "",
    apiVersion: "v1",
    ...Object.fromEntries(flags.map((flag) => [flag, true])),
    ...(container === "" ? {} : { container }),
    ...(command.length === 0 ? {} : { command }),
    ...(ports.length === 0 ? {} : { ports }),
  };
  admitPart(options, "CONNECT", writeTargetOf(request, path), context);
}

function connect({ query }: ApiRequest, part: string, pod: JsonObject, store: ObjectStore): never {
  const { name } = pod["metadata"] as { name: string };
  if (part !== "portforward") containerOf(pod, query.get("container") ?? "");
  const node = textAt(objectAt(pod, "spec"), "nodeName");
  if (node === "") throw refuse.badRequest(`pod ${name} does not have a host assigned`);
  kubeletAddress(node, "pods", store);
  throw refuse.badRequest("Upgrade request required");
}

function podOf(namespace: string, name: string, store: ObjectStore): JsonObject {
  const stored = store.get("/pods", `${namespace}/${name}`);
  if (stored === undefined) throw refuse.notFound({ group: "", plural: "pods", kind: "Pod" }, name);
  return stored;
}

/** A name in a proxied path: `scheme:name:port`, of which all but the name may be missing. */
function targetOf(text: string): { readonly name: string; readonly port: string } {
  const parts = text.split(":");
  if (parts.length === 3) return { name: parts[1] ?? "", port: parts[2] ?? "" };
  return { name: parts[0] ?? "", port: parts[1] ?? "" };
}

function proxyPod(namespace: string, text: string, store: ObjectStore): never {
  const pod = podOf(namespace, targetOf(text).name, store);
  const address = textAt(objectsAt(objectAt(pod, "status"), "podIPs")[0] ?? {}, "ip");
  throw refuseAddress(address);
}

function proxyNode(text: string, store: ObjectStore): never {
  throw refuseAddress(kubeletAddress(targetOf(text).name, "nodes", store));
}

function proxyService(namespace: string, text: string, store: ObjectStore): never {
  const { name, port } = targetOf(text);
  const service = store.get("/services", `${namespace}/${name}`);
  const ports = objectsAt(objectAt(service ?? {}, "spec"), "ports");
  const isKnown = ports.some(
    (each) => textAt(each, "name") === port || String(numberAt(each, "port") ?? "") === port,
  );
  if (service !== undefined && port !== "" && /^\d+$/.test(port) && !isKnown)
    throw refuse.unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  throw refuse.unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
}

/** Pods and nodes without an address, or with one of the server's own machine, are not proxied to; others do not answer. */
function refuseAddress(address: string) {
  const host = address.replace(/:\d+$/, "");
  const isAllowed = host !== "" && !host.startsWith("127.") && host !== "::1";
  if (!isAllowed) return refuse.badRequest("address not allowed");
  return refuse.unavailable(
    `error trying to reach service: dial tcp ${address}: connect: connection refused`,
  );
}

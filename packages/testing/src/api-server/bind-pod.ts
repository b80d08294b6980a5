import { formatTime } from "@kvop/core";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { ApiResponse } from "./api-request.js";
import { refuse } from "./refusal.js";
import type { ResourcePath } from "./resource-request-path.js";
import type { ServerContext } from "./server-context.js";

/** `pods/{name}/binding`: gives a Pod its node, once. */
export function bindPod(
  body: JsonValue | undefined,
  path: ResourcePath,
  context: ServerContext,
): ApiResponse {
  const { resource, namespace, name = "" } = path;
  const stored = context.store.get(resource.storageKey, `${namespace}/${name}`);
  if (stored === undefined) throw refuse.notFound(resource, name);
  const target = isJsonObject(body) ? body["target"] : undefined;
  const nodeName = isJsonObject(target) ? target["name"] : undefined;
  if (typeof nodeName !== "string" || nodeName === "") {
    throw refuse.invalid({ group: "", plural: "bindings", kind: "Binding" }, name, [
      { type: "FieldValueRequired", field: "target.name", detail: "" },
    ]);
  }
  const metadata = stored["metadata"] as JsonObject;
  const spec = (stored["spec"] ?? {}) as JsonObject;
  if (metadata["deletionTimestamp"] !== undefined)
    throw bindingRefused(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (typeof spec["nodeName"] === "string" && spec["nodeName"] !== "")
    throw bindingRefused(name, `pod ${name} is already assigned to node "${spec["nodeName"]}"`);
  const status = (stored["status"] ?? {}) as JsonObject;
  const bound = {
    ...stored,
    spec: { ...spec, nodeName },
    status: { ...status, conditions: scheduled(status["conditions"], context) },
  };
  context.afterWrite(resource, context.store.put(resource.storageKey, bound));
  return {
    type: "json",
    status: 201,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
  };
}

function scheduled(conditions: JsonValue | undefined, context: ServerContext): JsonValue {
  const all = (Array.isArray(conditions) ? conditions : []) as JsonObject[];
  const condition: JsonObject = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: formatTime(context.clock.now()),
  };
  return all.some(({ type }) => type === "PodScheduled")
    ? all.map((each) => (each["type"] === "PodScheduled" ? condition : each))
    : [...all, condition];
}

function bindingRefused(name: string, why: string): Error {
  return refuse.conflict({ group: "", plural: "pods/binding", kind: "Binding" }, name, why);
}

import { copyJson, isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { ApiRequest } from "./api-request.js";
import { decodeObject } from "./decode-object.js";
import { patched, readPatch } from "./patch-object.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import type { ServerContext } from "./server-context.js";
import { replaceObject } from "./update-object.js";
import { metadataOf, requestedKey, type WriteTarget, type Written } from "./write-target.js";

const PODS = { group: "", plural: "pods", kind: "Pod" };

/** Changes what only a subresource may change of a Pod: its ephemeral containers, or the size of its containers. */
export function updatePodPart(
  request: ApiRequest,
  target: WriteTarget,
  context: ServerContext,
): Written {
  const { resource, namespace, name = "", subresource } = target;
  const stored = podOf(namespace, name, context);
  const value =
    request.method === "PUT"
      ? (readValue(request) ?? null)
      : patched(copyJson(stored), readPatch(request, resource), resource);
  const { object } = decodeObject(value, resource);
  const next = copyJson(stored);
  metadataOf(next)["resourceVersion"] = metadataOf(object)["resourceVersion"] ?? "";
  const spec = objectOf(next["spec"]);
  const given = objectOf(object["spec"]);
  if (subresource === "ephemeralcontainers")
    spec["ephemeralContainers"] = given["ephemeralContainers"] ?? [];
  else spec["containers"] = resized(spec["containers"], given["containers"]);
  return replaceObject({ object: next, strictErrors: [] }, stored, target, context);
}

function resized(before: JsonValue | undefined, asked: JsonValue | undefined): JsonValue {
  const wanted = Array.isArray(asked) ? asked.filter(isJsonObject) : [];
  return (Array.isArray(before) ? before : []).filter(isJsonObject).map((container) => {
    const found = wanted.find((each) => each["name"] === container["name"]);
    return found?.["resources"] === undefined
      ? container
      : { ...container, resources: found["resources"] };
  });
}

function podOf(namespace: string, name: string, context: ServerContext): JsonObject {
  const stored = context.store.get("/pods", requestedKey(namespace, name));
  if (stored === undefined) throw refuse.notFound(PODS, name);
  return stored;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

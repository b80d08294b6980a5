import { formatTime } from "@kvop/core";
import { selects } from "../admission/validate-workload.js";
import { required } from "../schema/field-error.js";
import { copyJson, isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import type { ApiRequest } from "./api-request.js";
import { decodeObject } from "./decode-object.js";
import { deleteObject } from "./delete-object.js";
import { patched, readPatch } from "./patch-object.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import type { ServerContext } from "./server-context.js";
import { replaceObject, saveObject } from "./update-object.js";
import { metadataOf, storeKey, type WriteTarget, type Written } from "./write-target.js";

const PODS = { group: "", plural: "pods", kind: "Pod" };

/** Puts a Pod on a node, as the scheduler does (`pods/x/binding`, or `bindings`). */
export function bindPod(request: ApiRequest, target: WriteTarget, context: ServerContext): void {
  const binding = objectOf(readValue(request));
  const name = target.name ?? String(metadataOf(binding)["name"] ?? "");
  const destination = objectOf(binding["target"]);
  const node = String(destination["name"] ?? "");
  if (node === "") {
    throw refuse.invalid({ group: "", plural: "", kind: "Binding" }, name, [
      required("target.name"),
    ]);
  }
  const stored = podOf(target.namespace, name, context);
  const spec = objectOf(stored["spec"]);
  if (metadataOf(stored)["deletionTimestamp"] !== undefined)
    throw bindingConflict(name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if ((spec["nodeName"] ?? "") !== "")
    throw bindingConflict(
      name,
      `pod ${name} is already assigned to node "${String(spec["nodeName"])}"`,
    );
  const next = copyJson(stored);
  objectOf(next["spec"])["nodeName"] = node;
  const status = objectOf(next["status"]);
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: formatTime(context.clock.now()),
  };
  status["conditions"] = [
    ...conditions.filter((each) => !isJsonObject(each) || each["type"] !== "PodScheduled"),
    scheduled,
  ];
  next["status"] = status;
  const annotations = metadataOf(binding)["annotations"];
  if (isJsonObject(annotations)) {
    const metadata = metadataOf(next);
    metadata["annotations"] = { ...objectOf(metadata["annotations"]), ...annotations };
  }
  const pods = context.registry.find("", "v1", "pods");
  if (pods !== undefined)
    saveObject(next, stored, { ...target, resource: pods, name, subresource: "" }, context);
}

/** Deletes a Pod unless a PodDisruptionBudget forbids it (`pods/x/eviction`). */
export function evictPod(request: ApiRequest, target: WriteTarget, context: ServerContext): void {
  const { namespace, name = "" } = target;
  const eviction = objectOf(readValue(request));
  const stored = podOf(namespace, name, context);
  const budgets = context.store.list("policy/poddisruptionbudgets").objects.filter((budget) => {
    const selector = objectOf(objectOf(budget["spec"])["selector"]);
    const isInside = metadataOf(budget)["namespace"] === namespace;
    return isInside && selects(selector, objectOf(metadataOf(stored)["labels"]));
  });
  if (budgets.length > 1) {
    throw refuse.internal(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const [budget] = budgets;
  const phase = objectOf(stored["status"])["phase"];
  const isHeld = phase !== "Pending" && phase !== "Failed" && phase !== "Succeeded";
  if (budget !== undefined && isHeld) checkBudget(budget);
  const options = objectOf(eviction["deleteOptions"]);
  const grace = options["gracePeriodSeconds"];
  const preconditions = objectOf(options["preconditions"]);
  deleteObject(
    {
      ...(typeof grace === "number" ? { gracePeriodSeconds: grace } : {}),
      ...(typeof preconditions["uid"] === "string" ? { uid: preconditions["uid"] } : {}),
    },
    { ...target, subresource: "" },
    context,
  );
}

function checkBudget(budget: JsonObject): void {
  const status = objectOf(budget["status"]);
  const allowed = Number(status["disruptionsAllowed"] ?? 0);
  if (allowed > 0) return;
  const { name } = metadataOf(budget);
  throw refuse.tooManyRequests(
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      reason: "DisruptionBudget",
      message: `The disruption budget ${String(name)} needs ${String(status["desiredHealthy"] ?? 0)} healthy pods and has ${String(status["currentHealthy"] ?? 0)} currently`,
    },
  );
}

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
  const stored = context.store.get("/pods", storeKey(namespace, name));
  if (stored === undefined) throw refuse.notFound(PODS, name);
  return stored;
}

function bindingConflict(name: string, why: string) {
  return refuse.conflict({ ...PODS, plural: "pods/binding" }, name, why);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

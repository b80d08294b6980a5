import { formatTime } from "@kvop/core";
import { numberAt, objectAt, objectsAt, textAt } from "../admission/json-access.js";
import { selects } from "../admission/validate-workload.js";
import { copyJson, isJsonObject, type JsonObject } from "../schema/json.js";
import { judgeObject } from "./admit-object.js";
import type { ApiRequest } from "./api-request.js";
import { deleteObject } from "./delete-object.js";
import { admitPart } from "../dynamic-admission/admit-write.js";
import { NO_DYNAMIC_ADMISSION } from "../dynamic-admission/dynamic-admission.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import type { ServerContext } from "./server-context.js";
import { metadataOf, storeKey, type WriteTarget } from "./write-target.js";

const BUDGETS = "policy/poddisruptionbudgets";
/** When a client may ask again whose budget nobody has counted yet. */
const RETRY_SECONDS = 10;
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";

/** Deletes a Pod unless a PodDisruptionBudget forbids it (`pods/x/eviction`). */
export function evictPod(request: ApiRequest, target: WriteTarget, context: ServerContext): void {
  const { namespace, name = "" } = target;
  const body = readValue(request);
  const eviction = isJsonObject(body) ? body : {};
  const named = textAt(metadataOf(eviction), "name");
  if (named !== "" && named !== name)
    throw refuse.badRequest("name in URL does not match name in Eviction object");
  const pod = context.store.get("/pods", storeKey(namespace, name));
  if (pod === undefined) throw refuse.notFound(target.resource, name);
  const options = objectAt(eviction, "deleteOptions");
  const dryRun = target.dryRun || (options["dryRun"] ?? null) !== null;
  const place = { ...target, dryRun };
  const own = { ...metadataOf(eviction), name, namespace };
  const whole = { ...eviction, apiVersion: "policy/v1", kind: "Eviction", metadata: own };
  const admitted = admitPart(whole, "CREATE", place, context);
  judgeObject(admitted, {
    operation: "CREATE",
    old: undefined,
    target: place,
    context,
    remarks: [],
  });
  if (isCounted(pod)) useBudget(pod, place, context);
  const grace = numberAt(options, "gracePeriodSeconds");
  const { uid, resourceVersion } = objectAt(options, "preconditions");
  deleteObject(
    {
      ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
      ...(typeof uid === "string" ? { uid } : {}),
      ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
    },
    { ...place, subresource: "" },
    // The eviction was judged, its deletion is not judged again.
    { ...context, dynamic: NO_DYNAMIC_ADMISSION },
  );
}

/** Pods that do not run yet or any more disrupt nothing. */
function isCounted(pod: JsonObject): boolean {
  const phase = textAt(objectAt(pod, "status"), "phase");
  const isDeleted = metadataOf(pod)["deletionTimestamp"] !== undefined;
  return !isDeleted && !["Pending", "Succeeded", "Failed"].includes(phase);
}

function useBudget(pod: JsonObject, target: WriteTarget, context: ServerContext): void {
  const labels = objectAt(metadataOf(pod), "labels");
  const [budget, other] = context.store
    .list(BUDGETS)
    .objects.filter(
      (each) =>
        metadataOf(each)["namespace"] === target.namespace &&
        selects(objectAt(objectAt(each, "spec"), "selector"), labels),
    );
  if (other !== undefined) {
    throw refuse.internal(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  if (budget === undefined || isBeyondBudget(pod, budget)) return;
  checkBudget(budget);
  if (!target.dryRun) takeFromBudget(budget, target, context);
}

/** A Pod that is not ready may go, if the budget says so, or if enough others are. */
function isBeyondBudget(pod: JsonObject, budget: JsonObject): boolean {
  const isReady = objectsAt(objectAt(pod, "status"), "conditions").some(
    (condition) => condition["type"] === "Ready" && condition["status"] === "True",
  );
  if (isReady) return false;
  if (textAt(objectAt(budget, "spec"), "unhealthyPodEvictionPolicy") === "AlwaysAllow") return true;
  const status = objectAt(budget, "status");
  const desired = numberAt(status, "desiredHealthy") ?? 0;
  return desired > 0 && (numberAt(status, "currentHealthy") ?? 0) >= desired;
}

function checkBudget(budget: JsonObject): void {
  const { name } = metadataOf(budget);
  const status = objectAt(budget, "status");
  const seen = numberAt(status, "observedGeneration") ?? 0;
  if (seen < (numberAt(metadataOf(budget), "generation") ?? 0)) {
    throw refuse.tooManyRequests(
      REFUSED,
      {
        reason: "DisruptionBudget",
        message: `The disruption budget ${String(name)} is still being processed by the server.`,
      },
      RETRY_SECONDS,
    );
  }
  if ((numberAt(status, "disruptionsAllowed") ?? 0) > 0) return;
  throw refuse.tooManyRequests(REFUSED, {
    reason: "DisruptionBudget",
    message: `The disruption budget ${String(name)} needs ${numberAt(status, "desiredHealthy") ?? 0} healthy pods and has ${numberAt(status, "currentHealthy") ?? 0} currently`,
  });
}

/** Counts the disruption down, so that the next one is judged by what is left. */
function takeFromBudget(
  stored: JsonObject,
  { name = "" }: WriteTarget,
  { store, registry, clock, afterWrite }: ServerContext,
): void {
  const budget = copyJson(stored);
  const status = objectAt(budget, "status");
  const time = formatTime(clock.now());
  const left = (numberAt(status, "disruptionsAllowed") ?? 0) - 1;
  status["disruptionsAllowed"] = left;
  status["disruptedPods"] = { ...objectAt(status, "disruptedPods"), [name]: time };
  if (left === 0) {
    const others = objectsAt(status, "conditions").filter(
      ({ type }) => type !== "DisruptionAllowed",
    );
    const condition: JsonObject = {
      type: "DisruptionAllowed",
      status: "False",
      observedGeneration: status["observedGeneration"] ?? 0,
      lastTransitionTime: time,
      reason: "InsufficientPods",
      message: "",
    };
    status["conditions"] = [...others, condition];
  }
  const saved = store.put(BUDGETS, budget);
  const resource = registry.find("policy", "v1", "poddisruptionbudgets");
  if (resource !== undefined) afterWrite(resource, saved);
}

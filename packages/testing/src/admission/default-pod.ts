import { formatTime } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import { defaultPodSpec } from "./default-pod-spec.js";
import {
  ensureObjectAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  setDefault,
  textAt,
} from "./json-access.js";

const EVICTION_TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] as const;
const EVICTION_DELAY_SECONDS = 300;

/** What a Pod says that is not to be scheduled yet. */
const gated = (nowMs: number | undefined): JsonObject => ({
  type: "PodScheduled",
  status: "False",
  ...(nowMs === undefined ? {} : { lastTransitionTime: formatTime(nowMs) }),
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
});

/** A Pod itself gets more than a template's: resource requests. In place. */
export function defaultPod(pod: JsonObject): void {
  const spec = ensureObjectAt(pod, "spec");
  defaultPodSpec(spec);
  setDefault(spec, "enableServiceLinks", true);
  for (const list of ["initContainers", "containers"]) {
    for (const container of objectsAt(spec, list)) defaultRequests(container);
  }
  copyAddress(pod);
}

/** One address and the list of all say the same. */
function copyAddress(pod: JsonObject): void {
  const status = optionalObjectAt(pod, "status");
  if (status === undefined) return;
  const { podIP, podIPs } = status;
  if (typeof podIP === "string" && podIP !== "" && podIPs === undefined)
    status["podIPs"] = [{ ip: podIP }];
  const [first] = objectsAt(status, "podIPs");
  if (podIP === undefined && first !== undefined) status["podIP"] = textAt(first, "ip");
}

/** What admission adds to a new Pod. In place. */
export function completePod(pod: JsonObject, nowMs: number | undefined): void {
  const spec = ensureObjectAt(pod, "spec");
  if (Number(spec["terminationGracePeriodSeconds"]) < 0) spec["terminationGracePeriodSeconds"] = 1;
  if (textAt(spec, "priorityClassName") === "") {
    setDefault(spec, "priority", 0);
    setDefault(spec, "preemptionPolicy", "PreemptLowerPriority");
  }
  addEvictionTolerations(spec);
  pod["status"] = {
    phase: "Pending",
    ...(objectsAt(spec, "schedulingGates").length === 0 ? {} : { conditions: [gated(nowMs)] }),
    qosClass: qosClassOf(spec),
  };
}

/** What admission adds to a Pod that is updated and does not say it again. In place. */
export function completePodUpdate(pod: JsonObject, old: JsonObject): void {
  const spec = ensureObjectAt(pod, "spec");
  const oldSpec = objectAt(old, "spec");
  for (const field of ["priority", "preemptionPolicy"]) {
    const value = oldSpec[field];
    if (value !== undefined) setDefault(spec, field, value);
  }
  addEvictionTolerations(spec);
}

/** What is limited and not requested is requested as it is limited. */
function defaultRequests(container: JsonObject): void {
  const resources = optionalObjectAt(container, "resources");
  const limits = resources === undefined ? undefined : optionalObjectAt(resources, "limits");
  if (resources === undefined || limits === undefined) return;
  const requests = ensureObjectAt(resources, "requests");
  for (const [name, amount] of Object.entries(limits)) setDefault(requests, name, amount);
}

function addEvictionTolerations(spec: JsonObject): void {
  const tolerations = objectsAt(spec, "tolerations");
  const missing = EVICTION_TAINTS.filter(
    (taint) =>
      !tolerations.some((toleration) => {
        const key = textAt(toleration, "key");
        const effect = textAt(toleration, "effect");
        return (key === taint || key === "") && (effect === "NoExecute" || effect === "");
      }),
  );
  const added = missing.map((key) => ({
    key,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: EVICTION_DELAY_SECONDS,
  }));
  if (added.length > 0) spec["tolerations"] = [...tolerations, ...added];
}

/** `status.qosClass`, from the requests and limits for CPU and memory of all containers. */
export function qosClassOf(spec: JsonObject): "BestEffort" | "Burstable" | "Guaranteed" {
  // What the pod says of itself as a whole goes before what its containers say.
  const containers =
    Object.keys(objectAt(spec, "resources")).length > 0
      ? [spec]
      : [...objectsAt(spec, "initContainers"), ...objectsAt(spec, "containers")];
  const asks = containers.map((container) => {
    const resources = objectAt(container, "resources");
    return { requests: objectAt(resources, "requests"), limits: objectAt(resources, "limits") };
  });
  const names = ["cpu", "memory"] as const;
  const isSet = (amounts: JsonObject, name: string): boolean =>
    amounts[name] !== undefined && amounts[name] !== "0";
  const asksNothing = asks.every(({ requests, limits }) =>
    names.every((name) => !isSet(requests, name) && !isSet(limits, name)),
  );
  if (asksNothing) return "BestEffort";
  const isGuaranteed = asks.every(({ requests, limits }) =>
    names.every((name) => isSet(limits, name) && (requests[name] ?? limits[name]) === limits[name]),
  );
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

import { ensureObjectAt, objectAt, objectsAt, textAt } from "../admission/json-access.js";
import { refuse } from "../api-server/refusal.js";
import type { AdmissionRequest } from "../api-server/server-context.js";
import { jsonEqual, type JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";

const PODS = { group: "", plural: "pods", kind: "Pod" };

/** Gives a new Pod what its RuntimeClass costs and where that runs. In place. */
export function applyRuntimeClass(request: AdmissionRequest, store: ObjectStore): void {
  if (!isNewPod(request)) return;
  const spec = objectAt(request.object, "spec");
  const name = textAt(spec, "runtimeClassName");
  if (name === "") return;
  const runtimeClass = store.get("node.k8s.io/runtimeclasses", name);
  if (runtimeClass === undefined) throw rejected(request, `RuntimeClass "${name}" not found`);
  applyOverhead(request, spec, objectAt(objectAt(runtimeClass, "overhead"), "podFixed"));
  applyScheduling(request, spec, objectAt(runtimeClass, "scheduling"));
}

/** Refuses a Pod that says by itself what its runtime costs. */
export function checkRuntimeClass(request: AdmissionRequest): void {
  if (!isNewPod(request)) return;
  const spec = objectAt(request.object, "spec");
  const hasOverhead = Object.keys(objectAt(spec, "overhead")).length > 0;
  if (hasOverhead && textAt(spec, "runtimeClassName") === "")
    throw rejected(request, "Pod Overhead set without corresponding RuntimeClass defined Overhead");
}

function isNewPod({ operation, group, plural, subresource }: AdmissionRequest): boolean {
  return operation === "CREATE" && group === "" && plural === "pods" && subresource === "";
}

function applyOverhead(request: AdmissionRequest, spec: JsonObject, podFixed: JsonObject): void {
  const own = objectAt(spec, "overhead");
  if (Object.keys(own).length > 0 && !jsonEqual(own, podFixed))
    throw rejected(request, "Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  if (Object.keys(podFixed).length > 0) spec["overhead"] = { ...podFixed };
}

function applyScheduling(
  request: AdmissionRequest,
  spec: JsonObject,
  scheduling: JsonObject,
): void {
  const wanted = objectAt(scheduling, "nodeSelector");
  if (Object.keys(wanted).length > 0) {
    const own = ensureObjectAt(spec, "nodeSelector");
    for (const [label, value] of Object.entries(wanted)) {
      const given = own[label];
      if (given !== undefined && given !== value)
        throw rejected(
          request,
          `conflict: runtimeClass.scheduling.nodeSelector[${label}] = ${String(value)}; pod.spec.nodeSelector[${label}] = ${String(given)}`,
        );
      own[label] = value;
    }
  }
  const own = objectsAt(spec, "tolerations");
  const further = objectsAt(scheduling, "tolerations").filter(
    (each) => !own.some((known) => jsonEqual(known, each)),
  );
  if (further.length > 0) spec["tolerations"] = [...own, ...further];
}

function rejected({ object }: AdmissionRequest, why: string): Error {
  const name = textAt(objectAt(object, "metadata"), "name");
  return refuse.forbidden(PODS, name, `pods "${name}" is forbidden: pod rejected: ${why}`);
}

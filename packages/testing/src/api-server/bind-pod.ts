import { formatTime } from "@kvop/core";
import { objectAt, objectsAt, textAt } from "../admission/json-access.js";
import { copyJson, isJsonObject, type JsonObject } from "../schema/json.js";
import type { ApiRequest } from "./api-request.js";
import { admitPart } from "../dynamic-admission/admit-write.js";
import { managerOf } from "./field-ownership.js";
import { refuse } from "./refusal.js";
import { readValue } from "./request-body.js";
import type { ServerContext } from "./server-context.js";
import { saveObject } from "./update-object.js";
import { metadataOf, storeKey, type WriteTarget } from "./write-target.js";

const PODS = { group: "", plural: "pods", kind: "Pod" };
const BINDINGS = { ...PODS, plural: "pods/binding" };

/** Puts a Pod on a node, as the scheduler does (`pods/x/binding`, or `bindings`). */
export function bindPod(request: ApiRequest, target: WriteTarget, context: ServerContext): void {
  const body = readValue(request);
  const binding = isJsonObject(body) ? body : {};
  const name = target.name ?? textAt(metadataOf(binding), "name");
  admitBinding(binding, { ...target, name }, context);
  const node = nodeOf(objectAt(binding, "target"));
  const stored = context.store.get("/pods", storeKey(target.namespace, name));
  if (stored === undefined) throw refuse.notFound(PODS, name);
  checkBinding(binding, stored, { ...target, name });
  const next = copyJson(stored);
  objectAt(next, "spec")["nodeName"] = node;
  markScheduled(next, formatTime(context.clock.now()));
  const metadata = metadataOf(next);
  for (const field of ["annotations", "labels"]) {
    const added = objectAt(metadataOf(binding), field);
    if (Object.keys(added).length > 0) metadata[field] = { ...objectAt(metadata, field), ...added };
  }
  const pods = context.registry.find("", "v1", "pods");
  if (pods !== undefined)
    saveObject(next, stored, { ...target, resource: pods, name, subresource: "" }, context);
}

/** Webhooks are told of the Binding, and of who sent which of its fields. */
function admitBinding(binding: JsonObject, target: WriteTarget, context: ServerContext): void {
  if (context.dynamic.isIdle) return;
  const { apiVersion: _1, kind: _2, metadata: _3, ...sent } = binding;
  const managedFields = [
    {
      manager: managerOf(target),
      operation: "Update",
      apiVersion: "v1",
      time: formatTime(context.clock.now()),
      fieldsType: "FieldsV1",
      fieldsV1: Object.fromEntries(Object.keys(sent).map((field) => [`f:${field}`, {}])),
      subresource: "binding",
    },
  ];
  const metadata = {
    ...metadataOf(binding),
    name: target.name ?? "",
    namespace: target.namespace,
    managedFields,
  };
  const shown = { ...binding, apiVersion: "v1", kind: "Binding", metadata };
  admitPart(shown, "CREATE", target, context);
}

/** The real server has no kind of refusal for a bad binding. */
function nodeOf(destination: JsonObject): string {
  const kind = textAt(destination, "kind");
  if (kind !== "" && kind !== "Node") {
    throw refuse.internal(
      `target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`,
    );
  }
  const name = textAt(destination, "name");
  if (name === "") throw refuse.internal("target.name: Required value");
  return name;
}

function checkBinding(
  binding: JsonObject,
  pod: JsonObject,
  { namespace, name = "" }: WriteTarget,
): void {
  const { uid, deletionTimestamp } = metadataOf(pod);
  const wanted = textAt(metadataOf(binding), "uid");
  if (wanted !== "" && wanted !== uid) {
    throw refuse.conflict(
      PODS,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/pods/${namespace}/${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${String(uid)}`,
    );
  }
  const spec = objectAt(pod, "spec");
  const present = textAt(spec, "nodeName");
  const why =
    deletionTimestamp !== undefined
      ? `pod ${name} is being deleted, cannot be assigned to a host`
      : present !== ""
        ? `pod ${name} is already assigned to node ${JSON.stringify(present)}`
        : objectsAt(spec, "schedulingGates").length > 0
          ? `pod ${name} has non-empty .spec.schedulingGates`
          : undefined;
  if (why !== undefined) throw refuse.conflict(BINDINGS, name, why);
}

function markScheduled(pod: JsonObject, lastTransitionTime: string): void {
  const status = objectAt(pod, "status");
  const others = objectsAt(status, "conditions").filter(({ type }) => type !== "PodScheduled");
  status["conditions"] = [
    ...others,
    { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime },
  ];
  pod["status"] = status;
}

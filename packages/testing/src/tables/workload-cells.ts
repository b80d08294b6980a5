import { numberAt, objectAt, objectsAt, textAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import {
  ageAt,
  ageOf,
  at,
  countAt,
  isBeingDeleted,
  joined,
  type KindCells,
  valueAtPath,
} from "./cell-reader.js";
import { parseTime } from "@kvop/core";
import { humanDuration } from "../schema/human-duration.js";
import { labelsAt, selectorAt } from "./label-text.js";

/** The columns of `-o wide` that tell of a Pod template's containers. */
function containersAt(path: string): KindCells {
  const list = (object: JsonObject, key: string): string =>
    objectsAt((valueAtPath(object, path) ?? {}) as JsonObject, "containers")
      .map((container) => textAt(container, key))
      .join(",");
  return {
    Containers: (object) => list(object, "name"),
    Images: (object) => list(object, "image"),
  };
}

/** Counted replicas that are ready, of those that are wanted. */
const readyOfWanted = (object: JsonObject): string =>
  `${numberAt(objectAt(object, "status"), "readyReplicas") ?? 0}/${numberAt(objectAt(object, "spec"), "replicas") ?? 0}`;

const replicas: KindCells = {
  Desired: at("spec.replicas", 0),
  Current: at("status.replicas", 0),
  Ready: at("status.readyReplicas", 0),
  ...containersAt("spec.template.spec"),
};

export const workloadCells: Readonly<Record<string, KindCells>> = {
  "/podtemplates": {
    ...containersAt("template.spec"),
    "Pod Labels": labelsAt("template.metadata.labels"),
  },
  "/replicationcontrollers": { ...replicas, Selector: labelsAt("spec.selector") },
  "apps/replicasets": { ...replicas, Selector: selectorAt("spec.selector") },
  "apps/deployments": {
    Ready: readyOfWanted,
    "Up-to-date": at("status.updatedReplicas", 0),
    Available: at("status.availableReplicas", 0),
    ...containersAt("spec.template.spec"),
    Selector: selectorAt("spec.selector", ""),
  },
  "apps/statefulsets": { Ready: readyOfWanted, ...containersAt("spec.template.spec") },
  "apps/daemonsets": {
    Desired: at("status.desiredNumberScheduled", 0),
    Current: at("status.currentNumberScheduled", 0),
    Ready: at("status.numberReady", 0),
    "Up-to-date": at("status.updatedNumberScheduled", 0),
    Available: at("status.numberAvailable", 0),
    "Node Selector": labelsAt("spec.template.spec.nodeSelector"),
    ...containersAt("spec.template.spec"),
    Selector: selectorAt("spec.selector"),
  },
  "apps/controllerrevisions": {
    Controller: controllerOf,
    Revision: at("revision", 0),
  },
  "batch/jobs": {
    Status: jobStatus,
    Completions: jobCompletions,
    Duration: jobDuration,
    ...containersAt("spec.template.spec"),
    Selector: selectorAt("spec.selector"),
  },
  "batch/cronjobs": {
    Schedule: at("spec.schedule", ""),
    Timezone: at("spec.timeZone", "<none>"),
    Suspend: (object) => (valueAtPath(object, "spec.suspend") === true ? "True" : "False"),
    Active: countAt("status.active"),
    "Last Schedule": ageAt("status.lastScheduleTime", "<none>"),
    ...containersAt("spec.jobTemplate.spec.template.spec"),
    Selector: selectorAt("spec.jobTemplate.spec.selector"),
  },
};

/** `kind.group/name` of the owner that controls an object. */
function controllerOf(object: JsonObject): string {
  const owners = objectsAt(objectAt(object, "metadata"), "ownerReferences");
  const owner = owners.find(({ controller }) => controller === true);
  if (owner === undefined) return "<none>";
  const [group, version] = textAt(owner, "apiVersion").split("/");
  const kind = textAt(owner, "kind").toLowerCase();
  return `${joined([kind, ...(version === undefined ? [] : [group ?? ""])], "", ".")}/${textAt(owner, "name")}`;
}

function conditionTime(job: JsonObject, type: string): string | undefined {
  const found = objectsAt(objectAt(job, "status"), "conditions").find(
    (condition) => condition["type"] === type && condition["status"] === "True",
  );
  return found === undefined ? undefined : textAt(found, "lastTransitionTime");
}

function jobStatus(job: JsonObject): string {
  for (const type of ["Complete", "Failed"])
    if (conditionTime(job, type) !== undefined) return type;
  if (isBeingDeleted(job)) return "Terminating";
  for (const type of ["Suspended", "FailureTarget", "SuccessCriteriaMet"])
    if (conditionTime(job, type) !== undefined) return type;
  return "Running";
}

function jobCompletions(job: JsonObject): string {
  const spec = objectAt(job, "spec");
  const succeeded = numberAt(objectAt(job, "status"), "succeeded") ?? 0;
  const wanted = numberAt(spec, "completions");
  if (wanted !== undefined) return `${succeeded}/${wanted}`;
  const parallelism = numberAt(spec, "parallelism") ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: JsonObject, nowMs: number): string {
  const status = objectAt(job, "status");
  const start = textAt(status, "startTime");
  const startMs = parseTime(start);
  if (startMs === undefined) return "";
  const end = textAt(status, "completionTime");
  const endMs = parseTime(end);
  return endMs === undefined ? ageOf(start, nowMs) : humanDuration(endMs - startMs);
}

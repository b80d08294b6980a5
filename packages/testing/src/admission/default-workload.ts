import type { JsonObject } from "../schema/json.js";
import { defaultPodSpec } from "./default-pod-spec.js";
import { ensureObjectAt, objectAt, objectsAt, setDefault } from "./json-access.js";
import { defaultClaimSpec } from "./default-storage.js";

const CONTROLLER_UID = "batch.kubernetes.io/controller-uid";
/** The largest number that the field can have. */
const NO_LIMIT = 2_147_483_647;
const JOB_NAME = "batch.kubernetes.io/job-name";

/** Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController. In place. */
export function defaultWorkload(kind: string, object: JsonObject): void {
  const spec = ensureObjectAt(object, "spec");
  defaultTemplate(spec);
  if (kind !== "DaemonSet") setDefault(spec, "replicas", 1);
  if (kind === "Deployment") {
    setDefault(spec, "revisionHistoryLimit", 10);
    setDefault(spec, "progressDeadlineSeconds", 600);
    const strategy = ensureObjectAt(spec, "strategy");
    setDefault(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate")
      defaultRollingUpdate(strategy, { maxUnavailable: "25%", maxSurge: "25%" });
  }
  if (kind === "DaemonSet") {
    setDefault(spec, "revisionHistoryLimit", 10);
    const strategy = ensureObjectAt(spec, "updateStrategy");
    setDefault(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate")
      defaultRollingUpdate(strategy, { maxUnavailable: 1, maxSurge: 0 });
  }
  if (kind === "StatefulSet") defaultStatefulSet(spec);
}

function defaultStatefulSet(spec: JsonObject): void {
  setDefault(spec, "podManagementPolicy", "OrderedReady");
  setDefault(spec, "revisionHistoryLimit", 10);
  const strategy = ensureObjectAt(spec, "updateStrategy");
  setDefault(strategy, "type", "RollingUpdate");
  if (strategy["type"] === "RollingUpdate")
    defaultRollingUpdate(strategy, { partition: 0, maxUnavailable: 1 });
  const retention = ensureObjectAt(spec, "persistentVolumeClaimRetentionPolicy");
  setDefault(retention, "whenDeleted", "Retain");
  setDefault(retention, "whenScaled", "Retain");
  for (const claim of objectsAt(spec, "volumeClaimTemplates")) {
    setDefault(claim, "kind", "PersistentVolumeClaim");
    setDefault(claim, "apiVersion", "v1");
    defaultClaimSpec(ensureObjectAt(claim, "spec"));
    setDefault(ensureObjectAt(claim, "status"), "phase", "Pending");
  }
}

function defaultRollingUpdate(
  strategy: JsonObject,
  defaults: Readonly<Record<string, string | number>>,
): void {
  const rollingUpdate = ensureObjectAt(strategy, "rollingUpdate");
  for (const [key, value] of Object.entries(defaults)) setDefault(rollingUpdate, key, value);
}

function defaultTemplate(spec: JsonObject): void {
  defaultPodSpec(ensureObjectAt(ensureObjectAt(spec, "template"), "spec"));
}

/** A Job. In place. */
export function defaultJob(job: JsonObject): void {
  const spec = ensureObjectAt(job, "spec");
  // A Job with neither runs one Pod; one with parallelism alone is a work queue.
  if (spec["completions"] === undefined && spec["parallelism"] === undefined)
    spec["completions"] = 1;
  setDefault(spec, "parallelism", 1);
  setDefault(spec, "backoffLimit", spec["backoffLimitPerIndex"] === undefined ? 6 : NO_LIMIT);
  setDefault(spec, "completionMode", "NonIndexed");
  setDefault(spec, "suspend", false);
  setDefault(spec, "manualSelector", false);
  const failurePolicy = spec["podFailurePolicy"];
  setDefault(
    spec,
    "podReplacementPolicy",
    failurePolicy === undefined ? "TerminatingOrFailed" : "Failed",
  );
  for (const rule of objectsAt(objectAt(spec, "podFailurePolicy"), "rules"))
    for (const condition of objectsAt(rule, "onPodConditions"))
      setDefault(condition, "status", "True");
  // Without a restart policy a Job is not valid; the default of Pods would be refused by another message.
  const template = ensureObjectAt(spec, "template");
  defaultPodSpec(ensureObjectAt(template, "spec"));
  copyTemplateLabels(job, template);
}

/** Gives a new Job the selector and labels that tie its Pods to it: its `metadata.uid` must be there already. In place. */
export function completeJob(job: JsonObject): void {
  const spec = ensureObjectAt(job, "spec");
  const template = ensureObjectAt(spec, "template");
  if (spec["manualSelector"] !== true) tieToPods(job, spec, template);
}

function tieToPods(job: JsonObject, spec: JsonObject, template: JsonObject): void {
  const { uid, name } = objectAt(job, "metadata");
  if (typeof uid !== "string" || typeof name !== "string") return;
  const labels = {
    [CONTROLLER_UID]: uid,
    "controller-uid": uid,
    [JOB_NAME]: name,
    "job-name": name,
  };
  const templateLabels = ensureObjectAt(ensureObjectAt(template, "metadata"), "labels");
  Object.assign(templateLabels, labels);
  const matchLabels = ensureObjectAt(ensureObjectAt(spec, "selector"), "matchLabels");
  matchLabels[CONTROLLER_UID] = uid;
  copyTemplateLabels(job, template);
}

/** A Job that has no labels of its own has those of its template. */
function copyTemplateLabels(job: JsonObject, template: JsonObject): void {
  const labels = objectAt(objectAt(template, "metadata"), "labels");
  if (Object.keys(labels).length === 0) return;
  const metadata = ensureObjectAt(job, "metadata");
  if (Object.keys(objectAt(metadata, "labels")).length === 0) metadata["labels"] = { ...labels };
}

export function defaultCronJob(cronJob: JsonObject): void {
  const spec = ensureObjectAt(cronJob, "spec");
  setDefault(spec, "concurrencyPolicy", "Allow");
  setDefault(spec, "suspend", false);
  setDefault(spec, "successfulJobsHistoryLimit", 3);
  setDefault(spec, "failedJobsHistoryLimit", 1);
  const template = ensureObjectAt(
    ensureObjectAt(ensureObjectAt(spec, "jobTemplate"), "spec"),
    "template",
  );
  defaultPodSpec(ensureObjectAt(template, "spec"));
}

/** A ReplicationController takes its selector and its labels from the template where it has none. In place. */
export function defaultReplicationController(object: JsonObject): void {
  const spec = ensureObjectAt(object, "spec");
  const labels = objectAt(objectAt(objectAt(spec, "template"), "metadata"), "labels");
  if (Object.keys(labels).length === 0) return;
  if (Object.keys(objectAt(spec, "selector")).length === 0) spec["selector"] = { ...labels };
  const metadata = ensureObjectAt(object, "metadata");
  if (Object.keys(objectAt(metadata, "labels")).length === 0) metadata["labels"] = { ...labels };
}

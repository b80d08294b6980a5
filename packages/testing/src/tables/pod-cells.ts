import {
  numberAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  textAt,
} from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { parseTime } from "@kvop/core";
import { humanDuration } from "../schema/human-duration.js";
import { at, isBeingDeleted, type KindCells } from "./cell-reader.js";

/** What `kubectl get pods` tells of a Pod's containers. */
interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  /** Undefined: nothing was restarted, or nobody knows when. */
  readonly lastRestartMs: number | undefined;
}

/** Restarts counted so far, and the latest. */
class RestartCount {
  restarts = 0;
  lastMs: number | undefined;

  add(status: JsonObject): void {
    this.restarts += numberAt(status, "restartCount") ?? 0;
    const last = objectAt(objectAt(status, "lastState"), "terminated");
    const finishedMs = parseTime(textAt(last, "finishedAt"));
    if (finishedMs !== undefined && finishedMs > (this.lastMs ?? 0)) this.lastMs = finishedMs;
  }
}

export const podCells: KindCells = {
  Ready: (pod) => {
    const { ready, total } = summarise(pod);
    return `${ready}/${total}`;
  },
  Status: (pod) => summarise(pod).status,
  Restarts: (pod, nowMs) => {
    const { restarts, lastRestartMs } = summarise(pod);
    return restarts === 0 || lastRestartMs === undefined
      ? String(restarts)
      : `${restarts} (${humanDuration(nowMs - lastRestartMs)} ago)`;
  },
  IP: (pod) => textAt(objectsAt(objectAt(pod, "status"), "podIPs")[0] ?? {}, "ip") || "<none>",
  Node: at("spec.nodeName", "<none>"),
  "Nominated Node": at("status.nominatedNodeName", "<none>"),
  "Readiness Gates": (pod) => {
    const gates = objectsAt(objectAt(pod, "spec"), "readinessGates");
    if (gates.length === 0) return "<none>";
    const passed = gates.filter((gate) => hasCondition(pod, textAt(gate, "conditionType")));
    return `${passed.length}/${gates.length}`;
  },
};

/** Rows of Pods that have ended say so. */
export function podRowConditions(pod: JsonObject): JsonObject[] | undefined {
  const reason = textAt(objectAt(pod, "status"), "phase");
  if (reason !== "Succeeded" && reason !== "Failed") return undefined;
  const message =
    reason === "Succeeded" ? "The pod has completed successfully." : "The pod failed.";
  return [{ type: "Completed", status: "True", reason, message }];
}

function hasCondition(pod: JsonObject, type: string): boolean {
  return objectsAt(objectAt(pod, "status"), "conditions").some(
    (condition) => condition["type"] === type && condition["status"] === "True",
  );
}

function summarise(pod: JsonObject): PodSummary {
  const spec = objectAt(pod, "spec");
  const status = objectAt(pod, "status");
  const inits = objectsAt(spec, "initContainers");
  const sidecars = inits.filter(isSidecar);
  const total = objectsAt(spec, "containers").length + sidecars.length;
  const initial = summariseInit(status, inits);
  let { ready } = initial;
  let counted = initial.counted;
  let text = initial.reason ?? phaseText(status);
  if (initial.reason === undefined || hasCondition(pod, "Initialized")) {
    counted = initial.sidecars;
    const main = summariseMain(pod, status, counted, text);
    ready += main.ready;
    text = main.text;
  }
  if (isBeingDeleted(pod)) {
    const phase = textAt(status, "phase");
    if (textAt(status, "reason") === "NodeLost") text = "Unknown";
    else if (phase !== "Succeeded" && phase !== "Failed") text = "Terminating";
  }
  return { ready, total, status: text, restarts: counted.restarts, lastRestartMs: counted.lastMs };
}

function phaseText(status: JsonObject): string {
  const isGated = objectsAt(status, "conditions").some(
    (each) => each["type"] === "PodScheduled" && each["reason"] === "SchedulingGated",
  );
  if (isGated) return "SchedulingGated";
  return textAt(status, "reason") || textAt(status, "phase");
}

const isSidecar = (container: JsonObject): boolean => container["restartPolicy"] === "Always";

/** How far the init containers are; no reason: they are all done. */
function summariseInit(status: JsonObject, containers: readonly JsonObject[]) {
  const counted = new RestartCount();
  const sidecars = new RestartCount();
  let ready = 0;
  for (const [index, each] of objectsAt(status, "initContainerStatuses").entries()) {
    const container = containers.find(({ name }) => name === each["name"]);
    const isRestarted = container !== undefined && isSidecar(container);
    counted.add(each);
    if (isRestarted) sidecars.add(each);
    const terminated = optionalObjectAt(objectAt(each, "state"), "terminated");
    if (terminated !== undefined && (numberAt(terminated, "exitCode") ?? 0) === 0) continue;
    if (isRestarted && each["started"] === true) {
      if (each["ready"] === true) ready++;
      continue;
    }
    const reason = `Init:${initReason(each, terminated) ?? `${index}/${containers.length}`}`;
    return { ready, counted, sidecars, reason };
  }
  return { ready, counted, sidecars, reason: undefined };
}

function initReason(status: JsonObject, terminated: JsonObject | undefined): string | undefined {
  if (terminated !== undefined) return textAt(terminated, "reason") || exitText(terminated);
  const waiting = textAt(objectAt(objectAt(status, "state"), "waiting"), "reason");
  return waiting === "" || waiting === "PodInitializing" ? undefined : waiting;
}

function exitText(terminated: JsonObject): string {
  const signal = numberAt(terminated, "signal") ?? 0;
  return signal === 0 ? `ExitCode:${numberAt(terminated, "exitCode") ?? 0}` : `Signal:${signal}`;
}

/** The first container that has something to say speaks for the Pod. */
function summariseMain(pod: JsonObject, status: JsonObject, counted: RestartCount, phase: string) {
  let text = phase;
  let ready = 0;
  let isRunning = false;
  for (const each of objectsAt(status, "containerStatuses").toReversed()) {
    counted.add(each);
    const state = objectAt(each, "state");
    const waiting = textAt(objectAt(state, "waiting"), "reason");
    const terminated = optionalObjectAt(state, "terminated");
    if (waiting !== "") text = waiting;
    else if (terminated !== undefined) text = textAt(terminated, "reason") || exitText(terminated);
    else if (each["ready"] === true && optionalObjectAt(state, "running") !== undefined) {
      isRunning = true;
      ready++;
    }
  }
  if (text === "Completed" && isRunning) text = hasCondition(pod, "Ready") ? "Running" : "NotReady";
  return { text, ready };
}

import { formatTime, objectKeyOf } from "@kvop/core";
import { findSimulatedCondition } from "../conditions.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import type { ContainerStatus, SimulatedCondition, SimulatedPod } from "../simulated-kinds.js";
import { UNPAUSED_CONDITION } from "../virt-controller/launcher-pod.js";
import { simulatedAddresses } from "./simulated-addresses.js";

export type PodStatus = NonNullable<SimulatedPod["status"]>;
type Clocked = Pick<SimulatedCluster, "clock">;

/** With what a launcher's containers end: well, with a failure, or killed. */
export type ExitCode = 0 | 1 | 137;

const HOST_ADDRESS = "192.0.2.10";

/** Status of a Pod whose containers run. */
export function runningStatus(pod: SimulatedPod, { clock }: Clocked): PodStatus {
  const time = formatTime(clock.now());
  const { namespace = "", name } = objectKeyOf(pod);
  const podIP = simulatedAddresses(`${namespace}/${name}`)[0] ?? "";
  return {
    ...pod.status,
    phase: "Running",
    conditions: setConditions(pod, time, [
      { type: "PodReadyToStartContainers", status: "True" },
      { type: "Initialized", status: "True" },
      { type: "ContainersReady", status: "True" },
      { type: "Ready", status: "True" },
    ]),
    hostIP: HOST_ADDRESS,
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: time,
    initContainerStatuses: initStatuses(pod, { running: { startedAt: time } }, time),
    containerStatuses: pod.spec.containers.map((container) =>
      containerStatus(container, true, { running: { startedAt: time } }),
    ),
  };
}

/** Status of a Pod whose images cannot be pulled. */
export function waitingStatus(
  pod: SimulatedPod,
  { clock }: Clocked,
  reason: string,
  asked: string | undefined,
): PodStatus {
  const time = formatTime(clock.now());
  const image = pod.spec.containers[0]?.image ?? "";
  const message =
    asked ??
    (reason === "ImagePullBackOff"
      ? `Back-off pulling image "${image}"`
      : `failed to pull and unpack image "${image}": not found`);
  const notReady = { status: "False", reason: "ContainersNotReady" };
  return {
    ...pod.status,
    conditions: setConditions(pod, time, [
      { type: "Initialized", status: "True" },
      { type: "ContainersReady", ...notReady },
      { type: "Ready", ...notReady },
    ]),
    containerStatuses: pod.spec.containers.map((container) =>
      containerStatus(container, false, { waiting: { reason, message } }),
    ),
  };
}

/** Status of a Pod whose containers have ended. */
export function endedStatus(pod: SimulatedPod, { clock }: Clocked, exitCode: ExitCode): PodStatus {
  const time = formatTime(clock.now());
  const reason = exitCode === 0 ? "PodCompleted" : "PodFailed";
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? "Completed" : "Error",
    startedAt: time,
    finishedAt: time,
  };
  const isInitialized = findSimulatedCondition(pod.status?.conditions, "Initialized") !== undefined;
  return {
    ...pod.status,
    phase: exitCode === 0 ? "Succeeded" : "Failed",
    conditions: setConditions(pod, time, [
      { type: "PodReadyToStartContainers", status: "False" },
      ...(exitCode === 0
        ? [{ type: "Initialized", status: "True", reason }]
        : isInitialized
          ? []
          : [{ type: "Initialized", status: "True" }]),
      { type: "ContainersReady", status: "False", reason },
      { type: "Ready", status: "False", reason },
    ]),
    initContainerStatuses: initStatuses(pod, { terminated }, time),
    containerStatuses: pod.spec.containers.map((container) =>
      containerStatus(container, false, { terminated }),
    ),
  };
}

/** Readiness of a running Pod by its readiness gate. */
export function gateStatus(pod: SimulatedPod, { clock }: Clocked): PodStatus {
  const gate = findSimulatedCondition(pod.status?.conditions, UNPAUSED_CONDITION);
  const isOpen = gate?.status === "True";
  const ready: Pick<SimulatedCondition, "type" | "status" | "reason" | "message"> = isOpen
    ? { type: "Ready", status: "True" }
    : {
        type: "Ready",
        status: "False",
        reason: "ReadinessGatesNotReady",
        message: 'the status of pod readiness gate is not "True"',
      };
  return {
    ...pod.status,
    conditions: setConditions(pod, formatTime(clock.now()), [ready]),
  };
}

function setConditions(
  pod: SimulatedPod,
  time: string,
  wanted: readonly Pick<SimulatedCondition, "type" | "status" | "reason" | "message">[],
): SimulatedCondition[] {
  const conditions = [...(pod.status?.conditions ?? [])];
  for (const condition of wanted) {
    const index = conditions.findIndex(({ type }) => type === condition.type);
    const next = { ...condition, lastProbeTime: null, lastTransitionTime: time };
    if (index === -1) conditions.push(next);
    else conditions[index] = next;
  }
  return conditions;
}

/** The console log runs beside the guest; what copies disks has ended before. */
function initStatuses(
  pod: SimulatedPod,
  state: ContainerStatus["state"],
  time: string,
): ContainerStatus[] {
  const completed = { exitCode: 0, reason: "Completed", startedAt: time, finishedAt: time };
  return (pod.spec.initContainers ?? []).map((container) =>
    containerStatus(
      container,
      true,
      container.name === "guest-console-log" ? state : { terminated: completed },
    ),
  );
}

function containerStatus(
  { name, image }: { readonly name: string; readonly image: string },
  ready: boolean,
  state: ContainerStatus["state"],
): ContainerStatus {
  const started = state.running !== undefined;
  return { name, image, imageID: "", ready, restartCount: 0, started, state, lastState: {} };
}

import type { ContainerStatus, SimulatedPod } from "../simulated-kinds.js";

function compute(pod: SimulatedPod): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === "compute");
}

/** Whether a launcher Pod has ended or is about to. */
export function isPodDown(pod: SimulatedPod): boolean {
  const phase = pod.status?.phase;
  return (
    phase === "Succeeded" ||
    phase === "Failed" ||
    compute(pod)?.state.terminated !== undefined ||
    pod.metadata?.deletionTimestamp !== undefined
  );
}

/** Whether a Pod has failed or is being deleted. */
export function isPodFailing(pod: SimulatedPod): boolean {
  const terminated = compute(pod)?.state.terminated;
  return (
    pod.status?.phase === "Failed" ||
    (terminated !== undefined && terminated.exitCode !== 0) ||
    pod.metadata?.deletionTimestamp !== undefined
  );
}

/** Whether a launcher Pod can take its guest. */
export function isPodReady(pod: SimulatedPod): boolean {
  if (isPodDown(pod) || pod.status?.phase !== "Running") return false;
  return (pod.status.containerStatuses ?? []).every(({ name, ready, state }) =>
    name === "compute" ? state.running !== undefined : ready,
  );
}

import { findSimulatedCondition } from "../conditions.js";
import type { SimulatedCondition, SimulatedDataVolume } from "../simulated-kinds.js";

/** The condition `DataVolumesReady` of an instance; undefined when it uses none. */
export function dataVolumesCondition(
  dataVolumes: readonly SimulatedDataVolume[],
): SimulatedCondition | undefined {
  if (dataVolumes.length === 0) return undefined;
  let status = "True";
  let reason = "AllDVsReady";
  for (const { status: dataVolumeStatus } of dataVolumes) {
    const ready =
      findSimulatedCondition(dataVolumeStatus?.conditions, "Ready")?.status ?? "Unknown";
    if (ready === "True") continue;
    reason = "NotAllDVsReady";
    if (ready === "False" || status === "True") status = ready;
  }
  const message =
    status === "True"
      ? "All of the VMI's DVs are bound and ready"
      : "Not all of the VMI's DVs are ready";
  return { type: "DataVolumesReady", status, reason, message };
}

import type { SimulatedDataVolume } from "../simulated-kinds.js";
import type { StageFailure } from "../stage-control.js";

/** One write of CDI to a DataVolume's status. */
export interface ImportStep {
  readonly id: string;
  readonly phase: string;
  readonly progress?: string | undefined;
  readonly bound: "Pending" | "Bound";
  readonly running: {
    readonly status: "True" | "False";
    readonly reason: string;
    readonly message: string;
  };
  readonly isReady: boolean;
  readonly isFailure: boolean;
}

/** What the next step depends on. */
export interface ImportFacts {
  readonly isBound: boolean;
  readonly waitsForConsumer: boolean;
  readonly hasFailed: boolean;
  readonly failure: StageFailure | undefined;
}

const IDLE = { status: "False", reason: "", message: "" } as const;
const WORKING = { status: "True", reason: "Pod is running", message: "" } as const;

function step(id: string, phase: string, over: Partial<ImportStep> = {}): ImportStep {
  return { id, phase, bound: "Bound", running: IDLE, isReady: false, isFailure: false, ...over };
}

/** The word for filling, by the kind of source: `Import`, `Clone`, `Upload`. */
function verbOf({ spec }: SimulatedDataVolume): "Import" | "Clone" | "Upload" {
  const source = spec.source ?? {};
  if ("pvc" in source || "snapshot" in source) return "Clone";
  return "upload" in source ? "Upload" : "Import";
}

/** What CDI does next about a DataVolume; undefined while there is nothing to do. */
export function nextImportStep(
  dataVolume: SimulatedDataVolume,
  facts: ImportFacts,
): ImportStep | undefined {
  const verb = verbOf(dataVolume);
  const { phase = "", progress } = dataVolume.status ?? {};
  switch (phase) {
    case "":
      return step("claim", "Pending", { progress: "N/A", bound: "Pending" });
    case "Pending":
    case "WaitForFirstConsumer":
      if (facts.isBound) return step("schedule", `${verb}Scheduled`, { bound: "Pending" });
      if (facts.waitsForConsumer && phase === "Pending")
        return step("wait", "WaitForFirstConsumer", { bound: "Pending" });
      return undefined;
    case "UploadScheduled":
      return step("ready", "UploadReady", { running: WORKING });
    case `${verb}Scheduled`:
      return step("begin", `${verb}InProgress`, { running: WORKING });
    case `${verb}InProgress`:
      return progressStep(phase, progress, facts);
    default:
      return undefined;
  }
}

function progressStep(
  phase: string,
  progress: string | undefined,
  { failure, hasFailed }: ImportFacts,
): ImportStep | undefined {
  if (progress === "N/A" || progress === undefined)
    return step("10%", phase, { progress: "10.00%", running: WORKING });
  if (failure !== undefined) {
    const message = failure.message ?? "Unable to connect to http data source";
    const running = { status: "False", reason: "Error", message } as const;
    return step("error", phase, { running, isFailure: true });
  }
  if (progress === "10.00%")
    return step(hasFailed ? "again 60%" : "60%", phase, { progress: "60.00%", running: WORKING });
  return step("done", "Succeeded", {
    progress: "100.0%",
    running: { status: "False", reason: "Completed", message: "Import Complete" },
    isReady: true,
  });
}

/** The conditions that go with a step. */
export function dataVolumeConditions(
  { bound, running, isReady }: ImportStep,
  time: string,
): NonNullable<NonNullable<SimulatedDataVolume["status"]>["conditions"]> {
  const times = { lastHeartbeatTime: time, lastTransitionTime: time };
  return [
    {
      type: "Bound",
      status: bound === "Bound" ? "True" : "False",
      reason: bound,
      message: "",
      ...times,
    },
    { type: "Ready", status: isReady ? "True" : "False", reason: "", message: "", ...times },
    { type: "Running", ...running, ...times },
  ];
}

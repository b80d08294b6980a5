import type {
  Clock,
  ClusterClient,
  ObjectKey,
  PersistentVolumeClaim,
  Random,
  StorageClass,
} from "@kvop/core";
import type { EventRecorder } from "./event-recorder.js";
import type { GuestStates } from "./node/guest-states.js";
import type { ObjectCache } from "./object-cache.js";
import type {
  SimulatedDataVolume,
  SimulatedInstance,
  SimulatedPod,
  SimulatedVirtualMachine,
} from "./simulated-kinds.js";
import type { StageControl } from "./stage-control.js";

/** What the simulated components of one cluster share. */
export interface SimulatedCluster {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly launcherImage: string;
  readonly nodeName: string;
  readonly stages: StageControl;
  readonly guests: GuestStates;
  readonly events: EventRecorder;
  readonly virtualMachines: ObjectCache<SimulatedVirtualMachine>;
  readonly instances: ObjectCache<SimulatedInstance>;
  readonly pods: ObjectCache<SimulatedPod>;
  readonly claims: ObjectCache<PersistentVolumeClaim>;
  readonly dataVolumes: ObjectCache<SimulatedDataVolume>;
  readonly storageClasses: ObjectCache<StorageClass>;
  /** Runs a write that changes the spec of an instance: nobody else may do so. */
  readonly changingSpec: <T>(uid: string, write: () => Promise<T>) => Promise<T>;
  /** Looks at a virtual machine, claim or DataVolume again after some milliseconds. */
  readonly lookAgain: (
    part: "vm" | "vmi" | "node" | "claim" | "dataVolume",
    key: ObjectKey,
    delayMs: number,
  ) => void;
}

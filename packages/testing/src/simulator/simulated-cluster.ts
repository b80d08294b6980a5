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
import type { NodeState } from "./node/node-state.js";
import type { OwnWrites } from "./own-writes.js";
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
  readonly node: NodeState;
  readonly stages: StageControl;
  readonly guests: GuestStates;
  readonly events: EventRecorder;
  readonly virtualMachines: ObjectCache<SimulatedVirtualMachine>;
  readonly instances: ObjectCache<SimulatedInstance>;
  readonly pods: ObjectCache<SimulatedPod>;
  readonly claims: ObjectCache<PersistentVolumeClaim>;
  readonly dataVolumes: ObjectCache<SimulatedDataVolume>;
  readonly storageClasses: ObjectCache<StorageClass>;
  /** Every write of an instance is made in here: of others' writes virt-api takes neither spec nor status. */
  readonly ownWrites: OwnWrites;
  /** The ControllerRevision that each machine was started with last, by the machine's uid. */
  readonly revisions: Map<string, string>;
  /** Looks at a virtual machine, claim or DataVolume again after some milliseconds. */
  readonly lookAgain: (
    part: "vm" | "vmi" | "node" | "claim" | "dataVolume",
    key: ObjectKey,
    delayMs: number,
  ) => void;
}

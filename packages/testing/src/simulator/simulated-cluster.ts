import type {
  Clock,
  ClusterClient,
  ObjectKey,
  PersistentVolumeClaim,
  Reflector,
  VirtualMachine,
  VirtualMachineInstance,
} from "@kvop/core";

/** How long the stages of a simulated virtual machine take. */
export interface SimulatorTiming {
  /** Until an instance has a node. */
  readonly schedulingMs: number;
  /** From there until the guest runs. */
  readonly startingMs: number;
  /** Until a guest that was told to stop has stopped. */
  readonly stoppingMs: number;
  /** Until a claim is bound. */
  readonly bindingMs: number;
}

/** What the simulator's steps share. */
export interface SimulatedCluster {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly timing: SimulatorTiming;
  readonly virtualMachines: Reflector<VirtualMachine>;
  readonly instances: Reflector<VirtualMachineInstance>;
  readonly claims: Reflector<PersistentVolumeClaim>;
  isHeld(key: ObjectKey, phase: string): boolean;
}

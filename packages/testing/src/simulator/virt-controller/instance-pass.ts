import type { SimulatedCluster } from "../simulated-cluster.js";
import type { SimulatedInstance, SimulatedPod } from "../simulated-kinds.js";
import { isTemporary } from "./launcher-pod.js";
import type { SyncFailure } from "./virtual-machine-pass.js";
import type { StorageFacts } from "./volume-claims.js";

/** One look of virt-controller at an instance. */
export interface InstancePass {
  readonly cluster: SimulatedCluster;
  readonly instance: SimulatedInstance;
  /** The launcher Pod that counts: the newest, on the instance's node when it has one. */
  pod: SimulatedPod | undefined;
  readonly storage: StorageFacts;
  failure: SyncFailure | undefined;
}

/** The Pods of an instance. */
export function podsOf(
  instance: SimulatedInstance,
  cluster: SimulatedCluster,
): readonly SimulatedPod[] {
  return cluster.pods.by(instance.metadata?.uid ?? "");
}

/** The Pod that the guest runs in; one that only makes volumes bind does not count. */
export function launcherOf({ pod }: InstancePass): SimulatedPod | undefined {
  return pod === undefined || isTemporary(pod) ? undefined : pod;
}

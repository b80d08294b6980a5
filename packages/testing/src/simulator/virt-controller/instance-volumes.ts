import { SimulatedInstance } from "../simulated-kinds.js";
import type { InstancePass } from "./instance-pass.js";
import { claimNameOf, owningDataVolume } from "./volume-claims.js";

/** Whether the volumes of an instance let it start. */
export interface JudgedVolumes {
  readonly areReady: boolean;
  /** A DataVolume waits for a Pod that uses it before it is populated. */
  readonly waitForFirstConsumer: boolean;
}

/** Looks at the claims and DataVolumes of an instance; a claim that is missing is a failure of the pass. */
export async function judgeVolumes(pass: InstancePass): Promise<JudgedVolumes> {
  const { instance, storage, cluster } = pass;
  let areReady = true;
  let waitForFirstConsumer = false;
  for (const volume of instance.spec.volumes ?? []) {
    const name = claimNameOf(volume);
    if (name === undefined) continue;
    const claim = storage.claims.get(name);
    if (claim === undefined) {
      const { namespace = "" } = instance.metadata ?? {};
      const message = `PVC ${namespace}/${name} does not exist, waiting for it to appear`;
      const reason = "FailedPvcNotFound";
      await cluster.events.record(SimulatedInstance, instance, { type: "Normal", reason, message });
      pass.failure = { reason, message };
      return { areReady: false, waitForFirstConsumer: false };
    }
    const owner = owningDataVolume(claim);
    if (owner === undefined) continue;
    const phase =
      storage.dataVolumes.get(owner)?.status?.phase ??
      cluster.dataVolumes.get({ namespace: claim.metadata?.namespace, name: owner })?.status?.phase;
    const isPopulated = phase === "Succeeded" || phase === "PendingPopulation";
    const waits = phase === "WaitForFirstConsumer";
    waitForFirstConsumer ||= waits;
    areReady &&= isPopulated || waits;
  }
  return { areReady, waitForFirstConsumer };
}

import { SimulatedInstance } from "../simulated-kinds.js";
import type { InstancePass } from "./instance-pass.js";
import { claimNameOf, owningDataVolume } from "./volume-claims.js";

/** Whether the volumes of an instance let it start. */
export interface JudgedVolumes {
  readonly areReady: boolean;
  /** A DataVolume waits for a Pod that uses it before it is populated. */
  readonly waitForFirstConsumer: boolean;
}

/** A claim whose DataVolume is gone cannot be judged. */
async function refuse(pass: InstancePass, why: string): Promise<void> {
  const { instance, cluster } = pass;
  await cluster.events.record(SimulatedInstance, instance, {
    type: "Warning",
    reason: "FailedPvcNotFound",
    message: `Error determining if volume is ready: ${why}`,
  });
  pass.failure = {
    reason: "FailedDataVolumeImport",
    message: `Error determining if volume is ready ${why}`,
  };
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
    const { namespace } = claim.metadata ?? {};
    const dataVolume =
      storage.dataVolumes.get(owner) ?? cluster.dataVolumes.get({ namespace, name: owner });
    if (dataVolume === undefined) {
      await refuse(pass, `unable to find datavolume ${namespace ?? ""}/${owner}`);
      return { areReady: false, waitForFirstConsumer: false };
    }
    const phase = dataVolume.status?.phase;
    const isPopulated = phase === "Succeeded" || phase === "PendingPopulation";
    const waits = phase === "WaitForFirstConsumer";
    waitForFirstConsumer ||= waits;
    areReady &&= isPopulated || waits;
  }
  return { areReady, waitForFirstConsumer };
}

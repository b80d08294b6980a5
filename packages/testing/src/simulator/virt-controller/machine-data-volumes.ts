import { ApiError } from "@kvop/core";
import {
  type DataVolumeTemplate,
  SimulatedDataVolume,
  SimulatedVirtualMachine,
} from "../simulated-kinds.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { isDeleting, ownedBy, type VirtualMachinePass } from "./virtual-machine-pass.js";

const READY_PHASES = new Set(["Succeeded", "WaitForFirstConsumer", "PendingPopulation"]);

/** Creates what `dataVolumeTemplates` says. Resolves to whether all of it is populated. */
export async function ensureDataVolumes(
  pass: VirtualMachinePass,
  failed = "Error encountered while creating DataVolumes",
): Promise<boolean> {
  const { vm, storage, cluster } = pass;
  let areReady = true;
  for (const template of vm.spec.dataVolumeTemplates ?? []) {
    const name = template.metadata.name ?? "";
    const present =
      storage.dataVolumes.get(name) ??
      cluster.dataVolumes.get({ namespace: vm.metadata?.namespace, name });
    if (present === undefined) {
      areReady = false;
      await createDataVolume(pass, template, failed);
      if (pass.failure !== undefined) return false;
      continue;
    }
    const phase = present.status?.phase;
    if (READY_PHASES.has(phase ?? "")) continue;
    areReady = false;
    if (phase === "Failed") {
      await cluster.events.record(SimulatedVirtualMachine, vm, {
        type: "Warning",
        reason: "FailedDataVolumeImport",
        message: `DataVolume ${name} failed to import disk image`,
      });
    }
  }
  return areReady;
}

/** Takes over DataVolumes that are there already under the names of templates, unless they are somebody else's. */
export async function adoptDataVolumes(
  vm: SimulatedVirtualMachine,
  { client, dataVolumes }: SimulatedCluster,
): Promise<void> {
  if (isDeleting(vm)) return;
  const namespace = vm.metadata?.namespace;
  for (const { metadata } of vm.spec.dataVolumeTemplates ?? []) {
    const key = { namespace, name: metadata.name ?? "" };
    const present = dataVolumes.get(key);
    if (present === undefined || isDeleting(present)) continue;
    const { uid, ownerReferences = [] } = present.metadata ?? {};
    if (ownerReferences.some(({ controller }) => controller === true)) continue;
    const patch = { metadata: { uid, ownerReferences: [...ownerReferences, ownedBy(vm)] } };
    dataVolumes.remember(await client.patch(SimulatedDataVolume, key, { type: "merge", patch }));
  }
}

async function createDataVolume(
  pass: VirtualMachinePass,
  template: DataVolumeTemplate,
  failed: string,
): Promise<void> {
  const { vm, cluster } = pass;
  const { namespace, uid = "" } = vm.metadata ?? {};
  const name = template.metadata.name ?? "";
  await warnOfSource(pass, template);
  try {
    const created = await cluster.client.create(SimulatedDataVolume, {
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata.labels, "kubevirt.io/created-by": uid },
        annotations: {
          ...template.metadata.annotations,
          "cdi.kubevirt.io/allowClaimAdoption": "true",
        },
        ownerReferences: [ownedBy(vm)],
      },
      spec: { ...prioritised(vm), ...structuredClone(template.spec) },
    });
    cluster.dataVolumes.remember(created);
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    await cluster.events.record(SimulatedVirtualMachine, vm, {
      type: "Warning",
      reason: "FailedDataVolumeCreate",
      message: `Error creating DataVolume ${name}: ${error.message}`,
    });
    pass.failure = {
      reason: "FailedCreate",
      message: `${failed}: failed to create DataVolume: ${error.message}`,
    };
    return;
  }
  await cluster.events.record(SimulatedVirtualMachine, vm, {
    type: "Normal",
    reason: "SuccessfulDataVolumeCreate",
    message: `Created DataVolume ${name}`,
  });
}

/** What populates the volume is as urgent as the machine, unless the template says otherwise. */
function prioritised({ spec }: SimulatedVirtualMachine): object {
  const { priorityClassName = "" } = spec.template.spec as { priorityClassName?: string };
  return priorityClassName === "" ? {} : { priorityClassName };
}

/** A DataVolume may be made before what it is cloned from: nothing is wrong yet. */
async function warnOfSource(
  { vm, cluster }: VirtualMachinePass,
  { metadata, spec }: DataVolumeTemplate,
): Promise<void> {
  const { pvc } = (spec["source"] ?? {}) as { pvc?: { namespace?: string; name: string } };
  if (pvc === undefined) return;
  const namespace = pvc.namespace ?? vm.metadata?.namespace;
  if (cluster.claims.get({ namespace, name: pvc.name }) !== undefined) return;
  await cluster.events.record(SimulatedVirtualMachine, vm, {
    type: "Warning",
    reason: "SourcePVCNotAvailabe",
    message: `Source PVC ${pvc.name} not available: Target PVC ${metadata.name ?? ""} will remain unpopulated until source is created`,
  });
}

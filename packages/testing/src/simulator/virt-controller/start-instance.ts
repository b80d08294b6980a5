import { ApiError, objectKeyOf } from "@kvop/core";
import { SimulatedInstance, SimulatedVirtualMachine } from "../simulated-kinds.js";
import { defaultInstance } from "../virt-api/default-instance.js";
import { withoutCondition } from "../conditions.js";
import { ensureDataVolumes } from "./machine-data-volumes.js";
import { createRevision } from "./machine-revision.js";
import {
  GENERATION_ANNOTATION,
  hasStartPausedRequest,
  isDeleting,
  ownedBy,
  VIRTUAL_MACHINE_FINALIZER,
  type VirtualMachinePass,
} from "./virtual-machine-pass.js";

const START_FAILED = "Failure while starting VMI";

/** Creates the instance from the template, once the DataVolumes are ready. */
export async function startInstance(pass: VirtualMachinePass): Promise<void> {
  if (!(await ensureDataVolumes(pass, START_FAILED)) || pass.failure !== undefined) return;
  const { cluster, vm } = pass;
  const hasWaited = cluster.stages.sinceMs("start", vm.metadata?.uid ?? "") > 0;
  if (!isDue(pass)) return;
  forgetRestartRequired(pass);
  const virtualMachineRevisionName = await createRevision(pass);
  const instance = defaultInstance(buildInstance(vm), cluster);
  instance.status = { ...instance.status, virtualMachineRevisionName };
  const name = vm.metadata?.name ?? "";
  const ordered = cluster.stages.failureOf(objectKeyOf(vm), "start");
  if (ordered !== undefined) {
    cluster.stages.spendFailure(objectKeyOf(vm), "start");
    await refuse(pass, ordered.message ?? "the creation is made to fail");
    return;
  }
  try {
    cluster.instances.remember(await cluster.client.create(SimulatedInstance, instance));
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    await refuse(pass, error.message);
    return;
  }
  // Who has waited has seen the instance by the time that the status is written.
  pass.isStartExpected = !hasWaited;
  await cluster.events.record(SimulatedVirtualMachine, vm, {
    type: "Normal",
    reason: "SuccessfulCreate",
    message: `Started the virtual machine by creating the new virtual machine instance ${name}`,
  });
}

/** Whether the moment to create the instance has come. */
function isDue({ cluster, vm }: VirtualMachinePass): boolean {
  const key = objectKeyOf(vm);
  const uid = vm.metadata?.uid ?? "";
  const remainingMs = cluster.stages.remainingMs(key, "start", uid);
  if (remainingMs === undefined) return false;
  if (remainingMs > 0) cluster.lookAgain("vm", key, remainingMs);
  else cluster.stages.restart("start", uid);
  return remainingMs === 0;
}

async function refuse(pass: VirtualMachinePass, why: string): Promise<void> {
  const reason = "FailedCreate";
  const message = `Error creating virtual machine instance: ${why}`;
  await pass.cluster.events.record(SimulatedVirtualMachine, pass.vm, {
    type: "Warning",
    reason,
    message,
  });
  pass.failure = { reason, message: `${START_FAILED}: ${why}` };
}

/** Deletes the instance, unless that has been done. */
export async function stopInstance(
  pass: VirtualMachinePass,
  instance: SimulatedInstance,
): Promise<void> {
  if (isDeleting(instance)) return;
  const { cluster, vm } = pass;
  const { uid } = instance.metadata ?? {};
  const marked = await cluster.client.delete(SimulatedInstance, objectKeyOf(instance), {
    preconditions: { uid },
  });
  if (marked !== undefined) cluster.instances.remember(marked);
  pass.isStopExpected = true;
  forgetRestartRequired(pass);
  await cluster.events.record(SimulatedVirtualMachine, vm, {
    type: "Normal",
    reason: "SuccessfulDelete",
    message: `Stopped the virtual machine by deleting the virtual machine instance ${uid ?? ""}`,
  });
}

function forgetRestartRequired({ vm }: VirtualMachinePass): void {
  if (vm.status?.conditions === undefined) return;
  vm.status.conditions = withoutCondition(vm.status.conditions, "RestartRequired");
}

function buildInstance(vm: SimulatedVirtualMachine): SimulatedInstance {
  const { metadata, spec } = structuredClone(vm.spec.template);
  attachInput(spec);
  return {
    metadata: {
      ...metadata,
      name: vm.metadata?.name,
      namespace: vm.metadata?.namespace,
      generateName: undefined,
      annotations: {
        ...metadata?.annotations,
        [GENERATION_ANNOTATION]: String(vm.metadata?.generation ?? 1),
      },
      finalizers: [...(metadata?.finalizers ?? []), VIRTUAL_MACHINE_FINALIZER],
      ownerReferences: [ownedBy(vm)],
    },
    spec: hasStartPausedRequest(vm) ? { ...spec, startStrategy: "Paused" } : spec,
  };
}

/** A tablet for who asks for any input device; virt-api says the rest of it. In place. */
function attachInput({ domain }: SimulatedInstance["spec"]): void {
  const devices = domain.devices as { autoattachInputDevice?: boolean; inputs?: object[] };
  if (devices.autoattachInputDevice !== true || (devices.inputs ?? []).length > 0) return;
  devices.inputs = [{ name: "default-0" }];
}

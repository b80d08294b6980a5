import { isNotFound, type ObjectKey, objectKeyOf } from "@kvop/core";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedInstance, SimulatedVirtualMachine } from "../simulated-kinds.js";
import { applyRunStrategy } from "./apply-run-strategy.js";
import { bumpGeneration, startedSpec } from "./machine-revision.js";
import { adoptDataVolumes, ensureDataVolumes } from "./machine-data-volumes.js";
import { followTemplate } from "./follow-template.js";
import { stopInstance } from "./start-instance.js";
import { readStorageFacts, claimNameOf } from "./volume-claims.js";
import {
  GENERATION_ANNOTATION,
  hasAnnotations,
  isDeleting,
  isFinal,
  OBSERVED_VERSION_ANNOTATIONS,
  ownedBy,
  runStrategyOf,
  VIRTUAL_MACHINE_FINALIZER,
  type VirtualMachinePass,
} from "./virtual-machine-pass.js";
import { writeMachineStatus } from "./write-machine-status.js";

/**
 * What virt-controller does about a VirtualMachine. Resolves to a last step, which takes its finalizer off an instance that
 * has ended: the instance's own controller may be quicker.
 */
export async function controlVirtualMachine(
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<(() => Promise<void>) | undefined> {
  const original = cluster.virtualMachines.get(key);
  if (original === undefined) return undefined;
  if (!hasAnnotations(original, OBSERVED_VERSION_ANNOTATIONS)) {
    await observeVersion(original, cluster);
    return undefined;
  }
  const pass = await beginPass(original, cluster);
  await sync(pass);
  if (isOfUnknownGeneration(pass.instance)) return undefined;
  try {
    await writeMachineStatus(pass);
  } catch (error) {
    // The pass has taken the last finalizer: there is nothing left to write to.
    if (!isNotFound(error)) throw error;
  }
  if (pass.failure !== undefined) cluster.lookAgain("vm", key, 1000);
  const { instance } = pass;
  if (instance === undefined || !isFinal(instance)) return undefined;
  return () => releaseInstance(instance, cluster);
}

async function beginPass(
  original: SimulatedVirtualMachine,
  cluster: SimulatedCluster,
): Promise<VirtualMachinePass> {
  const key = objectKeyOf(original);
  const names = [
    ...(original.spec.dataVolumeTemplates ?? []).map(({ metadata }) => metadata.name ?? ""),
    ...(original.spec.template.spec.volumes ?? []).flatMap((volume) => claimNameOf(volume) ?? []),
  ];
  const instance = await claimInstance(original, cluster);
  await adoptDataVolumes(original, cluster);
  return {
    cluster,
    stored: original,
    vm: structuredClone(original),
    instance,
    storage: readStorageFacts(key, names, cluster),
    runStrategy: runStrategyOf(original),
    isStartExpected: false,
    isStopExpected: false,
    failure: undefined,
  };
}

async function sync(pass: VirtualMachinePass): Promise<void> {
  const { vm, instance, runStrategy } = pass;
  if (isDeleting(vm)) {
    const isOrphaning = vm.metadata?.finalizers?.includes("orphan") === true;
    if (instance === undefined || isOrphaning) await removeFinalizer(pass);
    else await stopInstance(pass, instance);
    return;
  }
  await addFinalizer(pass);
  if (isOfUnknownGeneration(instance)) return;
  const spec = instance === undefined ? undefined : await startedSpec(pass, instance);
  if (instance !== undefined && spec !== undefined) await bumpGeneration(pass, instance, spec);
  if (vm.metadata?.annotations?.["kubevirt.io/immediate-data-volume-creation"] !== "false") {
    const areReady = await ensureDataVolumes(pass);
    if (pass.failure !== undefined || (!areReady && runStrategy !== "Halted")) return;
  }
  await applyRunStrategy(pass);
  if (pass.failure !== undefined || pass.isStartExpected || pass.isStopExpected) return;
  if (pass.instance !== undefined && spec !== undefined)
    await followTemplate(pass, pass.instance, spec);
}

/**
 * An instance that no machine made tells of no generation. virt-controller looks for its ControllerRevision, whose name is
 * empty, fails, and goes no further until the instance is gone.
 */
function isOfUnknownGeneration(instance: SimulatedInstance | undefined): boolean {
  if (instance === undefined) return false;
  const isKnown = instance.metadata?.annotations?.[GENERATION_ANNOTATION] !== undefined;
  return !isKnown && instance.status?.virtualMachineRevisionName === undefined;
}

/** The machine's instance; one without an owner is adopted, one of somebody else does not count. */
async function claimInstance(
  vm: SimulatedVirtualMachine,
  cluster: SimulatedCluster,
): Promise<SimulatedInstance | undefined> {
  const key = objectKeyOf(vm);
  const instance = cluster.instances.get(key);
  if (instance === undefined) return undefined;
  const { ownerReferences = [], uid } = instance.metadata ?? {};
  const controller = ownerReferences.find((owner) => owner.controller === true);
  if (controller !== undefined) return controller.uid === vm.metadata?.uid ? instance : undefined;
  if (isDeleting(vm) || isDeleting(instance)) return undefined;
  const patch = {
    metadata: { uid, ownerReferences: [...ownerReferences, ownedBy(vm)] },
  };
  return cluster.instances.remember(
    await cluster.client.patch(SimulatedInstance, key, { type: "merge", patch }),
  );
}

async function observeVersion(
  vm: SimulatedVirtualMachine,
  { client, virtualMachines }: SimulatedCluster,
): Promise<void> {
  const { uid, resourceVersion } = vm.metadata ?? {};
  const patch = { metadata: { uid, resourceVersion, annotations: OBSERVED_VERSION_ANNOTATIONS } };
  virtualMachines.remember(
    await client.patch(SimulatedVirtualMachine, objectKeyOf(vm), { type: "merge", patch }),
  );
}

async function addFinalizer(pass: VirtualMachinePass): Promise<void> {
  const { finalizers = [] } = pass.vm.metadata ?? {};
  if (finalizers.includes(VIRTUAL_MACHINE_FINALIZER)) return;
  await patchFinalizers(pass, [...finalizers, VIRTUAL_MACHINE_FINALIZER]);
}

async function removeFinalizer(pass: VirtualMachinePass): Promise<void> {
  const { finalizers = [] } = pass.vm.metadata ?? {};
  if (!finalizers.includes(VIRTUAL_MACHINE_FINALIZER)) return;
  await patchFinalizers(
    pass,
    finalizers.filter((finalizer) => finalizer !== VIRTUAL_MACHINE_FINALIZER),
  );
}

async function patchFinalizers(pass: VirtualMachinePass, finalizers: string[]): Promise<void> {
  const { cluster, vm } = pass;
  const patched = await cluster.client.patch(SimulatedVirtualMachine, objectKeyOf(vm), {
    type: "json",
    operations: [
      ...(vm.metadata?.finalizers === undefined
        ? []
        : [{ op: "test", path: "/metadata/finalizers", value: vm.metadata.finalizers } as const]),
      { op: "add", path: "/metadata/finalizers", value: finalizers },
    ],
  });
  cluster.virtualMachines.remember(patched);
  pass.stored = patched;
  pass.vm = structuredClone(patched);
}

async function releaseInstance(
  instance: SimulatedInstance,
  { client, instances }: SimulatedCluster,
): Promise<void> {
  const { finalizers = [] } = instance.metadata ?? {};
  if (!finalizers.includes(VIRTUAL_MACHINE_FINALIZER)) return;
  const released = await client.patch(SimulatedInstance, objectKeyOf(instance), {
    type: "json",
    operations: [
      { op: "test", path: "/metadata/uid", value: instance.metadata?.uid },
      { op: "test", path: "/metadata/finalizers", value: finalizers },
      {
        op: "replace",
        path: "/metadata/finalizers",
        value: finalizers.filter((finalizer) => finalizer !== VIRTUAL_MACHINE_FINALIZER),
      },
    ],
  });
  instances.remember(released);
}

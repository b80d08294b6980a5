import {
  type Condition,
  formatTime,
  isAlreadyExists,
  type ObjectKey,
  setCondition,
  VirtualMachine,
  VirtualMachineInstance,
  type VirtualMachineStatus,
} from "@kvop/core";
import type { SimulatedCluster } from "./simulated-cluster.js";

const FINALIZER = "kubevirt.io/virtualMachineControllerFinalize";
const FOREGROUND = "kubevirt.io/foregroundDeleteVirtualMachine";

/** What virt-controller does about a VirtualMachine. Resolves to milliseconds after which to look again, if at all. */
export async function simulateVirtualMachine(
  key: ObjectKey,
  cluster: SimulatedCluster,
): Promise<number | undefined> {
  const { client } = cluster;
  const vm = cluster.virtualMachines.get(key);
  const instance = cluster.instances.get(key);
  const owned = instance?.metadata?.ownerReferences?.find(({ kind }) => kind === "VirtualMachine");
  if (vm === undefined) {
    // Without a garbage collector nobody else removes the instance of a VirtualMachine that is gone.
    if (instance !== undefined && owned !== undefined) await deleteInstance(instance, cluster);
    return undefined;
  }
  if (vm.metadata?.deletionTimestamp !== undefined) return finishDeletion(vm, instance, cluster);
  const finalizers = vm.metadata?.finalizers ?? [];
  if (!finalizers.includes(FINALIZER)) {
    await writeStatus(vm, instance, cluster);
    const resourceVersion = (await client.get(VirtualMachine, key)).metadata?.resourceVersion;
    await client.patch(VirtualMachine, key, {
      type: "merge",
      patch: { metadata: { resourceVersion, finalizers: [...finalizers, FINALIZER] } },
    });
    return undefined;
  }
  const wantsInstance = shouldRun(vm, instance);
  if (wantsInstance && instance === undefined) await createInstance(vm, cluster);
  if (
    !wantsInstance &&
    instance !== undefined &&
    instance.metadata?.deletionTimestamp === undefined
  ) {
    await deleteInstance(instance, cluster);
  }
  await writeStatus(vm, instance, cluster);
  return undefined;
}

async function finishDeletion(
  vm: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  cluster: SimulatedCluster,
): Promise<undefined> {
  if (instance !== undefined) {
    if (instance.metadata?.deletionTimestamp === undefined) await deleteInstance(instance, cluster);
    await writeStatus(vm, instance, cluster);
    return undefined;
  }
  const finalizers = (vm.metadata?.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  const { namespace = "", name = "", uid } = vm.metadata ?? {};
  await cluster.client.patch(
    VirtualMachine,
    { namespace, name },
    { type: "merge", patch: { metadata: { uid, finalizers } } },
  );
  return undefined;
}

/** Whether the run strategy wants an instance, given how the present one ended. */
function shouldRun(vm: VirtualMachine, instance: VirtualMachineInstance | undefined): boolean {
  const strategy = vm.spec.runStrategy ?? (vm.spec.running === true ? "Always" : "Halted");
  const phase = instance?.status?.phase;
  const hasEnded = phase === "Succeeded" || phase === "Failed";
  switch (strategy) {
    case "Always":
      return !hasEnded;
    case "RerunOnFailure":
      return phase !== "Failed" && !(phase === "Succeeded");
    case "Once":
      return instance !== undefined || vm.status?.created !== true;
    case "Manual":
      return (
        instance !== undefined ||
        (vm.status?.stateChangeRequests ?? []).some(({ action }) => action === "Start")
      );
    default:
      return false;
  }
}

async function createInstance(vm: VirtualMachine, cluster: SimulatedCluster): Promise<void> {
  const { namespace, name = "", uid = "" } = vm.metadata ?? {};
  const time = formatTime(cluster.clock.now());
  const { metadata, spec } = vm.spec.template;
  try {
    await cluster.client.create(VirtualMachineInstance, {
      metadata: {
        namespace,
        name,
        labels: metadata?.labels,
        annotations: {
          ...metadata?.annotations,
          "kubevirt.io/vm-generation": String(vm.metadata?.generation ?? 1),
        },
        finalizers: [FINALIZER, FOREGROUND],
        ownerReferences: [
          {
            apiVersion: "kubevirt.io/v1",
            blockOwnerDeletion: true,
            controller: true,
            kind: "VirtualMachine",
            name,
            uid,
          },
        ],
      },
      spec,
      status: {
        guestOSInfo: {},
        phase: "Pending",
        phaseTransitionTimestamps: [{ phase: "Pending", phaseTransitionTimestamp: time }],
        virtualMachineRevisionName: `revision-start-vm-${uid}-${vm.metadata?.generation ?? 1}`,
      },
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function deleteInstance(
  instance: VirtualMachineInstance,
  cluster: SimulatedCluster,
): Promise<void> {
  const { namespace = "", name = "", uid, deletionTimestamp } = instance.metadata ?? {};
  if (deletionTimestamp !== undefined) return;
  await cluster.client.delete(
    VirtualMachineInstance,
    { namespace, name },
    { preconditions: { uid } },
  );
}

async function writeStatus(
  vm: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  cluster: SimulatedCluster,
): Promise<void> {
  const isReady =
    instance?.status?.conditions?.some(
      ({ type, status }) => type === "Ready" && status === "True",
    ) === true;
  const conditions = setCondition(
    vm.status?.conditions,
    readyCondition(instance, isReady),
    formatTime(cluster.clock.now()),
  );
  const status: VirtualMachineStatus = {
    ...(instance === undefined ? {} : { created: true }),
    ...(isReady ? { ready: true } : {}),
    conditions,
    printableStatus: printableStatusOf(vm, instance, cluster),
    ...(vm.spec.runStrategy === undefined ? {} : { runStrategy: vm.spec.runStrategy }),
    desiredGeneration: vm.metadata?.generation,
    observedGeneration: vm.metadata?.generation,
  };
  if (JSON.stringify(status) === JSON.stringify(pick(vm.status, status))) return;
  const { namespace = "", name = "", resourceVersion } = vm.metadata ?? {};
  const patch = {
    metadata: { resourceVersion },
    status: {
      ...status,
      created: instance === undefined ? null : true,
      ready: isReady ? true : null,
    },
  };
  await cluster.client.patch(
    VirtualMachine,
    { namespace, name },
    { type: "merge", patch },
    { subresource: "status" },
  );
}

function pick(present: VirtualMachineStatus | undefined, wanted: VirtualMachineStatus): object {
  const { created, ready } = present ?? {};
  const rest = Object.keys(wanted).filter((key) => key !== "created" && key !== "ready");
  return {
    ...(created === undefined ? {} : { created }),
    ...(ready === undefined ? {} : { ready }),
    ...Object.fromEntries(rest.map((key) => [key, present?.[key as keyof VirtualMachineStatus]])),
  };
}

function readyCondition(
  instance: VirtualMachineInstance | undefined,
  isReady: boolean,
): Omit<Condition, "lastTransitionTime"> {
  if (isReady) return { type: "Ready", status: "True" };
  return instance === undefined
    ? { type: "Ready", status: "False", reason: "VMINotExists", message: "VMI does not exist" }
    : {
        type: "Ready",
        status: "False",
        reason: "GuestNotRunning",
        message: "Guest VM is not reported as running",
      };
}

/** `printableStatus`, first match as recorded from virt-controller. */
function printableStatusOf(
  vm: VirtualMachine,
  instance: VirtualMachineInstance | undefined,
  cluster: SimulatedCluster,
): string {
  const phase = instance?.status?.phase;
  const isActive = phase !== undefined && phase !== "Succeeded" && phase !== "Failed";
  if (vm.metadata?.deletionTimestamp !== undefined) return "Terminating";
  if (instance?.metadata?.deletionTimestamp !== undefined && isActive) return "Stopping";
  if (phase === "Running") return "Running";
  if (instance !== undefined && isActive) {
    const missing = (instance.spec.volumes ?? []).some(({ persistentVolumeClaim }) => {
      if (persistentVolumeClaim === undefined) return false;
      return (
        cluster.claims.get({
          namespace: vm.metadata?.namespace,
          name: persistentVolumeClaim.claimName,
        }) === undefined
      );
    });
    if (missing && phase === "Pending") return "ErrorPvcNotFound";
    const isUnbound = (instance.spec.volumes ?? []).some(({ persistentVolumeClaim }) => {
      const claim =
        persistentVolumeClaim === undefined
          ? undefined
          : cluster.claims.get({
              namespace: vm.metadata?.namespace,
              name: persistentVolumeClaim.claimName,
            });
      return claim !== undefined && claim.status?.phase !== "Bound";
    });
    if (isUnbound && phase === "Scheduling") return "WaitingForVolumeBinding";
    return "Starting";
  }
  return "Stopped";
}

import { objectKeyOf, parseTime } from "@kvop/core";
import { SimulatedVirtualMachine } from "../simulated-kinds.js";
import { startInstance, stopInstance } from "./start-instance.js";
import {
  hasStartRequest,
  hasStopRequest,
  isDeleting,
  isFinal,
  type VirtualMachinePass,
} from "./virtual-machine-pass.js";

/** Starts or stops the instance as the run strategy and the requests of the subresources say. */
export async function applyRunStrategy(pass: VirtualMachinePass): Promise<void> {
  switch (pass.runStrategy) {
    case "Always":
      return always(pass);
    case "RerunOnFailure":
      return rerunOnFailure(pass);
    case "Manual":
      return manual(pass);
    case "Halted":
      return halted(pass);
    case "Once":
      if (pass.instance === undefined) await startInstance(pass);
      return;
    default:
      pass.failure = {
        reason: "FailedCreate",
        message: `the simulator does not know the run strategy ${pass.runStrategy}`,
      };
  }
}

async function always(pass: VirtualMachinePass): Promise<void> {
  const { instance, vm } = pass;
  if (instance === undefined) return startUnlessBackingOff(pass);
  if (hasStopRequest(vm, instance) || isFinal(instance)) await stopInstance(pass, instance);
}

async function rerunOnFailure(pass: VirtualMachinePass): Promise<void> {
  const { instance, vm, runStrategy } = pass;
  if (instance === undefined) {
    // A machine that comes from another strategy is started, one that has ended well is not.
    if (!hasStartRequest(vm) && vm.status?.runStrategy === runStrategy) return;
    await startUnlessBackingOff(pass);
    return;
  }
  if (isDeleting(instance)) return;
  if (!hasStopRequest(vm, instance) && !isFinal(instance)) return;
  await stopInstance(pass, instance);
  if (instance.status?.phase === "Failed") await requestStart(pass);
}

async function manual(pass: VirtualMachinePass): Promise<void> {
  const { instance, vm } = pass;
  if (instance === undefined) {
    if (hasStartRequest(vm)) await startInstance(pass);
  } else if (hasStopRequest(vm, instance)) await stopInstance(pass, instance);
}

async function halted(pass: VirtualMachinePass): Promise<void> {
  const { instance, vm, cluster } = pass;
  if (instance !== undefined) return stopInstance(pass, instance);
  if (!hasStartRequest(vm)) return;
  // A paused start of a halted machine: it runs from now on.
  const { resourceVersion } = vm.metadata ?? {};
  const spec = vm.spec.runStrategy === undefined ? { running: true } : { runStrategy: "Always" };
  cluster.virtualMachines.remember(
    await cluster.client.patch(SimulatedVirtualMachine, objectKeyOf(vm), {
      type: "merge",
      patch: { metadata: { resourceVersion }, spec },
    }),
  );
  pass.failure = { reason: "FailedCreate", message: "Failure while starting VMI: <nil>" };
}

async function requestStart(pass: VirtualMachinePass): Promise<void> {
  const { cluster, vm } = pass;
  const stateChangeRequests = [...(vm.status?.stateChangeRequests ?? []), { action: "Start" }];
  const patched = await cluster.client.patch(
    SimulatedVirtualMachine,
    objectKeyOf(vm),
    { type: "merge", patch: { status: { stateChangeRequests } } },
    { subresource: "status" },
  );
  cluster.virtualMachines.remember(patched);
  pass.stored = patched;
  pass.vm = structuredClone(patched);
}

async function startUnlessBackingOff(pass: VirtualMachinePass): Promise<void> {
  const retryAfter = pass.vm.status?.startFailure?.retryAfterTimestamp;
  // Whole seconds, as the timestamp is.
  const nowSeconds = Math.floor(pass.cluster.clock.now() / 1000);
  const leftSeconds =
    retryAfter === undefined ? 0 : Math.floor((parseTime(retryAfter) ?? 0) / 1000) - nowSeconds;
  if (leftSeconds > 0) {
    pass.cluster.lookAgain("vm", objectKeyOf(pass.vm), leftSeconds * 1000);
    return;
  }
  await startInstance(pass);
}

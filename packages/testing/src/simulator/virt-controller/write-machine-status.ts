import { formatTime } from "@kvop/core";
import {
  hasCondition,
  findSimulatedCondition,
  withCondition,
  withoutCondition,
} from "../conditions.js";
import {
  type SimulatedCondition,
  type SimulatedInstance,
  SimulatedVirtualMachine,
  type SimulatedVirtualMachineStatus,
} from "../simulated-kinds.js";
import { isSame } from "./machine-revision.js";
import { choosePrintableStatus } from "./printable-status.js";
import { nextStartFailure } from "./start-failure.js";
import {
  GENERATION_ANNOTATION,
  isDeleting,
  isFinal,
  type VirtualMachinePass,
} from "./virtual-machine-pass.js";

/** Conditions that an instance's do not replace. */
const OWN_CONDITIONS = new Set(["Ready", "Failure", "RestartRequired"]);

/** Writes the status that a pass comes to, when it differs. */
export async function writeMachineStatus(pass: VirtualMachinePass): Promise<void> {
  const { vm, instance, cluster } = pass;
  const status: SimulatedVirtualMachineStatus = structuredClone(vm.status ?? {});
  const isReady = hasCondition(instance?.status?.conditions, "Ready", "True");
  setOrDelete(status, "created", instance === undefined ? undefined : true);
  setOrDelete(status, "ready", isReady ? true : undefined);
  if (instance !== undefined) observeGenerations(status, vm, instance);
  // From the first start on: it tells whether there was one.
  if (status.runStrategy !== undefined || instance !== undefined)
    status.runStrategy = pass.runStrategy;
  if (isFirstRequestDone(status, instance)) {
    const rest = status.stateChangeRequests?.slice(1) ?? [];
    setOrDelete(status, "stateChangeRequests", rest.length === 0 ? undefined : rest);
  }
  setOrDelete(
    status,
    "startFailure",
    nextStartFailure(status.startFailure, pass.runStrategy, instance, cluster),
  );
  status.conditions = nextConditions(status.conditions, pass);
  status.printableStatus = choosePrintableStatus({ ...pass, status });
  if (isSame(status, pass.stored.status)) return;
  cluster.virtualMachines.remember(
    await cluster.client.update(
      SimulatedVirtualMachine,
      { ...vm, status },
      { subresource: "status" },
    ),
  );
}

function setOrDelete<K extends keyof SimulatedVirtualMachineStatus>(
  status: SimulatedVirtualMachineStatus,
  key: K,
  value: SimulatedVirtualMachineStatus[K] | undefined,
): void {
  if (value === undefined) delete status[key];
  else status[key] = value;
}

function observeGenerations(
  status: SimulatedVirtualMachineStatus,
  vm: SimulatedVirtualMachine,
  instance: SimulatedInstance,
): void {
  const observed = Number(instance.metadata?.annotations?.[GENERATION_ANNOTATION]);
  if (!Number.isInteger(observed)) return;
  status.observedGeneration = observed;
  status.desiredGeneration = vm.metadata?.generation ?? 1;
}

/** A stop is done when its instance is gone, a start when there is one that runs or will. */
function isFirstRequestDone(
  status: SimulatedVirtualMachineStatus,
  instance: SimulatedInstance | undefined,
): boolean {
  const request = status.stateChangeRequests?.[0];
  if (request === undefined) return false;
  if (request.action === "Stop")
    return instance === undefined || request.uid !== instance.metadata?.uid;
  return instance !== undefined && !isDeleting(instance) && !isFinal(instance);
}

function nextConditions(
  present: readonly SimulatedCondition[] | undefined,
  pass: VirtualMachinePass,
): SimulatedCondition[] {
  const time = formatTime(pass.cluster.clock.now());
  let conditions = withCondition(present, readyCondition(pass.instance, time));
  conditions =
    pass.failure === undefined
      ? withoutCondition(conditions, "Failure")
      : withCondition(conditions, {
          type: "Failure",
          status: "True",
          ...pass.failure,
          lastTransitionTime: time,
        });
  if (pass.instance === undefined) return conditions;
  const followed = (pass.instance.status?.conditions ?? []).filter(
    ({ type }) => !OWN_CONDITIONS.has(type),
  );
  for (const condition of followed) conditions = withCondition(conditions, condition);
  return conditions.filter(
    ({ type }) => OWN_CONDITIONS.has(type) || followed.some((each) => each.type === type),
  );
}

function readyCondition(instance: SimulatedInstance | undefined, time: string): SimulatedCondition {
  const never = {
    type: "Ready",
    status: "False",
    lastProbeTime: time,
    lastTransitionTime: time,
  } as const;
  if (instance === undefined)
    return { ...never, reason: "VMINotExists", message: "VMI does not exist" };
  return (
    findSimulatedCondition(instance.status?.conditions, "Ready") ?? {
      ...never,
      reason: "VMIConditionMissing",
      message: "VMI is missing the Ready condition",
    }
  );
}

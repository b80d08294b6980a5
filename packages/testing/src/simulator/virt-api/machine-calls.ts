import { ApiError, isNotFound, type JsonPatchOperation, type ObjectKey } from "@kvop/core";
import type { ApiResponse } from "../../api-server/api-request.js";
import type { JsonObject } from "../../schema/json.js";
import {
  SimulatedInstance,
  SimulatedPod,
  SimulatedVirtualMachine,
  type StateChangeRequest,
} from "../simulated-kinds.js";
import { isFinal, runStrategyOf } from "../virt-controller/virtual-machine-pass.js";
import type { VirtApi } from "./virt-api.js";
import { accepted, isDryRun, refuseCall } from "./subresource-answer.js";

const NOT_RUNNING = "VM is not running";
const UNDERWAY = "unable to complete request: stop/start already underway";
/** The shortest time in which a Pod ends safely. */
const FORCED_GRACE_SECONDS = 1;

export async function readMachine(
  key: ObjectKey,
  { client }: VirtApi,
): Promise<SimulatedVirtualMachine> {
  const found = await client.find(SimulatedVirtualMachine, key);
  if (found === undefined) throw refuseCall.notFound("virtualmachine", key.name);
  return found;
}

/** `virtualmachines/{name}/start` */
export async function startMachine(
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  const vm = await readMachine(key, api);
  const instance = await api.client.find(SimulatedInstance, key);
  const phase = instance?.status?.phase ?? "";
  if (instance !== undefined && !isFinal(instance) && phase !== "" && phase !== "Unknown")
    throw refuseCall.conflict("virtualmachine", key.name, "VM is already running");
  const isPaused = options["paused"] === true;
  const start: StateChangeRequest = isPaused
    ? { action: "Start", data: { paused: "true" } }
    : { action: "Start" };
  const strategy = runStrategyOf(vm);
  switch (strategy) {
    case "Halted":
      await (isPaused
        ? requestChanges(vm, [start], key, options, api)
        : setRunning(vm, true, key, options, api));
      return accepted();
    case "RerunOnFailure":
    case "Manual": {
      if (strategy === "RerunOnFailure" && phase === "Failed") {
        throw refuseCall.conflict(
          "virtualmachine",
          key.name,
          "RerunOnFailure does not support starting VM from failed state",
        );
      }
      const isOver = instance !== undefined && isFinal(instance);
      const stop: StateChangeRequest = { action: "Stop", uid: instance?.metadata?.uid };
      await requestChanges(vm, isOver ? [stop, start] : [start], key, options, api);
      return accepted();
    }
    default:
      throw refuseCall.conflict(
        "virtualmachine",
        key.name,
        `${strategy} does not support manual start requests`,
      );
  }
}

/** `virtualmachines/{name}/stop` */
export async function stopMachine(
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  const vm = await readMachine(key, api);
  const instance = await api.client.find(SimulatedInstance, key);
  const grace = options["gracePeriod"];
  const isRunning = instance !== undefined && !isFinal(instance);
  const present = instance?.spec.terminationGracePeriodSeconds;
  if (isRunning && typeof grace === "number") await shortenGrace(instance, grace, options, api);
  const strategy = runStrategyOf(vm);
  if (strategy === "Always" || strategy === "Once") {
    await setRunning(vm, false, key, options, api);
    return accepted();
  }
  if (!isRunning) throw refuseCall.conflict("virtualmachine", key.name, NOT_RUNNING);
  const isLonger = typeof grace !== "number" || (present !== undefined && grace >= present);
  if (strategy === "Halted" && isLonger) {
    throw refuseCall.conflict(
      "virtualmachine",
      key.name,
      "Halted only supports manual stop requests with a shorter graceperiod",
    );
  }
  await requestChanges(vm, [{ action: "Stop", uid: instance.metadata?.uid }], key, options, api);
  return accepted();
}

/** `virtualmachines/{name}/restart` */
export async function restartMachine(
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  const grace = options["gracePeriodSeconds"];
  if (typeof grace === "number" && grace > 0)
    throw refuseCall.badRequest("For force restart, only gracePeriod=0 is supported for now");
  if (typeof grace === "number" && grace < 0)
    throw refuseCall.badRequest("gracePeriod has to be greater or equal to 0");
  const vm = await readMachine(key, api);
  const strategy = runStrategyOf(vm);
  if (strategy === "Halted" || strategy === "Once") {
    throw refuseCall.conflict(
      "virtualmachine",
      key.name,
      `RunStategy ${strategy} does not support manual restart requests`,
    );
  }
  const instance = await api.client.find(SimulatedInstance, key);
  if (instance === undefined)
    throw refuseCall.conflict("virtualmachine", key.name, "VM is not running: Halted");
  const { uid } = instance.metadata ?? {};
  await requestChanges(vm, [{ action: "Stop", uid }, { action: "Start" }], key, options, api);
  if (grace === 0 && !isDryRun(options)) await deleteRunningPod(key, uid ?? "", api);
  return accepted();
}

/** `virtualmachines/{name}/migrate` */
export async function migrateMachine(
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  await readMachine(key, api);
  const instance = await api.client.find(SimulatedInstance, key);
  if (instance === undefined) throw refuseCall.notFound("virtualmachineinstance", key.name);
  if (instance.status?.phase !== "Running")
    throw refuseCall.conflict("virtualmachine", key.name, NOT_RUNNING);
  if (!isDryRun(options)) await api.refuseMigration(instance);
  return accepted();
}

/** `virtualmachines/{name}/removememorydump`: without `memorydump` there is none. */
export async function removeMemoryDump(key: ObjectKey, api: VirtApi): Promise<ApiResponse> {
  await readMachine(key, api);
  throw refuseCall.conflict(
    "virtualmachine",
    key.name,
    `can't remove memory dump association for vm ${key.name}, no association found`,
  );
}

async function deleteRunningPod(key: ObjectKey, uid: string, { client }: VirtApi): Promise<void> {
  const { items } = await client.list(SimulatedPod, {
    namespace: key.namespace,
    labelSelector: `kubevirt.io=virt-launcher,kubevirt.io/created-by=${uid}`,
  });
  const running = items.find(({ status }) => status?.phase === "Running");
  if (running === undefined) return;
  const podKey = { namespace: key.namespace, name: running.metadata?.name ?? "" };
  try {
    await client.delete(SimulatedPod, podKey, { gracePeriodSeconds: FORCED_GRACE_SECONDS });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function shortenGrace(
  instance: SimulatedInstance,
  seconds: number,
  options: JsonObject,
  api: VirtApi,
): Promise<void> {
  const { namespace, name = "", uid = "" } = instance.metadata ?? {};
  const path = "/spec/terminationGracePeriodSeconds";
  const present = instance.spec.terminationGracePeriodSeconds;
  await api.ownWrites.during(uid, () =>
    api.client.patch(
      SimulatedInstance,
      { namespace, name },
      {
        type: "json",
        operations: [
          ...(present === undefined ? [] : [{ op: "test", path, value: present } as const]),
          { op: "add", path, value: seconds },
        ],
      },
      { dryRun: isDryRun(options) },
    ),
  );
}

async function setRunning(
  vm: SimulatedVirtualMachine,
  isRunning: boolean,
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<void> {
  const { runStrategy, running } = vm.spec;
  const operations: JsonPatchOperation[] =
    runStrategy === undefined
      ? [
          { op: "test", path: "/spec/running", value: running },
          { op: "replace", path: "/spec/running", value: isRunning },
        ]
      : [
          { op: "test", path: "/spec/runStrategy", value: runStrategy },
          { op: "replace", path: "/spec/runStrategy", value: isRunning ? "Always" : "Halted" },
        ];
  await patch(key, operations, undefined, options, api);
}

async function requestChanges(
  vm: SimulatedVirtualMachine,
  changes: readonly StateChangeRequest[],
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<void> {
  const present = vm.status?.stateChangeRequests ?? [];
  const isStop = changes.length === 1 && changes[0]?.action === "Stop";
  // A stop replaces whatever is asked; anything else waits until it is done.
  if (present.length > 0 && !isStop) throw refuseCall.internal(UNDERWAY);
  const path = "/status/stateChangeRequests";
  const operations: JsonPatchOperation[] =
    vm.status === undefined
      ? [{ op: "add", path: "/status", value: { stateChangeRequests: changes } }]
      : [
          ...(present.length === 0 ? [] : [{ op: "test", path, value: present } as const]),
          { op: "add", path, value: changes },
        ];
  if (vm.status?.startFailure !== undefined)
    operations.push({ op: "remove", path: "/status/startFailure" });
  await patch(key, operations, "status", options, api);
}

async function patch(
  key: ObjectKey,
  operations: readonly JsonPatchOperation[],
  subresource: string | undefined,
  options: JsonObject,
  { client }: VirtApi,
): Promise<void> {
  try {
    await client.patch(
      SimulatedVirtualMachine,
      key,
      { type: "json", operations },
      { subresource, dryRun: isDryRun(options) },
    );
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    throw error.message.includes("test")
      ? refuseCall.conflict("virtualmachine", key.name, error.message)
      : refuseCall.internal(error.message);
  }
}

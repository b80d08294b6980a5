import { ApiError, type ObjectKey } from "@kvop/core";
import type { ApiResponse } from "../../api-server/api-request.js";
import type { JsonObject } from "../../schema/json.js";
import { findSimulatedCondition, hasCondition } from "../conditions.js";
import { SimulatedInstance, SimulatedVirtualMachine } from "../simulated-kinds.js";
import type { VirtApi } from "./virt-api.js";
import { accepted, isDryRun, refuseCall } from "./subresource-answer.js";

const KIND = "virtualmachineinstance";

async function readInstance(key: ObjectKey, { client }: VirtApi): Promise<SimulatedInstance> {
  const found = await client.find(SimulatedInstance, key);
  if (found === undefined) throw refuseCall.notFound(KIND, key.name);
  return found;
}

function checkRunning(instance: SimulatedInstance, key: ObjectKey, why: string): void {
  if (instance.status?.phase !== "Running") throw refuseCall.conflict(KIND, key.name, why);
}

/** `virtualmachineinstances/{name}/pause` */
export async function pauseInstance(
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  const instance = await readInstance(key, api);
  checkRunning(instance, key, "VM is not running");
  if (instance.spec.livenessProbe !== undefined) {
    throw refuseCall.forbidden(
      KIND,
      key.name,
      "Pausing VMIs with LivenessProbe is currently not supported",
    );
  }
  if (findSimulatedCondition(instance.status?.conditions, "Paused") !== undefined)
    throw refuseCall.conflict(KIND, key.name, "VMI is already paused");
  if (!isDryRun(options)) api.pause(key, true);
  return accepted(200);
}

/** `virtualmachineinstances/{name}/unpause` */
export async function unpauseInstance(
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  const vm = await api.client.find(SimulatedVirtualMachine, key);
  const status = (vm?.status ?? {}) as { snapshotInProgress?: string };
  if (status.snapshotInProgress !== undefined)
    throw refuseCall.conflict("virtualmachine", key.name, "VM snapshot is in progress");
  const instance = await readInstance(key, api);
  checkRunning(instance, key, "VMI is not running");
  if (findSimulatedCondition(instance.status?.conditions, "Paused") === undefined)
    throw refuseCall.conflict(KIND, key.name, "VMI is not paused");
  if (!isDryRun(options)) api.pause(key, false);
  return accepted(200);
}

/** `virtualmachineinstances/{name}/reset`: asks nothing but for a node to talk to. */
export async function resetInstance(key: ObjectKey, api: VirtApi): Promise<ApiResponse> {
  const { status } = await readInstance(key, api);
  const phase = status?.phase ?? "";
  if (phase === "Running" || phase === "Scheduled") return accepted(200);
  throw refuseCall.badRequest(
    `Unable to connect to VirtualMachineInstance because phase is ${phase} instead of Running or Scheduled`,
  );
}

/** `console` and `vnc` get as far as what they ask of the instance; the streams are not simulated. */
export async function refuseStream(
  key: ObjectKey,
  call: string,
  api: VirtApi,
): Promise<ApiResponse> {
  const instance = await readInstance(key, api);
  const { devices } = instance.spec.domain as {
    devices?: { autoattachSerialConsole?: boolean; autoattachGraphicsDevice?: boolean };
  };
  const phase = instance.status?.phase;
  if (call === "console") {
    if (devices?.autoattachSerialConsole === false)
      throw refuseCall.badRequest("No serial consoles are present.");
    if (phase === "Failed") throw refuseCall.conflict(KIND, key.name, "VMI is in failed status");
  } else if (devices?.autoattachGraphicsDevice === false)
    throw refuseCall.badRequest("No graphics devices are present.");
  if (phase !== "Running") throw refuseCall.badRequest("VMI is not running");
  throw refuseCall.notSimulated(`GET virtualmachineinstances/${call}`);
}

/** `freeze` and `unfreeze`: they change nothing that is seen from outside. */
export async function touchInstance(
  key: ObjectKey,
  call: string,
  api: VirtApi,
): Promise<ApiResponse> {
  const instance = await readInstance(key, api);
  checkRunning(instance, key, call === "freeze" ? "VM is not running" : "VMI is not running");
  return accepted(200);
}

/** `virtualmachineinstances/{name}/softreboot`: the guest is up again at once. */
export async function softRebootInstance(key: ObjectKey, api: VirtApi): Promise<ApiResponse> {
  const instance = await readInstance(key, api);
  checkRunning(instance, key, "VM is not running");
  if (hasCondition(instance.status?.conditions, "Paused", "True"))
    throw refuseCall.conflict(KIND, key.name, "VMI is paused");
  const hasAgent =
    findSimulatedCondition(instance.status?.conditions, "AgentConnected") !== undefined;
  if (!hasAgent && instance.spec.domain.features?.acpi?.enabled === false) {
    throw refuseCall.conflict(
      KIND,
      key.name,
      "VMI neither have the agent connected nor the ACPI feature enabled",
    );
  }
  return accepted(200);
}

/** `guestosinfo`, `userlist` and `filesystemlist`: what the guest agent tells; whatever is in the way is a plain 500. */
export async function readGuest(key: ObjectKey, call: string, api: VirtApi): Promise<ApiResponse> {
  try {
    return await readAgent(key, call, api);
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    return { type: "text", status: 500, body: error.status.message ?? error.message };
  }
}

async function readAgent(key: ObjectKey, call: string, api: VirtApi): Promise<ApiResponse> {
  const instance = await readInstance(key, api);
  checkRunning(instance, key, "VMI is not running");
  if (findSimulatedCondition(instance.status?.conditions, "AgentConnected") === undefined)
    throw refuseCall.conflict(KIND, key.name, "VMI does not have guest agent connected");
  if (call === "guestosinfo") {
    const os = (instance.status?.guestOSInfo ?? {}) as JsonObject;
    return {
      type: "json",
      status: 200,
      body: {
        guestAgentVersion: "9.0.0",
        hostname: key.name,
        os,
        timezone: "UTC, 0",
        fsInfo: { disks: [] },
      },
    };
  }
  const kind =
    call === "userlist"
      ? "VirtualMachineInstanceGuestOSUserList"
      : "VirtualMachineInstanceFileSystemList";
  return {
    type: "json",
    status: 200,
    body: { kind, apiVersion: "subresources.kubevirt.io/v1", metadata: {}, items: [] },
  };
}

import { ApiError, type ObjectKey } from "@kvop/core";
import { textAt } from "../../admission/json-access.js";
import type { ApiResponse } from "../../api-server/api-request.js";
import type { AdmissionRequest } from "../../api-server/server-context.js";
import { isJsonObject, type JsonObject } from "../../schema/json.js";
import { hasCondition } from "../conditions.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { SimulatedInstance, SimulatedVirtualMachine } from "../simulated-kinds.js";
import type { VirtApi } from "./virt-api.js";
import { accepted, isDryRun, refuseCall } from "./subresource-answer.js";
import { refuseForNow } from "./webhook-refusal.js";

const WEBHOOK = "virt-launcher-eviction-interceptor";
const MARK = "/status/evacuationNodeName";

/** What virt-api says when a launcher Pod is to be evicted: an instance that can move, or is moved by others, is marked instead. */
export function admitEviction(request: AdmissionRequest, cluster: SimulatedCluster): void {
  const { group, plural, subresource, object, dryRun } = request;
  if (group !== "" || plural !== "pods" || subresource !== "eviction") return;
  const instance = instanceOf(object, cluster);
  if (instance === undefined) return;
  const { namespace = "", name = "" } = instance.metadata ?? {};
  if (!isMoved(instance)) return;
  const why = `Eviction triggered evacuation of VMI "${namespace}/${name}"`;
  if ((instance.status?.evacuationNodeName ?? "") !== "")
    throw refuseForNow(WEBHOOK, `Evacuation in progress: ${why}`);
  if (!dryRun) void mark(instance, cluster);
  throw refuseForNow(WEBHOOK, why);
}

/** The instance of a launcher Pod that is on a node and has not ended. */
function instanceOf(
  eviction: JsonObject,
  cluster: SimulatedCluster,
): SimulatedInstance | undefined {
  const metadata = eviction["metadata"];
  if (!isJsonObject(metadata)) return undefined;
  const namespace = textAt(metadata, "namespace");
  const pod = cluster.pods.get({ namespace, name: textAt(metadata, "name") });
  const phase = pod?.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") return undefined;
  const name = pod?.metadata?.annotations?.["kubevirt.io/domain"];
  return name === undefined ? undefined : cluster.instances.get({ namespace, name });
}

function isMoved({ metadata, spec, status }: SimulatedInstance): boolean {
  const canMigrate = hasCondition(status?.conditions, "LiveMigratable", "True");
  switch (spec.evictionStrategy) {
    case "External":
      return true;
    case "LiveMigrateIfPossible":
      return canMigrate;
    case "LiveMigrate":
      if (canMigrate) return true;
      throw refuseForNow(
        WEBHOOK,
        `VMI ${metadata?.name ?? ""} is configured with an eviction strategy but is not live-migratable`,
      );
    default:
      return false;
  }
}

async function mark(instance: SimulatedInstance, cluster: SimulatedCluster): Promise<void> {
  const { namespace, name = "", uid = "" } = instance.metadata ?? {};
  const operation = { op: "add", path: MARK, value: instance.status?.nodeName ?? "" } as const;
  try {
    await cluster.ownWrites.during(uid, () =>
      cluster.client.patch(
        SimulatedInstance,
        { namespace, name },
        { type: "json", operations: [operation] },
      ),
    );
  } catch (error) {
    // It has gone meanwhile, or the server has.
    if (!ApiError.isInstance(error)) throw error;
  }
}

/** `virtualmachineinstances/{name}/evacuate/cancel` */
export async function cancelEvacuation(
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  const instance = await api.client.find(SimulatedInstance, key);
  if (instance === undefined) throw refuseCall.notFound("virtualmachineinstance", key.name);
  if ((instance.status?.evacuationNodeName ?? "") === "") return accepted(200);
  const value = textAt(options, "evacuationNodeName");
  try {
    await api.ownWrites.during(instance.metadata?.uid ?? "", () =>
      api.client.patch(
        SimulatedInstance,
        key,
        {
          type: "json",
          operations: [
            { op: "test", path: MARK, value },
            { op: "remove", path: MARK },
          ],
        },
        { dryRun: isDryRun(options) },
      ),
    );
  } catch (error) {
    if (!ApiError.isInstance(error)) throw error;
    throw refuseCall.internal(error.status?.message ?? error.message);
  }
  return accepted(200);
}

/** `virtualmachines/{name}/evacuate/cancel` */
export async function cancelMachineEvacuation(
  key: ObjectKey,
  options: JsonObject,
  api: VirtApi,
): Promise<ApiResponse> {
  const vm = await api.client.find(SimulatedVirtualMachine, key);
  if (vm === undefined) throw refuseCall.notFound("virtualmachine", key.name);
  if (vm.status?.created !== true)
    throw refuseCall.conflict("virtualmachine", key.name, "VMI is not started");
  return cancelEvacuation(key, options, api);
}

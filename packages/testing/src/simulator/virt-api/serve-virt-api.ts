import { defineResource, formatTime, isNotFound, type KubernetesObject } from "@kvop/core";
import type { ApiServer } from "../../api-server/api-server.js";
import type { SimulatedCluster } from "../simulated-cluster.js";
import { admitEviction } from "./evictions.js";
import { kubevirtAdmission } from "./admit-kubevirt.js";
import { subresourceApis } from "./serve-subresources.js";
import type { SimulatedInstance } from "../simulated-kinds.js";

interface InstanceMigration extends KubernetesObject {
  spec: { vmiName: string };
  status?: { phase?: string; phaseTransitionTimestamps?: object[] };
}

const InstanceMigration = defineResource<InstanceMigration>({
  group: "kubevirt.io",
  version: "v1",
  kind: "VirtualMachineInstanceMigration",
  plural: "virtualmachineinstancemigrations",
  namespaced: true,
});

const NO_HANDLER = "dial tcp: i/o timeout";

/** Lets an embedded server answer as virt-api does: defaults, refusals, and calls on virtual machines. */
export function serveVirtApi(server: ApiServer, cluster: SimulatedCluster): Disposable {
  const { clock, random, ownWrites } = cluster;
  const admission = kubevirtAdmission({ clock, random, ownWrites });
  const parts = [
    server.addAdmission(admission.mutate),
    server.addAdmission(admission.validate, { phase: "validating" }),
    server.addAdmission(
      (request) => {
        admitEviction(request, cluster);
        return undefined;
      },
      { phase: "validating" },
    ),
    ...subresourceApis({
      client: cluster.client,
      pause: (key, isPaused) => cluster.guests.pause(key, isPaused),
      pauseFailure: (key) => {
        if (cluster.node.lostMs() !== undefined) return { message: NO_HANDLER };
        const failure = cluster.stages.failureOf(key, "pause");
        cluster.stages.spendFailure(key, "pause");
        return failure;
      },
      ownWrites,
      refuseMigration: (instance) => failMigration(instance, cluster),
    }).map((api) => server.registerAggregatedApi(api)),
  ];
  return {
    [Symbol.dispose]: () => {
      for (const part of parts) part[Symbol.dispose]();
    },
  };
}

/** A migration is written down, and fails: instances do not move here. */
async function failMigration(
  instance: SimulatedInstance,
  { client, clock, events }: SimulatedCluster,
): Promise<void> {
  const { namespace = "", name: vmiName = "" } = instance.metadata ?? {};
  try {
    const created = await client.create(InstanceMigration, {
      metadata: { namespace, generateName: "kubevirt-migrate-vm-" } as object,
      spec: { vmiName },
    });
    const phaseTransitionTimestamp = formatTime(clock.now());
    const status = {
      phase: "Failed",
      phaseTransitionTimestamps: [{ phase: "Failed", phaseTransitionTimestamp }],
    };
    const key = { namespace, name: created.metadata?.name ?? "" };
    await client.patch(
      InstanceMigration,
      key,
      { type: "merge", patch: { status } },
      { subresource: "status" },
    );
    await events.record(InstanceMigration, created, {
      type: "Warning",
      reason: "FailedMigration",
      message: "Migration failed: the simulator does not migrate instances",
    });
  } catch (error) {
    // Without the CustomResourceDefinition there is nowhere to write it down.
    if (!isNotFound(error)) throw error;
  }
}

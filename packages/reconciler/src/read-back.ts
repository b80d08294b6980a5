import { NetworkConfiguration, type VirtualMachine, VirtualMachineInstance } from "@kvop/core";
import { buildStatus } from "./build-status.js";
import type { PlacedMachine } from "./ensure-placement.js";
import { ensureStatus, type WantedCondition } from "./ensure-status.js";
import type { ReconcileContext } from "./reconcile-context.js";

/** Reads what the cluster makes of the VirtualMachine and shows it in the Machine's status. */
export async function readBack(
  context: ReconcileContext,
  { machine, client, configName }: PlacedMachine,
  virtualMachine: VirtualMachine,
): Promise<void> {
  const { namespace, name } = machine.metadata;
  const { signal } = context;
  const found = await client.find(VirtualMachineInstance, { namespace, name }, { signal });
  // An instance of an earlier VirtualMachine of this name says nothing about this one.
  const owner = found?.metadata?.ownerReferences?.find(({ kind }) => kind === "VirtualMachine");
  const isOther = owner !== undefined && owner.uid !== virtualMachine.metadata?.uid;
  const instance = isOther ? undefined : found;
  const networkConfiguration =
    context.settings.ipSource === "networkconfiguration"
      ? await context.supervisor.find(NetworkConfiguration, { namespace, name }, { signal })
      : undefined;
  const observed = buildStatus({ virtualMachine, instance, networkConfiguration });
  await ensureStatus(context, machine, {
    fields: { ...observed, ...failureOf(observed.phase, observed.state, configName) },
    conditions: buildConditions(observed.phase, observed.state, configName),
  });
}

function failureOf(
  phase: string | undefined,
  state: string | undefined,
  configName: string,
): { readonly failureReason: string | undefined; readonly failureMessage: string | undefined } {
  if (phase !== "Failed") return { failureReason: undefined, failureMessage: undefined };
  return {
    failureReason: state,
    failureMessage: `KubeVirt on cluster "${configName}" shows the VirtualMachine as ${state}.`,
  };
}

/** The conditions of a Machine whose VirtualMachine is there. */
export function buildConditions(
  phase: string | undefined,
  state: string | undefined,
  configName: string,
): readonly WantedCondition[] {
  const isRunning = phase === "Running";
  const shown = state ?? "Creating";
  const reason = isRunning ? "Running" : shown.replaceAll(/[^A-Za-z0-9]/g, "") || "Unknown";
  const message = isRunning
    ? `The VirtualMachine runs on cluster "${configName}".`
    : `KubeVirt on cluster "${configName}" shows the VirtualMachine as ${shown}.`;
  const status = isRunning ? "True" : "False";
  return [
    {
      type: "ConfigResolved",
      status: "True",
      reason: "Resolved",
      message: `The Machine belongs to KubevirtConfig "${configName}".`,
    },
    {
      type: "ClusterReachable",
      status: "True",
      reason: "Reachable",
      message: `Cluster "${configName}" answers.`,
    },
    { type: "DisksReady", status: "True", reason: "Created", message: "All disks are there." },
    {
      type: "NetworkReady",
      status: "True",
      reason: "Assigned",
      message: "The MAC address is recorded in the NetworkConfiguration.",
    },
    { type: "VirtualMachineReady", status, reason, message },
    { type: "Ready", status, reason, message },
  ];
}

import { isAlreadyExists, isNotFound, objectKeyOf } from "@kvop/core";
import { type JsonValue, jsonEqual } from "../../schema/json.js";
import {
  ControllerRevision,
  SimulatedInstance,
  type SimulatedVirtualMachine,
} from "../simulated-kinds.js";
import { GENERATION_ANNOTATION, ownedBy, type VirtualMachinePass } from "./virtual-machine-pass.js";

type MachineSpec = SimulatedVirtualMachine["spec"];

/** Keeps the spec that an instance is started with: by it, later changes are seen. Resolves to the revision's name. */
export async function createRevision({ vm, cluster }: VirtualMachinePass): Promise<string> {
  const { namespace = "", uid = "", generation = 1 } = vm.metadata ?? {};
  const name = revisionName(uid, generation);
  const { observedGeneration = generation } = vm.status ?? {};
  const older = cluster.revisions.get(uid) ?? revisionName(uid, observedGeneration);
  cluster.revisions.set(uid, name);
  if (older !== name) {
    await cluster.client
      .delete(ControllerRevision, { namespace, name: older })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }
  try {
    await cluster.client.create(ControllerRevision, {
      metadata: {
        namespace,
        name,
        ownerReferences: [ownedBy(vm)],
      },
      data: { spec: vm.spec },
      revision: generation,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  return name;
}

function revisionName(uid: string, generation: number): string {
  return `revision-start-vm-${uid}-${generation}`;
}

/** The spec that the instance was started with; undefined when it is not known. */
export async function startedSpec(
  { vm, cluster }: VirtualMachinePass,
  instance: SimulatedInstance,
): Promise<MachineSpec | undefined> {
  const observed = instance.metadata?.annotations?.[GENERATION_ANNOTATION];
  // Of the machine's generation are instances whose template is still the machine's.
  if (observed === String(vm.metadata?.generation)) return vm.spec;
  const name = instance.status?.virtualMachineRevisionName;
  if (name === undefined) return undefined;
  const { namespace } = vm.metadata ?? {};
  return (await cluster.client.find(ControllerRevision, { namespace, name }))?.data?.spec;
}

/** An instance whose template is still the machine's is of the machine's present generation. */
export async function bumpGeneration(
  pass: VirtualMachinePass,
  instance: SimulatedInstance,
  started: MachineSpec,
): Promise<void> {
  const { vm, cluster } = pass;
  const generation = String(vm.metadata?.generation ?? 1);
  if (instance.metadata?.annotations?.[GENERATION_ANNOTATION] === generation) return;
  if (!isSame(started.template, vm.spec.template)) return;
  const annotations = { [GENERATION_ANNOTATION]: generation };
  const patch = { metadata: { uid: instance.metadata?.uid, annotations } };
  const patched = await cluster.client.patch(SimulatedInstance, objectKeyOf(instance), {
    type: "merge",
    patch,
  });
  pass.instance = cluster.instances.remember(patched);
}

/** Deep equality of JSON values. */
export function isSame(left: unknown, right: unknown): boolean {
  return jsonEqual(left as JsonValue, right as JsonValue);
}

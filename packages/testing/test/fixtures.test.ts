import * as core from "@kvop/core";
import { expect, it } from "vitest";
import * as testing from "../src/index.js";

type Built = core.KubernetesObject & { status?: unknown };

const builders: ReadonlyArray<readonly [core.Resource<Built>, () => Built]> = [
  [core.ConfigMap, testing.configMap],
  [core.DataVolume, testing.dataVolume],
  [core.Event, testing.event],
  [core.KubevirtConfig, testing.kubevirtConfig],
  [core.Lease, testing.lease],
  [core.Machine, testing.machine],
  [core.MachineClass, testing.machineClass],
  [core.MachineProvider, testing.machineProvider],
  [core.Namespace, testing.namespace],
  [core.NetworkAttachmentDefinition, testing.networkAttachmentDefinition],
  [core.NetworkConfiguration, testing.networkConfiguration],
  [core.NetworkNamespace, testing.networkNamespace],
  [core.PersistentVolumeClaim, testing.persistentVolumeClaim],
  [core.Secret, testing.secret],
  [core.Secret, testing.kubeconfigSecret],
  [core.StorageClass, testing.storageClass],
  [core.StorageProfile, testing.storageProfile],
  [core.VirtualMachine, testing.virtualMachine],
  [core.VirtualMachineInstance, testing.virtualMachineInstance],
  [core.Vitistack, testing.vitistack],
];

it.each(builders.map(([resource, build]) => ({ kind: resource.kind, resource, build })))(
  "the builder of a $kind gives what an API server takes",
  async ({ resource, build }) => {
    const client = testing.createFakeClient();
    await client
      .create(core.Namespace, testing.namespace({ metadata: { name: "kubevirt-configs" } }))
      .catch(() => undefined);
    const created = await client.create(resource, build(), { fieldValidation: "Strict" });
    // A status subresource takes no part in a create.
    const { status: _, ...wanted } = build();
    expect(created).toMatchObject(wanted);
  },
);

it("every resource of core has a builder", () => {
  const kinds = Object.values(core).flatMap((value) =>
    typeof value === "object" && value !== null && "plural" in value && "kind" in value
      ? [value.kind]
      : [],
  );
  expect([...new Set(builders.map(([{ kind }]) => kind))].sort()).toEqual(kinds.sort());
});

it("a builder takes overrides at any depth and leaves the rest", () => {
  const overridden = testing.virtualMachine({ spec: { runStrategy: "Halted" } });
  const plain = testing.virtualMachine();
  expect(overridden.spec).toEqual({ ...plain.spec, runStrategy: "Halted" });
});

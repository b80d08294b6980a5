import { type KubernetesObject, Machine, seededRandom, VirtualMachineInstance } from "@kvop/core";
import {
  kubevirtConfig,
  MockClientManager,
  storageClass,
  storageProfile,
  VirtualClock,
} from "@kvop/testing";
import { type KubevirtSimulator, startKubevirtSimulator } from "@kvop/testing/kubevirt";
import { onTestFinished } from "vitest";
import { MachineReconciler, type ReconcilerSettings } from "../src/index.js";
import { TestCluster } from "./test-cluster.js";

/** More than everything takes that the simulator does by itself after one change. */
const QUIET_MS = 10_000;
/** Keeps an instance when its VirtualMachine is gone. */
const SLOW_FINALIZER = "test.kvop.dev/slow";

/** A supervisor and KubeVirt clusters in this process, on virtual time; gone at the end of the test. */
export class TestFleet {
  readonly clock = new VirtualClock();
  readonly supervisor: TestCluster<"supervisor">;
  readonly clusters = new Map<string, TestCluster<"cluster">>();
  readonly manager: MockClientManager;
  readonly reconciler: MachineReconciler;
  /** Addresses that instances get. */
  addresses: readonly string[] = ["10.0.0.7", "fd00::7"];
  /** What VirtualMachines of these names show, whatever becomes of them. */
  readonly printableStatus = new Map<string, string>();
  readonly #configNamespace: string | undefined;
  readonly #simulators: KubevirtSimulator[] = [];

  constructor(
    options: {
      readonly clusters?: readonly string[];
      readonly settings?: Partial<ReconcilerSettings>;
      readonly defaultConfig?: string | undefined;
      /** The scope of the KubevirtConfig CRD. Default: the cluster. */
      readonly isConfigNamespaced?: boolean | undefined;
    } = {},
  ) {
    const { isConfigNamespaced = false } = options;
    this.supervisor = new TestCluster("supervisor", "supervisor", this.clock, {
      isConfigNamespaced,
    });
    this.#configNamespace = isConfigNamespaced ? "kubevirt-configs" : undefined;
    this.manager = new MockClientManager({
      supervisorClient: this.supervisor.client,
      defaultConfig: options.defaultConfig,
    });
    for (const name of options.clusters ?? ["kv-1"]) this.#addCluster(name);
    this.manager.validateConnectionFunc = async (name, { signal } = {}) => {
      await this.cluster(name).client.request({ method: "GET", path: "/readyz", signal });
    };
    this.reconciler = new MachineReconciler({
      clientManager: this.manager,
      settings: options.settings,
      clock: this.clock,
      random: seededRandom(7),
    });
    onTestFinished(() => this.#dispose());
  }

  cluster(name = "kv-1"): TestCluster<"cluster"> {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) throw new Error(`no cluster ${name}`);
    return cluster;
  }

  /** Puts an object onto the supervisor, in namespace `default` where it names none. */
  apply(object: KubernetesObject): void {
    const metadata = { namespace: "default", ...object.metadata };
    const isClusterScoped = ["MachineClass", "KubevirtConfig", "Namespace"].includes(
      object.kind ?? "",
    );
    this.supervisor.load(isClusterScoped ? object : { ...object, metadata });
  }

  ensureNamespace(name = "default"): void {
    this.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }

  async machine(name: string): Promise<Machine & Required<Pick<Machine, "metadata" | "spec">>> {
    const machines = await this.supervisor.all(Machine);
    const found = machines.find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`no Machine ${name}`);
    return found as Machine & Required<Pick<Machine, "metadata" | "spec">>;
  }

  /** Passes over all Machines until nothing is written any more. */
  async settle(): Promise<void> {
    for (let pass = 0; pass < 20; pass += 1) {
      await this.clock.advance(QUIET_MS);
      const before = this.writeCount;
      for (const { metadata } of await this.supervisor.all(Machine)) {
        const { namespace = "", name = "" } = metadata;
        await this.reconciler.reconcile({ namespace, name });
      }
      if (this.writeCount === before) return;
    }
    throw new Error("the Machines do not settle");
  }

  /** Lets the instances that are there outlive their VirtualMachines, until {@link releaseInstances}. */
  async holdInstances(): Promise<void> {
    await this.#setFinalizers((finalizers) => [...finalizers, SLOW_FINALIZER]);
  }

  async releaseInstances(): Promise<void> {
    await this.#setFinalizers((finalizers) =>
      finalizers.filter((finalizer) => finalizer !== SLOW_FINALIZER),
    );
  }

  get writeCount(): number {
    const clusters = [this.supervisor, ...this.clusters.values()];
    return clusters.reduce((sum, { writes }) => sum + writes.length, 0);
  }

  #addCluster(name: string): void {
    const cluster = new TestCluster("cluster", name, this.clock);
    this.clusters.set(name, cluster);
    const identity = { name: "kube-system", uid: `${name}-uid` };
    cluster.load({ apiVersion: "v1", kind: "Namespace", metadata: identity });
    cluster.load(storageClass());
    cluster.load(storageProfile());
    cluster.server.addAdmission(({ plural, object }) => {
      if (plural === "virtualmachines") this.#pinStatus(object);
      if (plural === "virtualmachineinstances")
        this.#playInstance(object as unknown as VirtualMachineInstance);
      return object;
    });
    this.#simulators.push(startKubevirtSimulator({ client: cluster.admin, clock: this.clock }));
    this.manager.addMockedClient(name, cluster.client);
    this.supervisor.load(kubevirtConfig({ metadata: { name, namespace: this.#configNamespace } }));
  }

  #pinStatus(object: KubernetesObject & { status?: unknown }): void {
    const printableStatus = this.printableStatus.get(object.metadata?.name ?? "");
    if (printableStatus === undefined || object.status === undefined) return;
    Object.assign(object.status as object, { printableStatus });
  }

  #playInstance(object: VirtualMachineInstance): void {
    const { metadata = {}, status } = object;
    const isPinned = this.printableStatus.has(metadata.name ?? "");
    if (isPinned && status?.phase === "Running") status.phase = "Scheduled";
    for (const entry of status?.interfaces ?? []) {
      entry.ipAddress = this.addresses[0];
      entry.ipAddresses = [...this.addresses];
    }
  }

  async #setFinalizers(change: (finalizers: readonly string[]) => string[]): Promise<void> {
    for (const { admin } of this.clusters.values()) {
      for (const { metadata = {} } of (await admin.list(VirtualMachineInstance)).items) {
        const { namespace = "", name = "" } = metadata;
        const finalizers = change(metadata.finalizers ?? []);
        const patch = { metadata: { finalizers } };
        await admin.patch(VirtualMachineInstance, { namespace, name }, { type: "merge", patch });
      }
    }
  }

  async #dispose(): Promise<void> {
    await Promise.all(this.#simulators.map((simulator) => simulator[Symbol.asyncDispose]()));
    await this.supervisor[Symbol.asyncDispose]();
    for (const cluster of this.clusters.values()) await cluster[Symbol.asyncDispose]();
  }
}

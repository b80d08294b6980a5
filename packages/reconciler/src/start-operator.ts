import {
  type ClientManager,
  type Clock,
  formatObjectKey,
  isForbidden,
  isNotFound,
  KUBEVIRT_CONFIG_ANNOTATION,
  KubevirtConfig,
  type Logger,
  Machine,
  MachineClass,
  NetworkConfiguration,
  NetworkNamespace,
  type Random,
  type Reflector,
  type ReflectorOptions,
  runWorkers,
  silentLogger,
  startReflector,
  type KubernetesObject,
  type SupervisorClient,
  systemClock,
  systemRandom,
  WorkQueue,
} from "@kvop/core";
import { ClusterShares } from "./cluster-shares.js";
import { type ClusterWatch, startClusterWatch } from "./cluster-watch.js";
import { MachineReconciler, type ReconcileRequest } from "./machine-reconciler.js";
import { isServedMachine } from "./served-machine.js";
import type { ReconcilerSettings } from "./settings.js";
import { hasMachineChanged } from "./wake-predicates.js";

/** Settings of {@link startOperator}. */
export interface OperatorOptions {
  /** Not disposed of by the operator. */
  readonly clientManager: ClientManager;
  /** Default: the client manager's. */
  readonly supervisorClient?: SupervisorClient | undefined;
  readonly settings?: Partial<ReconcilerSettings> | undefined;
  /** Machines worked on at once. Default: 16. */
  readonly concurrency?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Default: no lines. */
  readonly logger?: Logger | undefined;
}

/** A running operator. Disposing of it finishes what is in hand and stops all watches. */
export interface Operator extends AsyncDisposable {
  /**
   * Resolves once the operator has seen all Machines of the supervisor; clusters are followed independently of that.
   *
   * @throws DeadlineExceededError, the signal's reason
   */
  waitUntilReady(options?: {
    readonly signal?: AbortSignal | undefined;
    /** Default: 60,000. */
    readonly timeoutMs?: number | undefined;
  }): Promise<void>;
  /** True when no Machine waits to be looked at and none is being worked on. */
  readonly isIdle: boolean;
}

/** One cluster may hold a quarter of the workers. */
const SHARES = 4;

/**
 * Starts to serve the Machines of a supervisor: watches them, the KubevirtConfigs and each cluster, and reconciles a Machine
 * when something about it changed. Never polls. A cluster that is down at start, or later, concerns its own Machines alone.
 */
export function startOperator(options: OperatorOptions): Operator {
  return new RunningOperator(options);
}

class RunningOperator implements Operator {
  readonly #options: OperatorOptions;
  readonly #supervisor: SupervisorClient;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #queue: WorkQueue<ReconcileRequest>;
  readonly #shares: ClusterShares<ReconcileRequest>;
  readonly #clusters = new Map<string, ClusterWatch>();
  readonly #reconciler: MachineReconciler;
  readonly #machines: Reflector<Machine>;
  readonly #others: ReadonlyArray<AsyncDisposable>;
  readonly #workers: AsyncDisposable;

  constructor(options: OperatorOptions) {
    const { clientManager, concurrency = 16 } = options;
    this.#options = options;
    this.#supervisor = options.supervisorClient ?? clientManager.getSupervisorClient();
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ?? silentLogger;
    this.#queue = new WorkQueue<ReconcileRequest>({
      keyOf: formatObjectKey,
      clock: this.#clock,
      baseDelayMs: 100,
    });
    this.#shares = new ClusterShares(Math.max(1, Math.floor(concurrency / SHARES)));
    this.#reconciler = new MachineReconciler({
      clientManager,
      supervisorClient: this.#supervisor,
      settings: options.settings,
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
      checkCluster: (configName) => this.#clusters.get(configName)?.check(),
    });
    this.#machines = this.#follow({
      resource: Machine,
      onEvent: (event) => {
        if (event.type !== "deleted") this.#followPlacement(event.object);
        if (event.type !== "modified" || hasMachineChanged(event.old, event.object))
          this.#wake(event.object);
      },
    });
    this.#others = [this.#followConfigs(), ...this.#followFacts()];
    this.#workers = runWorkers(this.#queue, {
      concurrency,
      process: (item, { signal }) => this.#process(item, signal),
      onError: (error, item) =>
        this.#logger.error(
          { machine: formatObjectKey(item), reason: messageOf(error) },
          "a pass failed and is tried again",
        ),
    });
  }

  get isIdle(): boolean {
    return this.#queue.isIdle;
  }

  async waitUntilReady(
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly timeoutMs?: number | undefined;
    } = {},
  ): Promise<void> {
    await this.#machines.waitForSync(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue.shutDown();
    await this.#workers[Symbol.asyncDispose]();
    await Promise.all(
      [this.#machines, ...this.#others, ...this.#clusters.values()].map((part) =>
        part[Symbol.asyncDispose](),
      ),
    );
  }

  async #process(item: ReconcileRequest, signal: AbortSignal): Promise<void> {
    const cluster = configNameOf(this.#machines.get(item));
    if (!this.#shares.enter(cluster, item)) return;
    try {
      const { requeueAfterMs } = await this.#reconciler.reconcile(item, { signal });
      if (requeueAfterMs !== undefined)
        this.#queue.addAfter(item, requeueAfterMs * (1 + this.#random.next() / 10));
    } finally {
      const parked = this.#shares.leave(cluster);
      if (parked !== undefined) this.#queue.add(parked);
    }
  }

  /** What Machines refer to on the supervisor; where one of the kinds is absent or forbidden, waits are retried instead. */
  #followFacts(): ReadonlyArray<AsyncDisposable> {
    const wakeInNamespace = (object: KubernetesObject): void =>
      this.#wakeWhere((machine) => machine.metadata?.namespace === object.metadata?.namespace);
    return [
      this.#followSpec(MachineClass, (machineClass) =>
        this.#wakeWhere((machine) => machine.spec?.machineClass === machineClass.metadata?.name),
      ),
      this.#followSpec(NetworkNamespace, wakeInNamespace),
      this.#follow({
        resource: NetworkConfiguration,
        onEvent: ({ object }) =>
          this.#wakeWhere(
            (machine) =>
              machine.metadata?.name === object.metadata?.name &&
              machine.metadata?.namespace === object.metadata?.namespace,
          ),
      }),
    ];
  }

  #followSpec<T extends KubernetesObject>(
    resource: ReflectorOptions<T>["resource"],
    onChange: (object: T) => void,
  ): Reflector<T> {
    return this.#follow<T>({ resource, onEvent: ({ object }) => onChange(object) });
  }

  #followConfigs(): Reflector<KubevirtConfig> {
    const { clientManager } = this.#options;
    return this.#follow({
      resource: KubevirtConfig,
      onEvent: ({ type, object }) => {
        const { name = "", namespace } = object.metadata ?? {};
        // Where the CRD is namespaced, those of other namespaces are somebody else's.
        if (namespace !== undefined && namespace !== clientManager.getConfigNamespace()) return;
        if (type === "added") this.#startCluster(name);
        if (type === "deleted") this.#stopCluster(name);
        // A config may be what unplaced Machines wait for.
        this.#wakeWhere((machine) => [name, ""].includes(configNameOf(machine)));
      },
    });
  }

  #follow<T extends KubernetesObject>(
    options: Pick<ReflectorOptions<T>, "resource" | "onEvent">,
  ): Reflector<T> {
    const { plural } = options.resource;
    return startReflector<T>({
      ...options,
      connect: () => Promise.resolve(this.#supervisor),
      onError: (error) => {
        const fields = { resource: plural, reason: messageOf(error) };
        if (isNotFound(error) || isForbidden(error))
          this.#logger.warn(fields, "the supervisor does not let this be watched");
        else this.#logger.debug(fields, "a watch on the supervisor ended");
      },
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
    });
  }

  /** A client manager may know of clusters that have no config on the supervisor: one that a Machine is on is followed, too. */
  #followPlacement(machine: Machine): void {
    const { conditions } = machine.status ?? {};
    const isResolved = conditions?.some(
      ({ type, status }) => type === "ConfigResolved" && status === "True",
    );
    const configName = configNameOf(machine);
    if (isResolved === true && configName !== "") this.#startCluster(configName);
  }

  #startCluster(configName: string): void {
    if (this.#clusters.has(configName)) return;
    const watch = startClusterWatch({
      configName,
      clientManager: this.#options.clientManager,
      onChange: (machine) => this.#queue.add(machine),
      onReachable: () => this.#wakeWhere((machine) => configNameOf(machine) === configName),
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
    });
    this.#clusters.set(configName, watch);
    this.#logger.info({ cluster: configName }, "follows the cluster");
  }

  #stopCluster(configName: string): void {
    const watch = this.#clusters.get(configName);
    this.#clusters.delete(configName);
    void stop(watch);
    this.#logger.info({ cluster: configName }, "no longer follows the cluster");
  }

  #wakeWhere(isConcerned: (machine: Machine) => boolean): void {
    for (const machine of this.#machines.list()) if (isConcerned(machine)) this.#wake(machine);
  }

  #wake(machine: Machine): void {
    const { namespace = "", name = "" } = machine.metadata ?? {};
    if (isServedMachine(machine)) this.#queue.add({ namespace, name });
  }
}

function configNameOf(machine: Machine | undefined): string {
  return machine?.metadata?.annotations?.[KUBEVIRT_CONFIG_ANNOTATION] ?? "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function stop(watch: ClusterWatch | undefined): Promise<void> {
  await watch?.[Symbol.asyncDispose]();
}

import {
  type Clock,
  type ClusterClient,
  type KubernetesObject,
  type Logger,
  type ObjectKey,
  formatObjectKey,
  isConflict,
  isNotFound,
  objectKeyOf,
  PersistentVolumeClaim,
  type Random,
  type Reflector,
  type Resource,
  runWorkers,
  silentLogger,
  startReflector,
  systemClock,
  systemRandom,
  VirtualMachine,
  VirtualMachineInstance,
  WorkQueue,
} from "@kvop/core";
import { simulateClaim } from "./simulate-claim.js";
import { simulateInstance } from "./simulate-instance.js";
import { simulateVirtualMachine } from "./simulate-virtual-machine.js";
import type { SimulatedCluster, SimulatorTiming } from "./simulated-cluster.js";

/** Settings of {@link startKubevirtSimulator}. */
export interface KubevirtSimulatorOptions {
  /** Any client: of the embedded server through either door, or of a real kube-apiserver. */
  readonly client: ClusterClient;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
  /** How long each stage takes. Default: 100 ms each. */
  readonly timing?: Partial<SimulatorTiming> | undefined;
}

/** A running simulator; disposing of it ends its watches and timers. */
export interface KubevirtSimulator extends AsyncDisposable {
  /** Keeps the VirtualMachine's instance from going beyond a phase (`Pending`, `Scheduling`, `Scheduled`) until disposed of. */
  hold(virtualMachine: ObjectKey, phase: string): Disposable;
}

const DEFAULT_TIMING: SimulatorTiming = {
  schedulingMs: 100,
  startingMs: 100,
  stoppingMs: 100,
  bindingMs: 50,
};

type Item = { readonly kind: "vm" | "vmi" | "pvc"; readonly key: ObjectKey };

/**
 * Plays virt-controller, virt-handler, the scheduler and the volume binder over a cluster's API: VirtualMachines get instances
 * that go through their phases with addresses and volumes, claims are bound, deletions happen in order.
 *
 * Not simulated: migration, hotplug, snapshots, instance types, the virt-launcher Pods, webhooks.
 */
export function startKubevirtSimulator(options: KubevirtSimulatorOptions): KubevirtSimulator {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const logger = options.logger ?? silentLogger;
  const queue = new WorkQueue<Item>({
    keyOf: ({ kind, key }) => `${kind} ${formatObjectKey(key)}`,
    clock,
    maxDelayMs: 5_000,
  });
  const holds = new Set<string>();
  const reflect = <T extends KubernetesObject>(
    resource: Resource<T>,
    items: (object: T) => readonly Item[],
  ): Reflector<T> =>
    startReflector<T>({
      connect: () => Promise.resolve(options.client),
      resource,
      clock,
      random,
      logger,
      onEvent: ({ object }) => {
        for (const item of items(object)) queue.add(item);
      },
    });
  const virtualMachines = reflect(VirtualMachine, (object) => [
    { kind: "vm", key: objectKeyOf(object) },
  ]);
  const instances = reflect(VirtualMachineInstance, (object) => [
    { kind: "vm", key: objectKeyOf(object) },
    { kind: "vmi", key: objectKeyOf(object) },
    ...claimsOf(object),
  ]);
  const claims = reflect(PersistentVolumeClaim, (object) => [
    { kind: "pvc", key: objectKeyOf(object) },
    // An instance that waits for its claims is looked at again when one is bound.
    ...instances
      .list()
      .filter((instance) => instance.metadata?.namespace === object.metadata?.namespace)
      .map((instance): Item => ({ kind: "vmi", key: objectKeyOf(instance) })),
  ]);
  const cluster: SimulatedCluster = {
    client: options.client,
    clock,
    timing: { ...DEFAULT_TIMING, ...options.timing },
    virtualMachines,
    instances,
    claims,
    isHeld: (key, phase) => holds.has(`${formatObjectKey(key)} ${phase}`),
  };
  const workers = runWorkers(queue, {
    concurrency: 16,
    process: async (item) => {
      const again = await simulate(item, cluster).catch((error: unknown) => {
        // Somebody else was faster: what they wrote comes as an event.
        if (isConflict(error) || isNotFound(error)) return 20;
        throw error;
      });
      if (again !== undefined) queue.addAfter(item, again);
    },
    onError: (error, { kind, key }) =>
      logger.warn({ error, kind, key }, "the simulator tries again"),
  });
  return {
    hold: (key, phase) => {
      const id = `${formatObjectKey(key)} ${phase}`;
      holds.add(id);
      return {
        [Symbol.dispose]: () => {
          holds.delete(id);
          queue.add({ kind: "vmi", key });
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(
        [virtualMachines, instances, claims].map((each) => each[Symbol.asyncDispose]()),
      );
      queue.shutDown();
      await workers[Symbol.asyncDispose]();
    },
  };
}

function simulate(item: Item, cluster: SimulatedCluster): Promise<number | undefined> {
  switch (item.kind) {
    case "vm":
      return simulateVirtualMachine(item.key, cluster);
    case "vmi":
      return simulateInstance(item.key, cluster);
    case "pvc":
      return simulateClaim(item.key, cluster);
  }
}

function claimsOf(instance: VirtualMachineInstance): Item[] {
  const namespace = instance.metadata?.namespace ?? "";
  return (instance.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }): Item[] =>
    persistentVolumeClaim === undefined
      ? []
      : [{ kind: "pvc", key: { namespace, name: persistentVolumeClaim.claimName } }],
  );
}

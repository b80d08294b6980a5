import {
  type Clock,
  type ClusterClient,
  type Logger,
  type ObjectKey,
  type Random,
  silentLogger,
  systemClock,
  systemRandom,
} from "@kvop/core";
import type { ApiServer } from "../api-server/api-server.js";
import { EventRecorder } from "./event-recorder.js";
import { controlNode } from "./node/control-node.js";
import { type GuestAgentFacts, GuestStates } from "./node/guest-states.js";
import { NodeState } from "./node/node-state.js";
import { OwnWrites } from "./own-writes.js";
import { startCaches } from "./simulated-caches.js";
import type { SimulatedCluster } from "./simulated-cluster.js";
import { SimulationQueue } from "./simulation-queue.js";
import {
  type SimulatedStage,
  type SimulationTarget,
  type SimulatorTiming,
  StageControl,
  type StageFailure,
} from "./stage-control.js";
import { controlClaim } from "./storage/control-claim.js";
import { controlDataVolume } from "./storage/control-data-volume.js";
import { serveVirtApi } from "./virt-api/serve-virt-api.js";
import { controlInstance } from "./virt-controller/control-instance.js";
import { controlVirtualMachine } from "./virt-controller/control-virtual-machine.js";
import { writeVolumeSnapshotStatuses } from "./virt-controller/volume-snapshot-statuses.js";

/** Settings of {@link startKubevirtSimulator}. */
export interface KubevirtSimulatorOptions {
  /** Any client: of the embedded server through either door, or of a real kube-apiserver. */
  readonly client: ClusterClient;
  /**
   * The embedded server behind the client: it then serves virt-api too, its webhooks and `subresources.kubevirt.io`. Default:
   * there is no virt-api, and the simulator defaults instances itself.
   */
  readonly server?: ApiServer | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
  /** Milliseconds that each stage takes. Default: 50 each, 0 for `start` and `pull`. */
  readonly timing?: Partial<SimulatorTiming> | undefined;
  /** Milliseconds until a component looks at a change. What happens meanwhile it sees as one. Default: 0. */
  readonly reactionMs?: number | undefined;
  /** Image of the launcher Pods. Default: `quay.io/kubevirt/virt-launcher:v1`, never pulled. */
  readonly launcherImage?: string | undefined;
  /** The node that Pods are bound to. Default: `node01`. */
  readonly nodeName?: string | undefined;
}

/** The inside of one virtual machine, which nobody else can act for. */
export interface SimulatedGuest {
  /** The guest shuts itself down. */
  shutDown(): void;
  /** The guest, or its hypervisor, crashes. */
  crash(): void;
  /** The guest is destroyed, as virt-handler does when it does not shut down in time. */
  kill(): void;
  /** Its agent connects and tells of its system; disposing of it disconnects the agent. */
  connectAgent(facts?: GuestAgentFacts): Disposable;
}

/** A running simulator; disposing of it ends its watches and timers. */
export interface KubevirtSimulator extends AsyncDisposable {
  /** Keeps a stage from ending until disposed of. A guest whose `shutdown` is held is killed after its grace period. */
  hold(target: SimulationTarget, stage: SimulatedStage): Disposable;
  /** Gives a stage another length until disposed of. */
  slow(target: SimulationTarget, stage: SimulatedStage, milliseconds: number): Disposable;
  /** Lets a stage fail until disposed of, or so many times; what can be tried again then is. */
  fail(target: SimulationTarget, stage: SimulatedStage, failure?: StageFailure): Disposable;
  /**
   * Loses the node until disposed of: after 50 s its Pods are not ready, after 350 s they are deleted and stay, as nobody ends
   * them. Guests run on, unheard of; who deletes a Pod by force gets a new instance, which waits for the node.
   */
  loseNode(): Disposable;
  /** The guest of a virtual machine. */
  guest(virtualMachine: ObjectKey): SimulatedGuest;
  /** Resolves once the simulator has seen all that was there. */
  waitForSync(): Promise<void>;
}

const DEFAULT_TIMING: SimulatorTiming = {
  start: 0,
  bind: 50,
  import: 50,
  schedule: 50,
  pull: 0,
  launch: 50,
  boot: 50,
  pause: 50,
  shutdown: 50,
  terminate: 50,
};
const DEFAULT_LAUNCHER_IMAGE = "quay.io/kubevirt/virt-launcher:v1";
/** Who goes on when a stage is let go: the node, where nothing else is said. */
const PART_OF_STAGE: Partial<Record<SimulatedStage, "vm" | "claim" | "dataVolume">> = {
  start: "vm",
  bind: "claim",
  import: "dataVolume",
};
/** Machines worked on at once. */
const CONCURRENCY = 16;

/**
 * Plays a KubeVirt cluster over a Kubernetes API: virt-controller, virt-handler, virt-api (on the embedded server), CDI, the
 * scheduler, a kubelet and the volume binder. VirtualMachines get instances and launcher Pods that go through their phases,
 * DataVolumes are filled, claims are bound, deletions happen in order, all by the injected clock and driven by watches alone.
 *
 * What it does not do is listed in docs/kubevirt-simulator.md: migration, hotplug, snapshots, instance types, consoles and more.
 * Calls of that kind are answered with 501.
 */
export function startKubevirtSimulator(options: KubevirtSimulatorOptions): KubevirtSimulator {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const logger = options.logger ?? silentLogger;
  const { client, server } = options;
  const stages = new StageControl({
    timing: { ...DEFAULT_TIMING, ...options.timing },
    clock,
    onChange: (target, stage) => wake(target, stage),
  });
  const guests = new GuestStates((key) => queue.add("node", key));
  const ownWrites = new OwnWrites();
  const revisions = new Map<string, string>();
  const add: SimulationQueue["add"] = (part, key) => queue.add(part, key);
  const caches = startCaches({
    client,
    clock,
    random,
    logger,
    add,
    onGone: (uid) => {
      stages.forget(uid);
      revisions.delete(uid);
    },
  });
  const cluster: SimulatedCluster = {
    client,
    clock,
    random,
    launcherImage: options.launcherImage ?? DEFAULT_LAUNCHER_IMAGE,
    nodeName: options.nodeName ?? "node01",
    node: new NodeState(clock, () => wake("all", "schedule")),
    stages,
    guests,
    events: new EventRecorder(client, clock, random),
    ...caches,
    ownWrites,
    revisions,
    lookAgain: (part, key, delayMs) => queue.addAfter(part, key, delayMs),
  };
  const queue = new SimulationQueue({
    clock,
    logger,
    concurrency: CONCURRENCY,
    reactionMs: options.reactionMs ?? 0,
    steps: {
      snapshot: (key) => writeVolumeSnapshotStatuses(key, cluster),
      vm: (key) => controlVirtualMachine(key, cluster),
      vmi: (key) => controlInstance(key, cluster),
      node: (key) => controlNode(key, cluster),
      claim: (key) => controlClaim(key, cluster),
      dataVolume: (key) => controlDataVolume(key, cluster),
    },
  });
  const wake = (target: SimulationTarget, stage: SimulatedStage): void => {
    const part = PART_OF_STAGE[stage] ?? "node";
    if (target !== "all") {
      queue.add(part, target);
      return;
    }
    const concerned = {
      vm: cluster.virtualMachines,
      node: cluster.instances,
      claim: cluster.claims,
      dataVolume: cluster.dataVolumes,
    }[part];
    for (const { metadata } of concerned.list()) queue.add(part, keyOf(metadata));
  };
  const virtApi = server === undefined ? undefined : serveVirtApi(server, cluster);
  const all = Object.values(caches);
  return {
    hold: (target, stage) => stages.hold(target, stage),
    slow: (target, stage, milliseconds) => stages.slow(target, stage, milliseconds),
    fail: (target, stage, failure) => stages.fail(target, stage, failure),
    loseNode: () => cluster.node.lose(),
    guest: (key) => ({
      shutDown: () => guests.end(key, "shutdown"),
      crash: () => guests.end(key, "crash"),
      kill: () => guests.end(key, "killed"),
      connectAgent: (facts = { id: "debian", name: "Debian GNU/Linux", version: "13" }) => {
        guests.connectAgent(key, facts);
        return { [Symbol.dispose]: () => guests.disconnectAgent(key) };
      },
    }),
    waitForSync: async () => {
      await Promise.all(all.map((cache) => cache.waitForSync()));
    },
    [Symbol.asyncDispose]: async () => {
      virtApi?.[Symbol.dispose]();
      await Promise.all(all.map((cache) => cache[Symbol.asyncDispose]()));
      await queue[Symbol.asyncDispose]();
    },
  };
}

function keyOf(
  metadata: { name?: string | undefined; namespace?: string | undefined } | undefined,
): ObjectKey {
  return { name: metadata?.name ?? "", namespace: metadata?.namespace };
}

import type { ClusterClient, OwnedClient } from "@kvop/core";
import { test as vitestTest, type TestAPI } from "vitest";
import { type ApiServer, startApiServer } from "../api-server/api-server.js";
import type { ListeningApiServer } from "../api-server/api-server-options.js";
import { VirtualClock } from "../clock/virtual-clock.js";
import { type Fleet, type FleetOptions, startFleet } from "../fleet/start-fleet.js";
import { type LeakWatch, type LeakWatchOptions, watchLeaks } from "../leaks/leak-watch.js";
import { importYaml } from "../snapshot/import-yaml.js";
import { type KubevirtSimulator, startKubevirtSimulator } from "../simulator/kubevirt-simulator.js";
import type { SimulatorTiming } from "../simulator/stage-control.js";
import {
  createTestCluster,
  type TestCluster,
  type TestClusterOptions,
} from "../test-cluster/create-test-cluster.js";

/** What a test can ask for; it is made when asked for, for this test alone, and cleaned up after it. */
export interface ClusterFixtures {
  /** How the test's clusters are made: `test.override({ clusterOptions: { ... } })`. Default: `{}`. */
  readonly clusterOptions: TestClusterOptions;
  /** Default: two clusters. */
  readonly fleetOptions: FleetOptions;
  /** Pace of simulated virtual machines. Default: 100 ms a stage. */
  readonly simulatorTiming: Partial<SimulatorTiming>;
  /** `false`: what the test leaves behind is nobody's business. Default: `{}`, everything is checked. */
  readonly leakCheck: LeakWatchOptions | false;
  /** Watches what the test starts; its check comes last. */
  readonly leaks: LeakWatch;
  /** Server, clock, client and chance in one. */
  readonly testCluster: TestCluster;
  /** The time of `cluster`; it stands still until the test moves it. */
  readonly clock: VirtualClock;
  /** A server in the process, on virtual time. */
  readonly cluster: ApiServer;
  /** A client of `cluster`, its admin. */
  readonly client: OwnedClient<ClusterClient>;
  /** Aborted when the test is over: for controllers that run until told otherwise. */
  readonly signal: AbortSignal;
  /** VirtualMachines of `cluster` come to life. */
  readonly simulator: KubevirtSimulator;
  /** Another server, on real time, that listens on HTTPS. */
  readonly listening: ListeningApiServer;
  /** The admin's kubeconfig of `listening`, everything inline. */
  readonly kubeconfig: string;
  /** A supervisor and KubeVirt clusters on HTTPS and real time, with their configs, Secrets and simulators. */
  readonly fleet: Fleet;
}

/** vitest's `test` with {@link ClusterFixtures}. Tests may run at once: none sees anything of another. */
export const test: TestAPI<ClusterFixtures> = vitestTest.extend<ClusterFixtures>({
  clusterOptions: {},
  fleetOptions: { clusters: 2 },
  simulatorTiming: {},
  leakCheck: {},
  leaks: [
    async ({ leakCheck, task }, use) => {
      const isChecked = leakCheck !== false;
      // Listeners of tests that run at once cannot be told apart.
      const options = {
        processListeners: task.concurrent !== true,
        ...(isChecked ? leakCheck : {}),
      };
      const leaks = watchLeaks(isChecked ? options : { ignore: () => true, graceMs: 0 });
      await use(leaks);
      // A test that failed in the middle had no chance to clean up.
      if (task.result?.state !== "fail") await leaks.check();
    },
    { auto: true },
  ],
  testCluster: async ({ clusterOptions, leaks }, use) => {
    const cluster = createTestCluster(clusterOptions);
    await use(cluster);
    for (const leak of await cluster.end()) leaks.add(leak);
  },
  clock: async ({ testCluster }, use) => use(testCluster.clock),
  cluster: async ({ testCluster }, use) => use(testCluster.server),
  client: async ({ testCluster }, use) => use(testCluster.client),
  signal: async ({ testCluster }, use) => {
    const controller = new AbortController();
    await use(controller.signal);
    controller.abort();
    await testCluster.clock.advance(0);
  },
  simulator: async ({ testCluster, simulatorTiming: timing }, use) => {
    const { client, clock, random } = testCluster;
    const simulator = startKubevirtSimulator({ client, clock, random, timing });
    await use(simulator);
    // A request that a fault holds back would keep the simulator from its end.
    testCluster.server.faults.undoAll();
    const ended = simulator[Symbol.asyncDispose]();
    await clock.advance(0);
    await ended;
  },
  listening: async ({ clusterOptions, leaks: _leaks }, use) => {
    const { objects = [], manifests, seed: _seed, clock: _clock, ...options } = clusterOptions;
    const listening = await startApiServer(options);
    for (const object of objects) listening.server.load(structuredClone(object) as never);
    if (manifests !== undefined) importYaml(listening.server, manifests);
    await use(listening);
    await listening[Symbol.asyncDispose]();
    await listening.server[Symbol.asyncDispose]();
  },
  kubeconfig: async ({ listening }, use) => use(listening.kubeconfig()),
  fleet: async ({ fleetOptions, leaks: _leaks }, use) => {
    const fleet = await startFleet(fleetOptions);
    await use(fleet);
    await fleet[Symbol.asyncDispose]();
  },
});

import {
  type ClusterClient,
  type KubernetesObject,
  type OwnedClient,
  type Random,
  seededRandom,
} from "@kvop/core";
import { type ApiServer, createApiServer } from "../api-server/api-server.js";
import type { ApiServerOptions } from "../api-server/api-server-options.js";
import { VirtualClock } from "../clock/virtual-clock.js";
import {
  kubevirtCustomResourceDefinitions,
  vitistackCustomResourceDefinitions,
} from "../crds/custom-resource-definitions.js";
import { LeakError } from "../leaks/leak-error.js";
import { type Leak, originOf } from "../leaks/leak.js";
import { copyJson, type JsonObject } from "../schema/json.js";
import { importYaml } from "../snapshot/import-yaml.js";

/** Settings of {@link createTestCluster}. */
export interface TestClusterOptions extends Omit<ApiServerOptions, "clock" | "random"> {
  /** CustomResourceDefinitions to serve. Default: vitistack's, KubeVirt's, CDI's and Multus'. */
  readonly crds?: readonly object[] | undefined;
  /** Objects that are there from the start, with their status; their namespaces are made. */
  readonly objects?: readonly KubernetesObject[] | undefined;
  /** The same as YAML; definitions among them are served. */
  readonly manifests?: string | undefined;
  /** What names, uids and shares of faults are drawn from. Default: 1. */
  readonly seed?: number | undefined;
  /** Default: one of its own, at 2026-01-01T00:00:00Z, that remembers where its timers were set. */
  readonly clock?: VirtualClock | undefined;
}

/**
 * A server in this process on virtual time, with a client and everything seeded: a test on it repeats itself exactly.
 *
 * Disposing of it ends everything, and throws a `LeakError` when the test left watches, listeners or timers on it.
 */
export interface TestCluster extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly server: ApiServer;
  readonly client: OwnedClient<ClusterClient>;
  /** Ends everything, and says what the test left behind. */
  end(): Promise<readonly Leak[]>;
}

export function createTestCluster(options: TestClusterOptions = {}): TestCluster {
  const { seed = 1, objects = [], manifests, ...serverOptions } = options;
  const clock = options.clock ?? new VirtualClock({ tracesTimers: true });
  const random = seededRandom(seed);
  const server = createApiServer({
    measuresBodies: true,
    ...serverOptions,
    crds: options.crds ?? [
      ...vitistackCustomResourceDefinitions(),
      ...kubevirtCustomResourceDefinitions(),
    ],
    clock,
    random,
  });
  for (const object of objects) server.load(copyJson(object as unknown as JsonObject));
  if (manifests !== undefined) importYaml(server, manifests);
  const client = server.client();
  const end = async (): Promise<readonly Leak[]> => {
    await client[Symbol.asyncDispose]();
    // What was stopped a moment ago may still be on its way out.
    await clock.advance(0);
    const inUse = server.inUse().map((what): Leak => ({ kind: "cluster", what }));
    await server[Symbol.asyncDispose]();
    await clock.advance(0);
    const timers = clock.pending().map(({ inMs, stack }): Leak => ({
      kind: "virtual timer",
      what: `due in ${inMs} ms`,
      where: originOf(stack),
    }));
    return [...inUse, ...timers];
  };
  return {
    clock,
    random,
    server,
    client,
    end,
    [Symbol.asyncDispose]: async () => {
      const leaks = await end();
      if (leaks.length > 0) throw new LeakError(leaks);
    },
  };
}

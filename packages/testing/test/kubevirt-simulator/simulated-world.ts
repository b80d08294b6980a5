import {
  type ClusterClient,
  type KubernetesObject,
  type ObjectKey,
  type Random,
  type Resource,
  seededRandom,
  VirtualMachine,
} from "@kvop/core";
import { type ApiServer, type ApiServerOptions, createApiServer } from "../../src/api-server.js";
import { VirtualClock } from "../../src/clock/virtual-clock.js";
import { kubevirtCustomResourceDefinitions } from "../../src/crds/custom-resource-definitions.js";
import { storageClass, storageProfile } from "../../src/fixtures/kubevirt-fixtures.js";
import {
  type KubevirtSimulator,
  type KubevirtSimulatorOptions,
  startKubevirtSimulator,
} from "../../src/kubevirt.js";

/** What a call was answered with. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly message: string | undefined;
}

/** A simulated cluster in virtual time. */
export interface SimulatedWorld extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly server: ApiServer;
  readonly client: ClusterClient;
  readonly simulator: KubevirtSimulator;
  /** Sends a request as it is, a subresource call when the path begins with a plural. */
  send(method: "GET" | "POST" | "PUT", path: string, body?: object): Promise<Answer>;
  /** Waits until an object is as wanted, at most so many virtual seconds. */
  until<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    isWanted: (object: T | undefined) => boolean,
    seconds?: number,
  ): Promise<T | undefined>;
  /** Waits for a printableStatus. */
  untilStatus(key: ObjectKey, status: string, seconds?: number): Promise<VirtualMachine>;
  /** Every value that a field of an object took from here on. */
  valuesOf<T extends KubernetesObject>(
    resource: Resource<T>,
    key: ObjectKey,
    read: (object: T) => unknown,
  ): unknown[];
}

export const KEY: ObjectKey = { namespace: "default", name: "web" };

/** A VirtualMachine with a container disk, unless told otherwise. */
export function machineOf(
  key: ObjectKey,
  spec: Record<string, unknown> = {},
  volume: Record<string, unknown> = { containerDisk: { image: "images.test/disk:v1" } },
): VirtualMachine {
  const instance = {
    domain: {
      devices: {
        disks: [{ name: "root", disk: { bus: "virtio" } }],
        interfaces: [{ name: "default", masquerade: {} }],
      },
      memory: { guest: "1Gi" },
    },
    networks: [{ name: "default", pod: {} }],
    volumes: [{ name: "root", ...volume }],
  };
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { ...key },
    spec: { runStrategy: "Always", template: { spec: instance }, ...spec },
  } as VirtualMachine;
}

export async function simulatedWorld(
  options: Partial<KubevirtSimulatorOptions> = {},
  controllers: ApiServerOptions["controllers"] = {},
): Promise<SimulatedWorld> {
  const clock = new VirtualClock();
  const random: Random = seededRandom(7);
  const crds = kubevirtCustomResourceDefinitions();
  const server = createApiServer({ clock, random, crds, controllers });
  const client = server.client();
  server.load(storageClass() as never);
  server.load(
    storageClass({
      metadata: { name: "wait" },
      volumeBindingMode: "WaitForFirstConsumer",
    }) as never,
  );
  server.load(storageProfile() as never);
  const simulator = startKubevirtSimulator({ client, server, clock, random, ...options });
  const settle = clock.advance(0);
  await simulator.waitForSync();
  await settle;
  const transport = server.transport();
  const abort = new AbortController();
  const watches: Promise<void>[] = [];
  const world: SimulatedWorld = {
    clock,
    server,
    client,
    simulator,
    send: async (method, path, body) => {
      const full = path.startsWith("/")
        ? path
        : `/apis/subresources.kubevirt.io/v1/namespaces/default/${path}`;
      const answer = await transport.request({
        method,
        path: full,
        verb: "update",
        resource: "",
        timeoutMs: 0,
        accept: "application/json, */*",
        ...(body === undefined ? {} : { body }),
      });
      const { message } = (answer.body ?? {}) as { message?: string };
      return { status: answer.status, body: answer.body, message };
    },
    until: async (resource, key, isWanted, seconds = 600) => {
      let object = await client.find(resource, key);
      await clock.runUntil(
        async () => {
          object = await client.find(resource, key);
          return isWanted(object);
        },
        { timeoutMs: seconds * 1000 },
      );
      return object;
    },
    untilStatus: async (key, status, seconds) => {
      const machine = await world.until(
        VirtualMachine,
        key,
        (vm) => vm?.status?.printableStatus === status,
        seconds,
      );
      return machine as VirtualMachine;
    },
    valuesOf: (resource, key, read) => {
      const values: unknown[] = [];
      watches.push(
        (async () => {
          for await (const event of client.watch(resource, { signal: abort.signal })) {
            if (event.type === "bookmark") continue;
            const { name, namespace } = event.object.metadata ?? {};
            if (name !== key.name || namespace !== key.namespace) continue;
            const value = event.type === "deleted" ? "(deleted)" : read(event.object);
            if (JSON.stringify(value) !== JSON.stringify(values.at(-1))) values.push(value);
          }
        })().catch((error: unknown) => {
          if (!abort.signal.aborted) throw error;
        }),
      );
      return values;
    },
    [Symbol.asyncDispose]: async () => {
      await simulator[Symbol.asyncDispose]();
      abort.abort();
      await Promise.all(watches);
      await server[Symbol.asyncDispose]();
    },
  };
  return world;
}

type Json = Record<string, unknown>;

/** A halted machine with some fields of its instance replaced, by path. */
export function machineWith(changes: Readonly<Record<string, unknown>>): VirtualMachine {
  const machine = machineOf(KEY, { runStrategy: "Halted" });
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split(".");
    const last = parts.pop() ?? "";
    let node = machine.spec as unknown as Json;
    for (const part of parts) node = (node[part] ??= {}) as Json;
    if (value === undefined) delete node[last];
    else node[last] = value;
  }
  return machine;
}

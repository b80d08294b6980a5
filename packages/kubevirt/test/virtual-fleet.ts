import {
  ConnectionFailedError,
  createClusterClient,
  DeadlineExceededError,
  KubevirtConfig,
  type Logger,
  type OwnedClient,
  type RemoteClient,
  Secret,
  seededRandom,
  sleep,
  type SupervisorClient,
  type Transport,
  type TransportRequest,
} from "@kvop/core";
import {
  type ApiServer,
  createApiServer,
  kubeconfigSecret,
  kubeconfigText,
  kubevirtConfig,
  kubevirtCustomResourceDefinitions,
  VirtualClock,
  vitistackCustomResourceDefinitions,
} from "@kvop/testing";

import type { ClusterConnection } from "../src/index.js";
import { recordOutput, recordSecret } from "./outputs.js";

/** How a cluster, or the supervisor, behaves towards its clients. */
export type Behaviour =
  | "well"
  /** Takes requests and never answers. */
  | "silent"
  /** Refuses every connection. */
  | "down";

/** A cluster of a {@link VirtualFleet}. */
export class VirtualCluster {
  readonly name: string;
  readonly server: ApiServer;
  readonly url: string;
  behaviour: Behaviour = "well";
  /** The token that it takes. */
  token = "token-1-of-the-fixture";
  /** Runs before each request; what it throws is the answer. */
  before: ((request: TransportRequest) => void | Promise<void>) | undefined;
  /** Requests that were sent to it, answered or not. */
  readonly requests: string[] = [];
  /** Clients that were opened and not closed. */
  open = 0;
  dials = 0;
  readonly #clock: VirtualClock;

  constructor(name: string, url: string, clock: VirtualClock, crds: readonly object[]) {
    this.name = name;
    this.url = url;
    this.#clock = clock;
    this.server = createApiServer({ name, clock, crds });
  }

  kubeconfig(token = this.token): string {
    recordSecret(token);
    return kubeconfigText({ server: this.url, token });
  }

  connect(connection: ClusterConnection): OwnedClient<RemoteClient> {
    this.dials += 1;
    this.open += 1;
    return createClusterClient(this.#transport(connection.token ?? ""), {
      role: "cluster",
      name: this.name,
      clock: this.#clock,
    });
  }

  /** Events over a connection that may die: what is sent then is lost, and nobody is told. */
  async *#carry(
    events: AsyncIterable<unknown>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<unknown> {
    for await (const event of events) {
      if (this.behaviour === "down")
        throw new ConnectionFailedError({ cluster: this.name, address: this.url });
      if (this.behaviour === "silent")
        await new Promise<never>((_, reject) => {
          const onAbort = (): void => reject(signal?.reason as Error);
          if (signal?.aborted === true) onAbort();
          signal?.addEventListener("abort", onAbort, { once: true });
        });
      yield event;
    }
  }

  #transport(token: string): Transport {
    const inner = this.server.transport();
    const closing = new AbortController();
    const enter = async (request: TransportRequest): Promise<TransportRequest> => {
      this.requests.push(`${request.verb} ${request.path}`);
      closing.signal.throwIfAborted();
      await this.before?.(request);
      await obey(this, request, this.#clock, closing.signal);
      // Both ends of a connection may end a watch.
      const either = AbortSignal.any(
        [request.signal, closing.signal].filter((signal) => signal !== undefined),
      );
      return { ...request, signal: either };
    };
    const refusal = {
      status: 401,
      headers: {},
      body: { kind: "Status", code: 401, reason: "Unauthorized", message: "Unauthorized" },
    };
    return {
      request: async (request) => {
        const entered = await enter(request);
        return token === this.token ? inner.request(entered) : refusal;
      },
      stream: async (request) => {
        const entered = await enter(request);
        if (token === this.token) {
          const stream = await inner.stream(entered);
          return { ...stream, events: this.#carry(stream.events, entered.signal) };
        }
        return { ...refusal, events: (async function* none() {})() };
      },
      [Symbol.asyncDispose]: async () => {
        if (!closing.signal.aborted) this.open -= 1;
        closing.abort(new ConnectionFailedError({ cluster: this.name, address: this.url }));
      },
    };
  }
}

async function obey(
  target: { readonly behaviour: Behaviour; readonly name: string },
  request: TransportRequest,
  clock: VirtualClock,
  closing?: AbortSignal,
): Promise<void> {
  if (target.behaviour === "well") return;
  if (target.behaviour === "down")
    throw new ConnectionFailedError({
      cluster: target.name,
      address: "10.0.0.1:6443",
      systemCode: "ECONNREFUSED",
    });
  const { signal, timeoutMs } = request;
  const either = AbortSignal.any([signal, closing].filter((each) => each !== undefined));
  await sleep(clock, timeoutMs === 0 ? 1e9 : timeoutMs, { signal: either });
  throw new DeadlineExceededError({ cluster: target.name, timeoutMs, phase: "request" });
}

/** A supervisor and clusters within the process, on virtual time. */
export class VirtualFleet {
  readonly clock = new VirtualClock();
  readonly random = seededRandom(5);
  readonly supervisor: ApiServer;
  readonly clusters = new Map<string, VirtualCluster>();
  readonly log: Array<{
    readonly level: string;
    readonly fields: object;
    readonly message: string;
  }> = [];
  supervisorBehaviour: Behaviour = "well";
  /** Answers requests of the supervisor before it does: what it throws is the answer. */
  beforeSupervisor: ((request: TransportRequest) => void | Promise<void>) | undefined;
  openSupervisorWatches = 0;
  /** Requests to the supervisor, as `verb resource`. */
  readonly supervisorRequests: string[] = [];

  constructor() {
    this.supervisor = createApiServer({
      name: "supervisor",
      clock: this.clock,
      crds: vitistackCustomResourceDefinitions(),
    });
  }

  get logger(): Logger {
    const at = (level: string) => (fields: object, message: string) => {
      this.log.push({ level, fields, message });
      recordOutput({ fields, message });
    };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }

  /** Settings of a manager on this fleet. */
  get options() {
    return {
      clock: this.clock,
      random: this.random,
      logger: this.logger,
      connect: (connection: ClusterConnection): Promise<OwnedClient<RemoteClient>> => {
        const cluster = [...this.clusters.values()].find(({ url }) => url === connection.server);
        if (cluster === undefined) throw new Error(`no cluster at ${connection.server}`);
        return Promise.resolve(cluster.connect(connection));
      },
    };
  }

  get supervisorClient(): SupervisorClient {
    const inner = this.supervisor.transport();
    const enter = async (request: TransportRequest): Promise<void> => {
      this.supervisorRequests.push(`${request.verb} ${request.resource}`);
      // What is written to the supervisor is for all to read.
      recordOutput(request.path);
      if (request.body !== undefined) recordOutput(request.body);
      await this.beforeSupervisor?.(request);
      await obey({ behaviour: this.supervisorBehaviour, name: "supervisor" }, request, this.clock);
    };
    const transport: Transport = {
      request: async (request) => {
        await enter(request);
        return inner.request(request);
      },
      stream: async (request) => {
        await enter(request);
        const stream = await inner.stream(request);
        return { ...stream, events: this.#counted(stream.events) };
      },
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
    return createClusterClient(transport, {
      role: "supervisor",
      name: "supervisor",
      clock: this.clock,
    });
  }

  async *#counted(events: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    this.openSupervisorWatches += 1;
    try {
      for await (const event of events) {
        if (this.supervisorBehaviour !== "well")
          throw new ConnectionFailedError({ cluster: "supervisor", address: "10.1.0.1:6443" });
        yield event;
      }
    } finally {
      this.openSupervisorWatches -= 1;
    }
  }

  /** Reads of configs and Secrets so far. */
  get reads(): number {
    return this.supervisorRequests.filter((request) => /^(get|list) /.test(request)).length;
  }

  /** A cluster with its config and Secret. */
  async add(
    name: string,
    options: { readonly isBare?: boolean; readonly labels?: Record<string, string> } = {},
  ): Promise<VirtualCluster> {
    const cluster = this.addServer(name, options.isBare ?? true);
    const client = this.supervisor.client();
    await this.putSecret(name, cluster.kubeconfig());
    await client.create(KubevirtConfig, kubevirtConfig({ metadata: { name } }));
    return cluster;
  }

  /** A cluster that nothing leads to yet. */
  addServer(name: string, isBare = true): VirtualCluster {
    const url = `https://10.0.0.${this.clusters.size + 1}:6443`;
    const crds = isBare ? [] : kubevirtCustomResourceDefinitions();
    const cluster = new VirtualCluster(name, url, this.clock, crds);
    this.clusters.set(name, cluster);
    return cluster;
  }

  /** Makes a Secret. */
  async putSecret(name: string, kubeconfig: string): Promise<void> {
    this.supervisor.load(kubeconfigSecret(kubeconfig, { metadata: { name } }) as never);
  }

  /** Replaces the kubeconfig in a Secret. */
  async setKubeconfig(name: string, kubeconfig: string): Promise<void> {
    await this.supervisor
      .client()
      .patch(
        Secret,
        { namespace: "kubevirt-configs", name },
        { type: "merge", patch: { data: kubeconfigSecret(kubeconfig).data ?? {} } },
      );
  }

  async deleteConfig(name: string): Promise<void> {
    await this.supervisor.client().delete(KubevirtConfig, { name });
  }

  /** All that was logged, as text. */
  get logText(): string {
    return JSON.stringify(this.log, (_key, value: unknown) =>
      value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value,
    );
  }
}

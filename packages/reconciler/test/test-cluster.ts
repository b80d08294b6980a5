import {
  type ClientRole,
  type Clock,
  type ClusterClient,
  ConnectionFailedError,
  createClusterClient,
  type KubernetesObject,
  type ObjectKey,
  type Resource,
  seededRandom,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type TransportStream,
} from "@kvop/core";
import {
  type ApiServer,
  createApiServer,
  kubevirtCustomResourceDefinitions,
  vitistackCustomResourceDefinitions,
} from "@kvop/testing";

type Stored<T extends KubernetesObject> = T & {
  metadata: NonNullable<KubernetesObject["metadata"]>;
};

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: { scope: string };
}

/** An API server in this process, with a client for the code under test that can fail and is listened to. */
export class TestCluster<Role extends ClientRole = ClientRole> implements Transport {
  readonly server: ApiServer;
  /** For the code under test. */
  readonly client: ClusterClient<Role>;
  /** For the test itself. */
  readonly admin: ClusterClient;
  /** Writes of the code under test that succeeded, as `verb resource name`. */
  readonly writes: string[] = [];
  /** Throws to refuse or lose a request of the code under test. */
  beforeRequest: ((request: TransportRequest) => void | Promise<void>) | undefined;
  /** Throws to lose an answer. */
  afterRequest: ((request: TransportRequest) => void) | undefined;
  isDown = false;
  readonly #transport: Transport;
  readonly #name: string;

  constructor(
    role: Role,
    name: string,
    clock: Clock,
    options: { readonly isConfigNamespaced?: boolean | undefined } = {},
  ) {
    const isNamespaced = options.isConfigNamespaced === true;
    const vitistack = structuredClone(
      vitistackCustomResourceDefinitions(),
    ) as unknown as Definition[];
    for (const { metadata, spec } of vitistack)
      if (metadata.name === "kubevirtconfigs.vitistack.io" && isNamespaced)
        spec.scope = "Namespaced";
    this.#name = name;
    this.server = createApiServer({
      name,
      clock,
      random: seededRandom(7),
      crds: [...vitistack, ...kubevirtCustomResourceDefinitions()],
    });
    this.admin = this.server.client();
    this.#transport = this.server.transport();
    this.client = createClusterClient<Role>(this, { role, name });
  }

  /** Puts an object there as it is, status and all. */
  load(object: object): void {
    this.server.load(structuredClone(object) as Parameters<ApiServer["load"]>[0]);
  }

  async all<T extends KubernetesObject>(resource: Resource<T>): Promise<readonly Stored<T>[]> {
    const { items } = await this.admin.list(resource);
    return items as Stored<T>[];
  }

  async remove(resource: Resource, key: ObjectKey): Promise<void> {
    await this.admin.delete(resource, key);
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.#checkUp();
    await this.beforeRequest?.(request);
    const response = await this.#transport.request(request);
    if (request.method !== "GET" && response.status < 300) {
      const body = request.body as KubernetesObject | undefined;
      const name =
        request.method === "POST" ? body?.metadata?.name : request.path.split("/").at(-1);
      this.writes.push(`${request.verb} ${request.resource} ${name}`);
    }
    this.afterRequest?.(request);
    return response;
  }

  // oxlint-disable-next-line typescript/require-await -- a transport rejects, it does not throw
  async stream(request: TransportRequest): Promise<TransportStream> {
    this.#checkUp();
    return this.#transport.stream(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }

  #checkUp(): void {
    if (this.isDown)
      throw new ConnectionFailedError({ cluster: this.#name, address: "127.0.0.1:1" });
  }
}

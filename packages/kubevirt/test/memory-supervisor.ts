import {
  createClusterClient,
  type KubevirtConfig,
  type Secret,
  type SupervisorClient,
  type TransportRequest,
  type TransportResponse,
  type TransportStream,
} from "@kvop/core";

import { statusOf } from "./cluster-server.js";

/** A supervisor of a few objects within the process; it counts what it is asked. Its watches say what is there, and nothing of what changes. */
export class MemorySupervisor {
  readonly configs = new Map<string, KubevirtConfig>();
  readonly secrets = new Map<string, Secret>();
  /** Paths that were read. */
  readonly requests: string[] = [];
  /** Paths that are watched, with their field selectors. */
  readonly watches: string[] = [];
  isNamespaced = false;
  /** Runs before each answer. */
  before: ((path: string) => Promise<void> | void) | undefined;
  readonly client: SupervisorClient;

  constructor() {
    this.client = createClusterClient(
      {
        request: (request) => this.#answer(request),
        stream: (request) => Promise.resolve(this.#watch(request)),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      },
      { role: "supervisor", name: "supervisor" },
    );
  }

  addCluster(name: string, kubeconfig: string): void {
    this.configs.set(name, {
      metadata: { name },
      spec: { name, kubeconfigSecretRef: `${name}-kubeconfig`, secretNamespace: "" },
    });
    this.setKubeconfig(name, kubeconfig);
  }

  setKubeconfig(name: string, kubeconfig: string): void {
    this.secrets.set(`kubevirt-configs/${name}-kubeconfig`, {
      metadata: { name: `${name}-kubeconfig`, resourceVersion: "1" },
      data: { kubeconfig: Buffer.from(kubeconfig).toString("base64") },
    });
  }

  #watch(request: TransportRequest): TransportStream {
    const isListing = request.query?.some(([name]) => name === "sendInitialEvents") ?? false;
    const { signal, path, query = [] } = request;
    const selector = query.find(([name]) => name === "fieldSelector")?.[1];
    this.watches.push(selector === undefined ? path : `${path} ${selector}`);
    const namespace = this.isNamespaced ? { namespace: "kubevirt-configs" } : {};
    const configs = path.endsWith("/kubevirtconfigs")
      ? [...this.configs.values()].map(({ metadata, ...rest }) => ({
          metadata: { ...metadata, ...namespace },
          ...rest,
        }))
      : [];
    async function* events(): AsyncGenerator<unknown> {
      const annotations = { "k8s.io/initial-events-end": "true" };
      if (isListing) for (const object of configs) yield { type: "ADDED", object };
      if (isListing)
        yield { type: "BOOKMARK", object: { metadata: { resourceVersion: "1", annotations } } };
      await new Promise<never>((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    }
    return { status: 200, headers: {}, body: undefined, events: events() };
  }

  async #answer(request: TransportRequest): Promise<TransportResponse> {
    if (request.method === "GET") this.requests.push(request.path);
    await this.before?.(request.path);
    const body = structuredClone(this.#find(request.path));
    return body === undefined
      ? {
          status: 404,
          headers: {},
          body: statusOf(404, "NotFound", this.#knows(request.path) ? "x" : ""),
        }
      : { status: 200, headers: {}, body };
  }

  #knows(path: string): boolean {
    return !path.startsWith("/apis/") || path.includes("/namespaces/") === this.isNamespaced;
  }

  #find(path: string): unknown {
    const root = "/apis/vitistack.io/v1alpha1";
    if (path === root)
      return { resources: [{ name: "kubevirtconfigs", namespaced: this.isNamespaced }] };
    const configs = `${root}${this.isNamespaced ? "/namespaces/kubevirt-configs" : ""}/kubevirtconfigs`;
    if (path === configs) return { metadata: {}, items: [...this.configs.values()] };
    if (path.startsWith(`${configs}/`)) return this.configs.get(path.slice(configs.length + 1));
    const [, namespace, name] =
      /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(path) ?? [];
    return this.secrets.get(`${namespace}/${name}`);
  }
}

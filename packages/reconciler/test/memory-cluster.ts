import {
  type ClientRole,
  type ClusterClient,
  ConnectionFailedError,
  createClusterClient,
  type KubernetesObject,
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type TransportStream,
} from "@kvop/core";

type Stored = KubernetesObject & { metadata: NonNullable<KubernetesObject["metadata"]> } & Record<
    string,
    unknown
  >;

interface Target {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** One write that arrived, as `verb resource namespace/name`. */
export type Write = string;

/**
 * As much of an API server as these tests lean on: optimistic locking, uid preconditions, finalizers, status apart from the
 * rest, merge patches, watches without history.
 */
export class MemoryCluster<Role extends ClientRole = ClientRole> implements Transport {
  readonly client: ClusterClient<Role>;
  readonly writes: Write[] = [];
  /** Called with each object after each change; plays the controllers of the cluster. */
  onChange: ((type: "added" | "modified" | "deleted", object: Stored) => void) | undefined;
  /** Throws to refuse or lose a request. */
  beforeRequest: ((request: TransportRequest) => void) | undefined;
  /** Throws to lose an answer. */
  afterRequest: ((request: TransportRequest) => void) | undefined;
  isDown = false;
  readonly #objects = new Map<string, Stored>();
  readonly #watchers = new Set<(collection: string, type: string, object: Stored) => void>();
  readonly #name: string;
  #version = 0;

  constructor(role: Role, name: string) {
    this.#name = name;
    this.client = createClusterClient(this, { role, name });
  }

  put(object: KubernetesObject, collection: string): Stored {
    const { namespace, name = "" } = object.metadata ?? {};
    const key = keyOf({ collection, namespace, name });
    return this.#store(key, structuredClone(object) as Stored, this.#objects.get(key));
  }

  /** Objects of a collection, for example `virtualmachines`. */
  all(plural: string): readonly Stored[] {
    return [...this.#objects]
      .filter(([key]) => key.split("|")[0]?.endsWith(`/${plural}`))
      .map(([, object]) => object);
  }

  remove(plural: string, name: string): void {
    for (const [key, object] of this.#objects) {
      if (key.split("|")[0]?.endsWith(`/${plural}`) !== true || object.metadata.name !== name)
        continue;
      this.#drop(key, object);
    }
  }

  // oxlint-disable-next-line typescript/require-await -- a transport rejects, it does not throw
  async request(request: TransportRequest): Promise<TransportResponse> {
    this.#checkUp();
    this.beforeRequest?.(request);
    const target = parsePath(request.path);
    const response = this.#answer(request, target);
    if (request.method !== "GET" && response.status < 300) {
      const resource = target.subresource === undefined ? "" : `/${target.subresource}`;
      const body = request.body as KubernetesObject | undefined;
      const name = target.name ?? body?.metadata?.name ?? "";
      this.writes.push(`${request.verb} ${target.collection.split("/").at(-1)}${resource} ${name}`);
    }
    this.afterRequest?.(request);
    return { headers: {}, ...response, body: structuredClone(response.body) };
  }

  // oxlint-disable-next-line typescript/require-await -- a transport rejects, it does not throw
  async stream(request: TransportRequest): Promise<TransportStream> {
    this.#checkUp();
    return {
      status: 200,
      headers: {},
      body: undefined,
      events: this.#watch(parsePath(request.path), request.signal),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #checkUp(): void {
    if (this.isDown)
      throw new ConnectionFailedError({ cluster: this.#name, address: "127.0.0.1:1" });
  }

  async *#watch(target: Target, signal: AbortSignal | undefined): AsyncGenerator<unknown> {
    const pending: unknown[] = [];
    let wake = (): void => undefined;
    const watcher = (collection: string, type: string, object: Stored): void => {
      if (collection !== target.collection) return;
      pending.push({ type: type.toUpperCase(), object: structuredClone(object) });
      wake();
    };
    this.#watchers.add(watcher);
    signal?.addEventListener("abort", () => wake(), { once: true });
    try {
      while (signal?.aborted !== true) {
        while (pending.length > 0) yield pending.shift();
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal?.aborted === true) resolve();
        });
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  #answer(request: TransportRequest, target: Target): { status: number; body: unknown } {
    const { collection, namespace, name = "", subresource } = target;
    const key = keyOf({ collection, namespace, name });
    const present = this.#objects.get(key);
    if (request.method === "GET" && target.name === undefined) return this.#list(target, request);
    if (request.method === "POST") {
      const object = structuredClone(request.body) as Stored;
      object.metadata.namespace ??= namespace;
      const own = keyOf({ collection, namespace, name: object.metadata.name ?? "" });
      if (this.#objects.has(own)) return refuse(409, "AlreadyExists");
      delete object["status"];
      return { status: 201, body: this.#store(own, object, undefined) };
    }
    if (present === undefined) return refuse(404, "NotFound");
    if (request.method === "GET") return { status: 200, body: present };
    if (request.method === "DELETE") return this.#delete(key, present, request.body);
    const patch = structuredClone(request.body) as Stored;
    const { resourceVersion, uid } = patch.metadata ?? {};
    const isStale =
      resourceVersion !== undefined && resourceVersion !== present.metadata.resourceVersion;
    if (isStale || (uid !== undefined && uid !== present.metadata.uid))
      return refuse(409, "Conflict");
    const patched =
      subresource === "status"
        ? { ...present, status: merge(present["status"], patch["status"]) }
        : { ...(merge(present, patch) as Stored), status: present["status"] };
    const isFree = (patched.metadata.finalizers ?? []).length === 0;
    if (patched.metadata.deletionTimestamp !== undefined && isFree) {
      this.#drop(key, patched);
      return { status: 200, body: patched };
    }
    return { status: 200, body: this.#store(key, patched, present) };
  }

  #list(target: Target, request: TransportRequest): { status: number; body: unknown } {
    const selector = request.query?.find(([name]) => name === "labelSelector")?.[1];
    const [label = "", value] = selector?.split("=") ?? [];
    const items = [...this.#objects]
      .filter(([key]) => key.startsWith(`${target.collection}|`))
      .map(([, object]) => object)
      .filter(
        ({ metadata }) => target.namespace === undefined || metadata.namespace === target.namespace,
      )
      .filter(({ metadata }) => {
        const found = metadata.labels?.[label];
        return label === "" || (value === undefined ? found !== undefined : found === value);
      });
    return { status: 200, body: { metadata: { resourceVersion: String(this.#version) }, items } };
  }

  #delete(key: string, present: Stored, body: unknown): { status: number; body: unknown } {
    const uid = (body as { preconditions?: { uid?: string } } | undefined)?.preconditions?.uid;
    if (uid !== undefined && uid !== present.metadata.uid) return refuse(409, "Conflict");
    if ((present.metadata.finalizers ?? []).length === 0) {
      this.#drop(key, present);
      return { status: 200, body: { kind: "Status", status: "Success" } };
    }
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    const marked = { ...present, metadata: { ...present.metadata, deletionTimestamp } };
    return { status: 200, body: this.#store(key, marked, present) };
  }

  #store(key: string, object: Stored, old: Stored | undefined): Stored {
    this.#version += 1;
    object.metadata.uid ??= old?.metadata.uid ?? `${this.#name}-uid-${this.#version}`;
    object.metadata.resourceVersion = String(this.#version);
    object.metadata.creationTimestamp ??= "2026-01-01T00:00:00Z";
    const isSpecChanged = JSON.stringify(old?.["spec"]) !== JSON.stringify(object["spec"]);
    object.metadata.generation = (old?.metadata.generation ?? 0) + (isSpecChanged ? 1 : 0);
    this.#objects.set(key, object);
    this.#tell(key, old === undefined ? "added" : "modified", object);
    return this.#objects.get(key) ?? object;
  }

  #drop(key: string, object: Stored): void {
    this.#version += 1;
    this.#objects.delete(key);
    this.#tell(key, "deleted", {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    });
  }

  #tell(key: string, type: "added" | "modified" | "deleted", object: Stored): void {
    for (const watcher of this.#watchers) watcher(key.split("|")[0] ?? "", type, object);
    this.onChange?.(type, object);
  }
}

function refuse(code: number, reason: string): { status: number; body: unknown } {
  return {
    status: code,
    body: { kind: "Status", status: "Failure", reason, message: reason, code },
  };
}

function keyOf(target: {
  collection: string;
  namespace?: string | undefined;
  name: string;
}): string {
  return `${target.collection}|${target.namespace ?? ""}|${target.name}`;
}

function parsePath(path: string): Target {
  const parts = path.split("/").filter((part) => part !== "");
  const group = parts.splice(0, parts[0] === "api" ? 2 : 3).join("/");
  const hasNamespace = parts[0] === "namespaces" && parts.length > 2;
  const namespace = hasNamespace ? parts.splice(0, 2)[1] : undefined;
  const [plural = "", name, subresource] = parts;
  return { collection: `${group}/${plural}`, namespace, name, subresource };
}

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
  const result: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = merge(result[name], value);
  }
  return result;
}

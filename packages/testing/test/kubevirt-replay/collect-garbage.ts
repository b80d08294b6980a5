import { type Clock, type ClusterClient, type Resource, type Transport } from "@kvop/core";
import { KINDS } from "./call-step.js";

const WATCHED = [
  "VirtualMachine",
  "VirtualMachineInstance",
  "Pod",
  "PersistentVolumeClaim",
  "DataVolume",
  "ControllerRevision",
];
/** A real garbage collector asks the server about an object and its owners before it acts; virt-controller is faster. */
const REACTION_MS = 20;

interface Owner {
  readonly uid: string;
  readonly blockOwnerDeletion?: boolean;
}
interface Metadata {
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly Owner[];
}
interface Item {
  readonly resource: Resource;
  readonly metadata: Metadata;
}

/**
 * The garbage collector of a kube-controller-manager at its own pace: the embedded server's works within the write that calls
 * for it, which is before virt-controller has seen the write.
 */
export function collectGarbage(
  client: ClusterClient,
  transport: Transport,
  clock: Clock,
): () => Promise<void> {
  const items = new Map<string, Item>();
  const abort = new AbortController();
  const collector = new Collector(items, transport);
  const watches = WATCHED.map(async (kind) => {
    const resource = KINDS[kind] as Resource;
    try {
      for await (const event of client.watch(resource, { signal: abort.signal })) {
        if (event.type === "bookmark") continue;
        const metadata = event.object.metadata as unknown as Metadata;
        if (event.type === "deleted") items.delete(metadata.uid);
        else items.set(metadata.uid, { resource, metadata });
        const isCalledFor = event.type === "deleted" || metadata.deletionTimestamp !== undefined;
        if (isCalledFor) {
          clock.setTimer(() => {
            collector.look({ resource, metadata }).catch(() => undefined);
          }, REACTION_MS);
        }
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  });
  return async () => {
    abort.abort();
    await Promise.all(watches);
  };
}

class Collector {
  readonly #items: ReadonlyMap<string, Item>;
  readonly #transport: Transport;

  constructor(items: ReadonlyMap<string, Item>, transport: Transport) {
    this.#items = items;
    this.#transport = transport;
  }

  async look(item: Item): Promise<void> {
    const { uid, finalizers = [] } = item.metadata;
    const present = this.#items.get(uid);
    const dependents = [...this.#items.values()].filter(({ metadata }) => isOwned(metadata, uid));
    if (present === undefined) {
      for (const dependent of dependents) await this.#collect(dependent, false);
      for (const { uid: owner } of item.metadata.ownerReferences ?? []) {
        const waiting = this.#items.get(owner);
        if (waiting?.metadata.finalizers?.includes("foregroundDeletion") === true)
          await this.look(waiting);
      }
    } else if (finalizers.includes("orphan")) {
      for (const dependent of dependents) await this.#letGo(dependent, uid);
      await this.#dropFinalizer(present, "orphan");
    } else if (finalizers.includes("foregroundDeletion")) {
      const blocking = dependents.filter(({ metadata }) =>
        metadata.ownerReferences?.some((each) => each.uid === uid && each.blockOwnerDeletion),
      );
      if (blocking.length === 0) await this.#dropFinalizer(present, "foregroundDeletion");
      for (const dependent of dependents) await this.#collect(dependent, true);
    }
  }

  async #collect({ resource, metadata }: Item, isForeground: boolean): Promise<void> {
    if (metadata.deletionTimestamp !== undefined) return;
    const hasDependents = [...this.#items.values()].some((each) =>
      isOwned(each.metadata, metadata.uid),
    );
    await this.#send("DELETE", resource, metadata, {
      preconditions: { uid: metadata.uid },
      propagationPolicy: isForeground && hasDependents ? "Foreground" : "Background",
    });
  }

  async #letGo({ resource, metadata }: Item, uid: string): Promise<void> {
    const others = (metadata.ownerReferences ?? []).filter((each) => each.uid !== uid);
    await this.#send("PATCH", resource, metadata, {
      metadata: { ownerReferences: others.length > 0 ? others : null, uid: metadata.uid },
    });
  }

  async #dropFinalizer({ resource, metadata }: Item, finalizer: string): Promise<void> {
    const now = this.#items.get(metadata.uid)?.metadata.finalizers ?? [];
    await this.#send("PATCH", resource, metadata, {
      metadata: { finalizers: now.filter((each) => each !== finalizer) },
    });
  }

  async #send(
    method: "DELETE" | "PATCH",
    resource: Resource,
    { namespace, name }: Metadata,
    body: object,
  ): Promise<void> {
    const api = resource.group === "" ? "api" : `apis/${resource.group}`;
    await this.#transport.request({
      method,
      path: `/${api}/${resource.version}/namespaces/${namespace ?? ""}/${resource.plural}/${name}`,
      verb: "update",
      resource: "",
      timeoutMs: 0,
      body,
      ...(method === "PATCH" ? { contentType: "application/merge-patch+json" } : {}),
    });
  }
}

function isOwned(metadata: Metadata, uid: string): boolean {
  return metadata.ownerReferences?.some((each) => each.uid === uid) === true;
}

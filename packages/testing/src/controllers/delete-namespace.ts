import { deleteObject } from "../api-server/delete-object.js";
import type { ServedResource } from "../api-server/resource-registry.js";
import type { ServerContext } from "../api-server/server-context.js";
import { metadataOf } from "../api-server/write-target.js";
import { type JsonObject, jsonEqual } from "../schema/json.js";
import { keyOf } from "../store/object-store.js";
import { controllerTarget } from "./controller-target.js";
import { type Remaining, namespaceConditions } from "./namespace-conditions.js";
import { storedResources } from "./stored-resources.js";

const NAMESPACES = "/namespaces";
/** How long a real namespace controller waits before it looks at a namespace. */
const GRACE_MS = 5000;

/** Sees to the deletion of a namespace when it begins, and when something in it is gone. */
export function followNamespace(
  resource: ServedResource,
  object: JsonObject,
  context: ServerContext,
): void {
  const { name, namespace } = metadataOf(object) as { name: string; namespace?: string };
  const isNamespace = resource.storageKey === NAMESPACES;
  const place = isNamespace ? name : namespace;
  if (place === undefined || terminating(place, context) === undefined) return;
  if (context.controllers.pace === "realistic") {
    if (isNamespace) lookLater(place, context);
    return;
  }
  const isGone = context.store.get(resource.storageKey, keyOf(object)) === undefined;
  if (isNamespace) emptyNamespace(place, context);
  else if (isGone) finishNamespace(place, context);
}

function lookLater(name: string, context: ServerContext): void {
  context.timers.set(`namespace ${name}`, GRACE_MS, () => {
    if (terminating(name, context) === undefined) return;
    emptyNamespace(name, context);
    if (terminating(name, context) !== undefined) lookLater(name, context);
  });
}

function terminating(name: string, { store }: ServerContext): JsonObject | undefined {
  const namespace = store.get(NAMESPACES, `/${name}`);
  return namespace !== undefined && metadataOf(namespace)["deletionTimestamp"] !== undefined
    ? namespace
    : undefined;
}

function emptyNamespace(name: string, context: ServerContext): void {
  // Whoever goes takes what it owns along: look again before each deletion.
  for (const [resource, object] of [...contents(name, context)]) {
    const present = context.store.get(resource.storageKey, keyOf(object));
    const metadata = present === undefined ? {} : metadataOf(present);
    if (present === undefined || metadata["deletionTimestamp"] !== undefined) continue;
    const target = controllerTarget(resource, name, String(metadata["name"]));
    context.dynamic.asController(context, (own) => deleteObject({}, target, own));
  }
  finishNamespace(name, context);
}

/** Says what is left in a namespace that is being deleted, and lets it go when that is nothing. */
function finishNamespace(name: string, context: ServerContext): void {
  const namespace = terminating(name, context);
  if (namespace === undefined) return;
  const left = remaining(name, context);
  const told = namespaceConditions(namespace, left, context.clock.now());
  const current = jsonEqual(told, namespace) ? namespace : context.store.put(NAMESPACES, told);
  const finalizers = (metadataOf(current)["finalizers"] ?? []) as string[];
  if (left.length > 0 || finalizers.length > 0) return;
  context.store.delete(NAMESPACES, current);
}

function remaining(name: string, context: ServerContext): readonly Remaining[] {
  const left = new Map<string, { count: number; finalizers: string[] }>();
  for (const [{ plural, group }, object] of contents(name, context)) {
    const resource = `${plural}.${group}`;
    const entry = left.get(resource) ?? { count: 0, finalizers: [] };
    entry.count += 1;
    entry.finalizers.push(...((metadataOf(object)["finalizers"] ?? []) as string[]));
    left.set(resource, entry);
  }
  return [...left].map(([resource, entry]) => ({ resource, ...entry }));
}

function* contents(
  namespace: string,
  context: ServerContext,
): Generator<readonly [ServedResource, JsonObject]> {
  for (const resource of storedResources(context)) {
    if (!resource.namespaced) continue;
    for (const object of context.store.list(resource.storageKey).objects)
      if (metadataOf(object)["namespace"] === namespace) yield [resource, object];
  }
}

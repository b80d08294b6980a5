import { ApiError, type ClockTimer } from "@kvop/core";
import type { JsonObject } from "../schema/json.js";
import type { StoreEvent } from "../store/object-store.js";
import type { WatchLine } from "./api-request.js";
import type { ListOptions } from "./list-options.js";
import { versionProblem } from "./query-values.js";
import { rangeOf, selectorOf } from "./read-objects.js";
import { inVersion } from "./in-version.js";
import { refuse } from "./refusal.js";
import type { ServedResource } from "./resource-registry.js";
import type { Selector } from "./selector.js";
import type { ServerContext } from "./server-context.js";

/** Bookmarks come about once a minute, as from a real API server. */
const BOOKMARK_INTERVAL_MS = 60_000;
/** A watch without timeoutSeconds lives half an hour at least, as a real API server's. */
const DEFAULT_TIMEOUT_MS = 30 * 60_000;

/** A watch that is about to be opened: `send` gets each line, `close` is called when the server ends it. */
export interface WatchStart {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly options: ListOptions;
  /** Undefined: as they are. */
  readonly represent?: ((object: JsonObject) => JsonObject) | undefined;
}

/** Checks the parameters now and gives a function that opens the watch; what that returns closes it. */
export function prepareWatch(
  start: WatchStart,
  context: ServerContext,
): (send: (line: WatchLine) => void, close: () => void) => () => void {
  const { resource, namespace, options, represent = itself } = start;
  const { name, resourceVersion, timeoutSeconds, allowWatchBookmarks: bookmarks } = options;
  const selects = selectorOf(resource, namespace, options);
  const problem = resourceVersion === "" ? undefined : versionProblem(resourceVersion);
  if (problem !== undefined) throw refuse.internal(problem);
  const asked = resourceVersion === "" ? undefined : Number(resourceVersion);
  const initial = options.sendInitialEvents === true;
  const isQuiet = options.sendInitialEvents === false;
  const timeoutMs =
    timeoutSeconds > 0 ? timeoutSeconds * 1000 : DEFAULT_TIMEOUT_MS * (1 + context.random.next());

  return (send, close) => {
    const timers = new Set<ClockTimer>();
    let unsubscribe = (): void => undefined;
    let forgetReset = (): void => undefined;
    const stop = (): void => {
      unsubscribe();
      forgetReset();
      for (const timer of timers) timer.cancel();
      timers.clear();
    };
    const fail = (error: unknown): void => {
      if (!ApiError.isInstance(error)) throw error;
      stop();
      send({ type: "ERROR", object: error.status as unknown as JsonObject });
      close();
    };
    const pass = (event: StoreEvent): void => {
      const line = lineOf(event, selects, start, context);
      if (line !== undefined) send(line);
    };
    const follow = (event: StoreEvent): void => {
      try {
        pass(event);
      } catch (error) {
        fail(error);
      }
    };
    const bookmark = (annotations?: JsonObject): void =>
      send({
        type: "BOOKMARK",
        object: represent(bookmarkOf(resource, context.store.version, annotations)),
      });

    try {
      if (!isQuiet) replay({ asked, initial, selects, start, context, send, pass });
    } catch (error) {
      fail(error);
      return stop;
    }
    if (initial && bookmarks) bookmark({ "k8s.io/initial-events-end": "true" });
    unsubscribe = context.store.subscribe(resource.storageKey, follow, name);
    forgetReset = context.store.onReset(() => {
      stop();
      send({ type: "ERROR", object: refuse.expired().status as unknown as JsonObject });
      close();
    });
    timers.add(
      context.clock.setTimer(
        () => {
          stop();
          close();
        },
        timeoutMs,
        { background: true },
      ),
    );
    if (bookmarks) {
      const beat = (): void => {
        const timer = context.clock.setTimer(
          () => {
            timers.delete(timer);
            bookmark();
            beat();
          },
          BOOKMARK_INTERVAL_MS,
          { background: true },
        );
        timers.add(timer);
      };
      beat();
    }
    return stop;
  };
}

function replay(input: {
  readonly asked: number | undefined;
  readonly initial: boolean;
  readonly selects: Selector;
  readonly start: WatchStart;
  readonly context: ServerContext;
  readonly send: (line: WatchLine) => void;
  readonly pass: (event: StoreEvent) => void;
}): void {
  const { asked, initial, selects, start, context, send, pass } = input;
  if (asked === undefined || asked === 0 || initial) {
    const { resource, namespace, options, represent = itself } = start;
    const { objects } = context.store.list(resource.storageKey);
    const { from, to } = rangeOf(objects, resource, namespace, options.name);
    for (let index = from; index < to; index += 1) {
      const object = objects[index] as JsonObject;
      if (!selects(object)) continue;
      send({ type: "ADDED", object: represent(inVersion(object, resource)) });
    }
    return;
  }
  if (asked > context.store.version) return;
  const changes = context.store.changesAfter(start.resource.storageKey, asked);
  if (changes === undefined)
    throw refuse.expired(`too old resource version: ${asked} (${context.store.compactedVersion})`);
  for (const change of changes) pass(change);
}

/** What a watcher with a selector sees of a change: an object that leaves the selection is deleted for it. */
function lineOf(
  event: StoreEvent,
  selects: Selector,
  { resource, represent }: WatchStart,
  { lines }: ServerContext,
): WatchLine | undefined {
  const isIn = event.type !== "deleted" && selects(event.object);
  const wasIn = event.old !== undefined && selects(event.old);
  if (!isIn && !wasIn) return undefined;
  const line = (type: WatchLine["type"], object: () => JsonObject): WatchLine => {
    const shown = (): JsonObject => inVersion(object(), resource);
    return represent === undefined
      ? lines.of(event, resource, type, shown)
      : { type, object: represent(shown()) };
  };
  if (isIn) return line(wasIn ? "MODIFIED" : "ADDED", () => event.object);
  const { old } = event;
  if (event.type === "deleted" || old === undefined) return line("DELETED", () => event.object);
  const version = (event.object["metadata"] as JsonObject)["resourceVersion"] ?? "";
  return line("DELETED", () => ({
    ...old,
    metadata: { ...(old["metadata"] as JsonObject), resourceVersion: version },
  }));
}

function itself(object: JsonObject): JsonObject {
  return object;
}

/** An object of the kind that says nothing but where the watch is. */
function bookmarkOf(
  resource: ServedResource,
  version: number,
  annotations: JsonObject | undefined,
): JsonObject {
  const apiVersion =
    resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  return {
    kind: resource.kind,
    apiVersion,
    metadata: {
      resourceVersion: String(version),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

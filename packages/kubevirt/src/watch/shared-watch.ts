import {
  areMetadataFields,
  type Clock,
  type ClockTimer,
  type ClusterClient,
  formatObjectKey,
  type KubernetesObject,
  type Logger,
  objectKeyOf,
  pickFields,
  type Random,
  type Reflector,
  type ReflectorEvent,
  type Resource,
  startReflector,
} from "@kvop/core";

import type { ClusterState } from "../state/cluster-state.js";
import { failureReason } from "../state/failure-reason.js";
import type { WatchResourceOptions } from "./resource-watch.js";

/** Settings of {@link SharedWatch}. */
export interface SharedWatchOptions<T extends KubernetesObject> {
  readonly configName: string;
  readonly resource: Resource<T>;
  readonly selection: Omit<WatchResourceOptions<T>, "indexers">;
  readonly connect: (options: { readonly signal: AbortSignal }) => Promise<ClusterClient>;
  /** What is done with objects that are kept whole. */
  readonly trim: (object: T) => T;
  /** Milliseconds between two reads where watching is not allowed. */
  readonly pollIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One reflector and all who listen to it. */
export class SharedWatch<T extends KubernetesObject> {
  readonly configName: string;
  readonly reflector: Reflector<T>;
  /** Handles that use it. */
  users = 0;
  /** Handles so far, to tell their indexes apart. */
  handles = 0;
  readonly #options: SharedWatchOptions<T>;
  #handlers: Set<(event: ReflectorEvent<T>) => void> | undefined;
  #onEnd: Set<() => void> | undefined;
  #isEnded = false;
  #wasDown = false;
  #ending: Promise<void> | undefined;
  #restarting: ClockTimer | undefined;

  constructor(options: SharedWatchOptions<T>) {
    this.#options = options;
    this.configName = options.configName;
    const { configName, resource, logger } = options;
    const { fields, namespace, labelSelector, fieldSelector } = options.selection;
    this.reflector = startReflector<T>({
      connect: options.connect,
      resource,
      namespace,
      labelSelector,
      fieldSelector,
      metadataOnly: fields !== undefined && areMetadataFields(fields),
      transform: fields === undefined ? options.trim : pickFields<T>(fields),
      initialList: "streaming",
      pollIntervalMs: options.pollIntervalMs,
      onEvent: (event) => this.#tell(event),
      onError: (error) =>
        logger.debug(
          { config: configName, resource: resource.plural, reason: failureReason(error) },
          "a watch of a cluster failed and is tried again",
        ),
      onModeChange: (mode, error) =>
        logger.warn(
          { config: configName, resource: resource.plural, mode, reason: failureReason(error) },
          "a cluster's resource is followed in another way",
        ),
      clock: options.clock,
      random: options.random,
      logger,
    });
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Gives the handler what is there, then what changes. */
  subscribe(handler: (event: ReflectorEvent<T>) => void): Disposable {
    // A function of its own, as one handler may be subscribed twice.
    const own = (event: ReflectorEvent<T>): void => this.#call(handler, event);
    for (const object of this.reflector.list()) own({ type: "added", object });
    this.#handlers ??= new Set();
    this.#handlers.add(own);
    return { [Symbol.dispose]: () => void this.#handlers?.delete(own) };
  }

  /** Calls back when the watch ends for good; at once when it has. */
  onEnd(callback: () => void): Disposable {
    if (this.#isEnded) callback();
    else (this.#onEnd ??= new Set()).add(callback);
    return { [Symbol.dispose]: () => void this.#onEnd?.delete(callback) };
  }

  /** Takes over what is known of the cluster: an outage ends waits on a dead connection, its end the wait for the next try. */
  stateChanged(state: ClusterState): void {
    const isDown = state.type === "unreachable" || state.type === "refused";
    if (state.type === "removed") void this.end();
    else if (isDown && !this.#wasDown) this.reflector.restart();
    // Whoever makes the connection may be in the middle of it: it must not be taken for the old one.
    else if (!isDown && this.#wasDown) this.#restartSoon();
    this.#wasDown = isDown;
  }

  end(): Promise<void> {
    this.#restarting?.cancel();
    this.#isEnded = true;
    const ending = (this.#ending ??= Promise.resolve(this.reflector[Symbol.asyncDispose]()));
    for (const callback of this.#onEnd ?? []) callback();
    this.#onEnd = undefined;
    this.#handlers = undefined;
    return ending;
  }

  #restartSoon(): void {
    this.#restarting?.cancel();
    const { clock } = this.#options;
    this.#restarting = clock.setTimer(() => this.reflector.restart(), 0, { background: true });
  }

  #tell(event: ReflectorEvent<T>): void {
    for (const handler of this.#handlers ?? []) handler(event);
  }

  #call(handler: (event: ReflectorEvent<T>) => void, event: ReflectorEvent<T>): void {
    try {
      handler(event);
    } catch (error) {
      const { logger, resource, configName } = this.#options;
      const object = formatObjectKey(objectKeyOf(event.object));
      const fields = { error, config: configName, resource: resource.plural, object };
      logger.error(fields, "a handler of a watch threw");
    }
  }
}

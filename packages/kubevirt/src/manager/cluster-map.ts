import {
  type CallOptions,
  ConfigNotFoundError,
  DisposedError,
  type KubevirtConfig,
  type ReflectorEvent,
} from "@kvop/core";

import type { ClusterState } from "../state/cluster-state.js";
import { timeLeft } from "../link/time-left.js";
import type { ClusterContext } from "./cluster-context.js";
import { ManagedCluster } from "./managed-cluster.js";
import type { ManagedClient } from "./managed-client.js";
import { MissingConfigs } from "./missing-configs.js";

/** The states of all clusters, those that are not used included. */
export interface KnownStates {
  of(configName: string): ClusterState | undefined;
  changed(state: ClusterState): void;
}

/** What a manager gives to all of its clusters. */
export type SharedContext = Omit<ClusterContext, "onMissing" | "onReplaced" | "onState">;

/** The clusters of a manager by the name of their config: made at their first use, ended with their config. */
export class ClusterMap {
  readonly #context: ClusterContext;
  readonly #states: KnownStates;
  readonly #clusters = new Map<string, ManagedCluster>();
  readonly #missing: MissingConfigs;
  readonly #ending = new Set<Promise<void>>();
  #areFollowedEach = false;
  #isDisposed = false;

  constructor(context: SharedContext, states: KnownStates) {
    this.#context = {
      ...context,
      onMissing: (name) => this.#drop(name),
      onReplaced: (cluster, configUid) => this.#replace(cluster, configUid),
      onState: (state) => states.changed(state),
    };
    this.#states = states;
    this.#missing = new MissingConfigs(context.clock, context.random);
  }

  get(configName: string): ManagedCluster | undefined {
    return this.#clusters.get(configName);
  }

  /**
   * The cluster, made when there is none; it does nothing before it is used.
   *
   * @throws DisposedError
   */
  of(configName: string): ManagedCluster {
    let cluster = this.#clusters.get(configName);
    if (cluster === undefined) {
      // Whoever asks was on his way when everything ended.
      if (this.#isDisposed) throw new DisposedError({ subject: "The client manager" });
      cluster = new ManagedCluster(configName, this.#context);
      this.#clusters.set(configName, cluster);
      if (this.#areFollowedEach) cluster.followConfig();
    }
    return cluster;
  }

  /** Why nothing could be found out about a cluster, while that is fresh: the supervisor did not answer. */
  supervisorFailureOf(configName: string): Error | undefined {
    const failure = this.#missing.recall(configName);
    return ConfigNotFoundError.isInstance(failure) ? undefined : failure;
  }

  /** @throws what the last try gave, while that is fresh */
  async resolveClient(configName: string, call: CallOptions): Promise<ManagedClient> {
    const remembered = this.#missing.recall(configName);
    if (remembered !== undefined && !this.#clusters.has(configName)) throw remembered;
    const left = timeLeft(call, this.#context.clock);
    return this.#remembering(configName, (cluster) => cluster.resolveClient(left()));
  }

  validate(configName: string, call: CallOptions): Promise<void> {
    const left = timeLeft(call, this.#context.clock);
    return this.#remembering(configName, (cluster) => cluster.validate(left()));
  }

  invalidate(configName: string): void {
    this.#missing.forget(configName);
    this.#clusters.get(configName)?.invalidate();
  }

  invalidateAll(): void {
    this.#missing.clear();
    for (const cluster of this.#clusters.values()) cluster.invalidate();
  }

  /** Nobody tells what becomes of the configs: each cluster follows its own. */
  followEach(): void {
    this.#areFollowedEach = true;
    for (const cluster of this.#clusters.values()) cluster.followConfig();
  }

  /** All configs were seen: one in use that was not among them is gone, or newer than that. */
  configsListed(isListed: (configName: string) => boolean): void {
    for (const [name, cluster] of this.#clusters)
      if (!cluster.isUnseen && !isListed(name)) void cluster.lookForConfig();
  }

  /** Takes over what was seen of a config. */
  configChanged(event: ReflectorEvent<KubevirtConfig>): void {
    const { name = "", uid } = event.object.metadata ?? {};
    const cluster = this.#clusters.get(name);
    if (event.type === "deleted") {
      // What was built meanwhile may belong to a config of the same name that is there already.
      if (cluster === undefined || cluster.configUid === uid) this.#remove(name, uid);
      return;
    }
    this.#missing.forget(name);
    if (cluster !== undefined) cluster.configSeen(event.object);
    else if (this.#states.of(name) === undefined) this.#states.changed(this.#notUsed(name, uid));
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const clusters = [...this.#clusters.values()];
    this.#clusters.clear();
    await Promise.all(clusters.map((cluster) => cluster[Symbol.asyncDispose]()));
    await Promise.all(this.#ending);
  }

  async #remembering<Result>(
    configName: string,
    use: (cluster: ManagedCluster) => Promise<Result>,
  ): Promise<Result> {
    const cluster = this.of(configName);
    try {
      return await use(cluster);
    } catch (error) {
      if (cluster.isReplaced) return await this.#remembering(configName, use);
      // Names that lead nowhere are not kept as clusters. Others may still wait for the same build.
      if (cluster.isUnseen && !cluster.isBuilding) this.#forget(cluster);
      throw error;
    }
  }

  #forget(cluster: ManagedCluster): void {
    const { configName, failure } = cluster;
    if (this.#clusters.get(configName) !== cluster) return;
    this.#clusters.delete(configName);
    if (failure !== undefined) this.#missing.remember(configName, failure);
  }

  /** A cluster that was used finds that there is no config for it any more. */
  #drop(configName: string): void {
    const cluster = this.#clusters.get(configName);
    if (cluster?.isUnseen === false) this.#remove(configName, cluster.configUid);
  }

  /** The name was used again: whoever holds what belonged to the old config must not reach the new one's cluster by it. */
  #replace(cluster: ManagedCluster, configUid: string): void {
    const { configName } = cluster;
    if (this.#clusters.get(configName) !== cluster) return;
    cluster.isReplaced = true;
    this.#remove(configName, cluster.configUid);
    this.#states.changed(this.#notUsed(configName, configUid));
  }

  #remove(configName: string, configUid: string | undefined): void {
    const cluster = this.#clusters.get(configName);
    this.#clusters.delete(configName);
    if (cluster !== undefined) this.#end(cluster.remove());
    else if (this.#states.of(configName) !== undefined)
      this.#states.changed({ ...this.#notUsed(configName, configUid), ...REMOVED });
  }

  #end(ending: Promise<void>): void {
    const ended = ending.finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #notUsed(configName: string, configUid: string | undefined): ClusterState {
    return {
      type: "unknown",
      configName,
      configUid,
      changedAtMs: this.#context.clock.now(),
      reason: "NotUsedYet",
      message: "The cluster was not used yet.",
    };
  }
}

const REMOVED = {
  type: "removed",
  reason: "ConfigDeleted",
  message: "The KubevirtConfig was deleted.",
} as const;

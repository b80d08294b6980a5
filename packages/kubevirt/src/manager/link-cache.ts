import { DisposedError } from "@kvop/core";

import { abortable, type ClusterLink } from "./cluster-link.js";

/** Makes a checked link to the cluster of a config; it closes what it opened when it fails. */
export type OpenLink = (
  configName: string,
  options: { readonly signal: AbortSignal },
) => Promise<ClusterLink>;

interface Build {
  readonly promise: Promise<ClusterLink>;
  readonly controller: AbortController;
  waiting: number;
}

interface Entry {
  /** Raised by each invalidation: a build that began before must not be kept. */
  generation: number;
  link: ClusterLink | undefined;
  build: Build | undefined;
}

/**
 * The links of all configs: one build in flight a config, shared by every caller. An invalidation during a build makes it start
 * anew, so that nobody gets what was read before. A failure is not kept. Nothing of one config waits for another.
 */
export class LinkCache {
  readonly #open: OpenLink;
  readonly #entries = new Map<string, Entry>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #links = new Set<ClusterLink>();
  #isDisposed = false;

  constructor(open: OpenLink) {
    this.#open = open;
  }

  /** The link where there is one now. */
  peek(configName: string): ClusterLink | undefined {
    return this.#entries.get(configName)?.link;
  }

  /** Raised by each invalidation of the config. */
  generationOf(configName: string): number {
    return this.#entries.get(configName)?.generation ?? 0;
  }

  /** The link, built when there is none. An aborted caller leaves; the build goes on until nobody waits for it. */
  async acquire(configName: string, signal?: AbortSignal): Promise<ClusterLink> {
    signal?.throwIfAborted();
    if (this.#isDisposed) throw new DisposedError({ subject: "The client manager" });
    const entry = this.#entryOf(configName);
    if (entry.link !== undefined) return entry.link;
    const build = (entry.build ??= this.#startBuild(configName, entry));
    build.waiting += 1;
    try {
      return await abortable(build.promise, signal);
    } finally {
      build.waiting -= 1;
      if (build.waiting === 0 && entry.build === build) {
        entry.build = undefined;
        build.controller.abort(new DisposedError({ subject: "A build that nobody waits for" }));
      }
    }
  }

  /** Puts a link in the place of another, which is retired; false (and nothing done) when that is no longer in its place. */
  swap(configName: string, old: ClusterLink, link: ClusterLink): boolean {
    const entry = this.#entries.get(configName);
    if (entry === undefined || entry.link !== old || this.#isDisposed) return false;
    entry.link = link;
    this.#links.add(link);
    this.#retire(old);
    return true;
  }

  invalidate(configName: string): void {
    const entry = this.#entries.get(configName);
    if (entry === undefined) return;
    entry.generation += 1;
    const { link } = entry;
    entry.link = undefined;
    if (link !== undefined) this.#retire(link);
  }

  invalidateAll(): void {
    for (const configName of this.#entries.keys()) this.invalidate(configName);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const builds: Array<Promise<unknown>> = [];
    for (const entry of this.#entries.values()) {
      entry.generation += 1;
      entry.link = undefined;
      if (entry.build === undefined) continue;
      entry.build.controller.abort(new DisposedError({ subject: "The client manager" }));
      builds.push(entry.build.promise.catch(() => undefined));
    }
    await Promise.all(builds);
    await Promise.all([...this.#links].map((link) => link.close()));
    await Promise.all(this.#retiring);
    this.#entries.clear();
  }

  #entryOf(configName: string): Entry {
    let entry = this.#entries.get(configName);
    if (entry === undefined) {
      entry = { generation: 0, link: undefined, build: undefined };
      this.#entries.set(configName, entry);
    }
    return entry;
  }

  #startBuild(configName: string, entry: Entry): Build {
    const controller = new AbortController();
    const promise = this.#build(configName, entry, controller.signal).finally(() => {
      if (entry.build !== build) return;
      entry.build = undefined;
      // Names that lead nowhere are not kept, or a stream of wrong names would fill the memory.
      if (entry.link === undefined && this.#entries.get(configName) === entry)
        this.#entries.delete(configName);
    });
    // Every waiter may have left.
    promise.catch(() => undefined);
    const build: Build = { promise, controller, waiting: 0 };
    return build;
  }

  async #build(configName: string, entry: Entry, signal: AbortSignal): Promise<ClusterLink> {
    for (;;) {
      const { generation } = entry;
      let link: ClusterLink;
      try {
        link = await this.#open(configName, { signal });
      } catch (error) {
        if (entry.generation !== generation && !signal.aborted) continue;
        throw error;
      }
      if (signal.aborted) {
        await link.close();
        throw signal.reason as Error;
      }
      if (entry.generation === generation) {
        entry.link = link;
        this.#links.add(link);
        return link;
      }
      await link.close();
    }
  }

  #retire(link: ClusterLink): void {
    const retiring = link.retire().finally(() => {
      this.#links.delete(link);
      this.#retiring.delete(retiring);
    });
    this.#retiring.add(retiring);
  }
}

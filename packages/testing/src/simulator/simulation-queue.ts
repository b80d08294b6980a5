import {
  type Clock,
  formatObjectKey,
  isConflict,
  isNotFound,
  type Logger,
  type ObjectKey,
  runWorkers,
  WorkQueue,
} from "@kvop/core";

/** What is looked at of one name: those of one group one after the other, never two at once. */
export type SimulationPart = "snapshot" | "vm" | "vmi" | "node" | "claim" | "dataVolume";

interface Group {
  readonly kind: "machine" | "claim" | "dataVolume";
  readonly key: ObjectKey;
}

/** Works on one part; what it resolves to is done after the other parts of the group. */
export type SimulationStep = (key: ObjectKey) => Promise<(() => Promise<void>) | undefined | void>;

const ORDER: Readonly<Record<Group["kind"], readonly SimulationPart[]>> = {
  machine: ["snapshot", "vm", "vmi", "node"],
  claim: ["claim"],
  dataVolume: ["dataVolume"],
};
/** How soon a write is tried again that somebody else was faster than. */
const RETRY_MS = 5;

/**
 * Who has to be looked at. The parts of one virtual machine are worked on in a fixed order, so that runs can be compared;
 * different machines side by side.
 */
export class SimulationQueue implements AsyncDisposable {
  readonly #queue: WorkQueue<Group>;
  readonly #dirty = new Map<string, Set<SimulationPart>>();
  readonly #workers: AsyncDisposable;
  readonly #reactionMs: number;

  constructor(options: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly concurrency: number;
    /** Milliseconds from a change until it is looked at. */
    readonly reactionMs: number;
    readonly steps: Readonly<Record<SimulationPart, SimulationStep>>;
  }) {
    this.#reactionMs = options.reactionMs;
    this.#queue = new WorkQueue<Group>({
      keyOf: groupId,
      clock: options.clock,
      baseDelayMs: RETRY_MS,
      maxDelayMs: 5_000,
    });
    this.#workers = runWorkers(this.#queue, {
      concurrency: options.concurrency,
      process: (group) => this.#process(group, options.steps),
      onError: (error, { kind, key }) => {
        // Somebody else was faster: what they wrote is seen by then.
        if (isConflict(error) || isNotFound(error)) return;
        options.logger.warn({ error, kind, key }, "the simulator tries again");
      },
    });
  }

  add(part: SimulationPart, key: ObjectKey): void {
    const group = groupOf(part, key);
    this.#mark(group, part);
    this.#queue.addAfter(group, this.#reactionMs);
  }

  addAfter(part: SimulationPart, key: ObjectKey, delayMs: number): void {
    const group = groupOf(part, key);
    this.#mark(group, part);
    this.#queue.addAfter(group, Math.max(delayMs, 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue.shutDown();
    await this.#workers[Symbol.asyncDispose]();
    this.#dirty.clear();
  }

  #mark(group: Group, part: SimulationPart): void {
    const id = groupId(group);
    const parts = this.#dirty.get(id);
    if (parts === undefined) this.#dirty.set(id, new Set([part]));
    else parts.add(part);
  }

  async #process(
    group: Group,
    steps: Readonly<Record<SimulationPart, SimulationStep>>,
  ): Promise<void> {
    const id = groupId(group);
    const parts = this.#dirty.get(id);
    this.#dirty.delete(id);
    if (parts === undefined) return;
    const last: (() => Promise<void>)[] = [];
    for (const part of ORDER[group.kind]) {
      if (!parts.delete(part)) continue;
      try {
        const after = await steps[part](group.key);
        if (after !== undefined) last.push(after);
      } catch (error) {
        for (const rest of [part, ...parts]) this.#mark(group, rest);
        throw error;
      }
    }
    for (const step of last) {
      try {
        await step();
      } catch (error) {
        this.#mark(group, "vm");
        throw error;
      }
    }
  }
}

function groupOf(part: SimulationPart, key: ObjectKey): Group {
  return { kind: part === "claim" || part === "dataVolume" ? part : "machine", key };
}

function groupId({ kind, key }: Group): string {
  return `${kind} ${formatObjectKey(key)}`;
}

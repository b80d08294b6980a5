import { type Clock, formatObjectKey, type ObjectKey } from "@kvop/core";

/**
 * What happens to a virtual machine one after the other, and can be held, slowed or failed:
 *
 * - `start`: virt-controller creates the instance
 * - `bind`: a PersistentVolumeClaim is bound (named by the claim)
 * - `import`: one step of a DataVolume (named by the DataVolume)
 * - `schedule`: the launcher Pod gets a node
 * - `pull`: its images are there
 * - `launch`: its containers start
 * - `boot`: the guest runs
 * - `pause`: the guest is paused, or goes on
 * - `shutdown`: the guest of a deleted instance ends
 * - `terminate`: each of the two steps in which the kubelet ends a Pod
 */
export type SimulatedStage =
  | "start"
  | "bind"
  | "import"
  | "schedule"
  | "pull"
  | "launch"
  | "boot"
  | "pause"
  | "shutdown"
  | "terminate";

/** Milliseconds that each stage takes. */
export type SimulatorTiming = Readonly<Record<SimulatedStage, number>>;

/** How a stage fails. */
export interface StageFailure {
  /** `pull`: `ErrImagePull` or `ImagePullBackOff`. Default: the first, and the second from 10 s on. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** Fails so many times and succeeds then. Default: always. */
  readonly times?: number | undefined;
}

/** One object, by its name, or all. */
export type SimulationTarget = ObjectKey | "all";

interface Order {
  readonly target: string;
  readonly stage: SimulatedStage;
}

/** What a test has ordered of the stages. */
export class StageControl {
  readonly #timing: SimulatorTiming;
  readonly #clock: Clock;
  readonly #onChange: (target: SimulationTarget, stage: SimulatedStage) => void;
  readonly #holds = new Set<Order>();
  readonly #delays = new Set<Order & { readonly ms: number }>();
  readonly #failures = new Set<Order & StageFailure & { left: number }>();
  /** When a stage of an object began, by the object's uid. */
  readonly #begun = new Map<string, Map<string, number>>();

  constructor(options: {
    readonly timing: SimulatorTiming;
    readonly clock: Clock;
    readonly onChange: (target: SimulationTarget, stage: SimulatedStage) => void;
  }) {
    this.#timing = options.timing;
    this.#clock = options.clock;
    this.#onChange = options.onChange;
  }

  hold(target: SimulationTarget, stage: SimulatedStage): Disposable {
    return this.#order(this.#holds, { target: nameOf(target), stage }, target);
  }

  slow(target: SimulationTarget, stage: SimulatedStage, ms: number): Disposable {
    return this.#order(this.#delays, { target: nameOf(target), stage, ms }, target);
  }

  fail(target: SimulationTarget, stage: SimulatedStage, failure: StageFailure = {}): Disposable {
    const left = failure.times ?? Number.POSITIVE_INFINITY;
    return this.#order(this.#failures, { target: nameOf(target), stage, ...failure, left }, target);
  }

  /**
   * Milliseconds until a stage of an object is over, counted from the first time this is asked; 0 when it is; undefined while
   * it is held.
   */
  remainingMs(key: ObjectKey, stage: SimulatedStage, uid: string, step = ""): number | undefined {
    const nowMs = this.#clock.monotonic();
    const stages = this.#begun.get(uid) ?? new Map<string, number>();
    this.#begun.set(uid, stages);
    const id = `${stage} ${step}`;
    const beganMs = stages.get(id) ?? nowMs;
    stages.set(id, beganMs);
    if (newestOf(this.#holds, key, stage) !== undefined) return undefined;
    const lastsMs = newestOf(this.#delays, key, stage)?.ms ?? this.#timing[stage];
    return Math.max(beganMs + lastsMs - nowMs, 0);
  }

  /** Milliseconds since a stage of an object began. */
  sinceMs(stage: SimulatedStage, uid: string, step = ""): number {
    const beganMs = this.#begun.get(uid)?.get(`${stage} ${step}`);
    return beganMs === undefined ? 0 : this.#clock.monotonic() - beganMs;
  }

  /** The failure that a stage is to end with. */
  failureOf(key: ObjectKey, stage: SimulatedStage): StageFailure | undefined {
    return newestOf(this.#failures, key, stage);
  }

  /** Counts a failure that has happened. */
  spendFailure(key: ObjectKey, stage: SimulatedStage): void {
    const failure = newestOf(this.#failures, key, stage);
    if (failure === undefined) return;
    failure.left -= 1;
    if (failure.left <= 0) this.#failures.delete(failure);
  }

  /** Lets a stage begin anew. */
  restart(stage: SimulatedStage, uid: string, step = ""): void {
    this.#begun.get(uid)?.delete(`${stage} ${step}`);
  }

  forget(uid: string): void {
    this.#begun.delete(uid);
  }

  #order<T extends Order>(orders: Set<T>, order: T, target: SimulationTarget): Disposable {
    orders.add(order);
    this.#onChange(target, order.stage);
    return {
      [Symbol.dispose]: () => {
        if (orders.delete(order)) this.#onChange(target, order.stage);
      },
    };
  }
}

function nameOf(target: SimulationTarget): string {
  return target === "all" ? "all" : formatObjectKey(target);
}

/** Of several orders the last one counts. */
function newestOf<T extends Order>(
  orders: ReadonlySet<T>,
  key: ObjectKey,
  stage: SimulatedStage,
): T | undefined {
  if (orders.size === 0) return undefined;
  const name = formatObjectKey(key);
  return [...orders].findLast(
    (order) => order.stage === stage && (order.target === "all" || order.target === name),
  );
}

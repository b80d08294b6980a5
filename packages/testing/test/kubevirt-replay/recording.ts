/** A step of a scenario: a call of a client, or a change of how guests and nodes behave (`agent: ...`). */
export interface RecordedStep {
  readonly do: string;
  /** Seconds since the scenario began. */
  readonly at: number;
  readonly manifest?: object;
  readonly patch?: object;
  readonly patchType?: string;
  readonly body?: object;
  readonly accept?: string;
  readonly options?: object;
  readonly response?: {
    readonly code: number;
    readonly warnings?: readonly string[];
    readonly body?: unknown;
  };
}

/** A change of an object as a watcher saw it. */
export interface RecordedChange {
  readonly event: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: string;
  readonly name: string;
  /** Who wrote it. */
  readonly by: string;
  readonly at: number;
  readonly object?: object;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly unset?: readonly string[];
}

export type RecordedEntry = RecordedStep | RecordedChange;

/** One recording. */
export interface Recording {
  readonly scenario: string;
  readonly about: string;
  readonly timeline: readonly RecordedEntry[];
  readonly kubernetesEvents?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly type: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

export function isStep(entry: RecordedEntry): entry is RecordedStep {
  return "do" in entry;
}

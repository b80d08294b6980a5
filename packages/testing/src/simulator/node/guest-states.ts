import { formatObjectKey, type ObjectKey } from "@kvop/core";

/** What has happened inside a guest that virt-handler has not written down yet. */
export type GuestEnd = "shutdown" | "crash" | "killed";

/** What a guest agent tells. */
export interface GuestAgentFacts {
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  readonly version?: string | undefined;
  readonly prettyName?: string | undefined;
  readonly kernelRelease?: string | undefined;
}

/** The guests' own doings, by the names of their instances. */
export class GuestStates {
  readonly #ends = new Map<string, GuestEnd>();
  readonly #pauses = new Map<string, boolean>();
  readonly #agents = new Map<string, GuestAgentFacts>();
  readonly #onChange: (key: ObjectKey) => void;

  constructor(onChange: (key: ObjectKey) => void) {
    this.#onChange = onChange;
  }

  end(key: ObjectKey, how: GuestEnd): void {
    this.#ends.set(formatObjectKey(key), how);
    this.#onChange(key);
  }

  endOf(key: ObjectKey): GuestEnd | undefined {
    return this.#ends.get(formatObjectKey(key));
  }

  pause(key: ObjectKey, isPaused: boolean): void {
    this.#pauses.set(formatObjectKey(key), isPaused);
    this.#onChange(key);
  }

  /** Whether a guest is to be paused or to go on; undefined when nobody asked. */
  wantedPause(key: ObjectKey): boolean | undefined {
    return this.#pauses.get(formatObjectKey(key));
  }

  pauseDone(key: ObjectKey): void {
    this.#pauses.delete(formatObjectKey(key));
  }

  connectAgent(key: ObjectKey, facts: GuestAgentFacts): void {
    this.#agents.set(formatObjectKey(key), facts);
    this.#onChange(key);
  }

  disconnectAgent(key: ObjectKey): void {
    this.#agents.delete(formatObjectKey(key));
    this.#onChange(key);
  }

  agentOf(key: ObjectKey): GuestAgentFacts | undefined {
    return this.#agents.get(formatObjectKey(key));
  }

  /** A guest that has ended takes its state with it. */
  forget(key: ObjectKey): void {
    const id = formatObjectKey(key);
    this.#ends.delete(id);
    this.#pauses.delete(id);
    this.#agents.delete(id);
  }
}

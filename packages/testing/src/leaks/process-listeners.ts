import type { Leak } from "./leak.js";

type Listener = (...values: never[]) => unknown;

/** Who listens to which event of `process`. */
export type ProcessListeners = ReadonlyMap<string | symbol, readonly Listener[]>;

export function processListeners(): ProcessListeners {
  return new Map(
    process.eventNames().map((name) => [name, process.listeners(name as "exit") as Listener[]]),
  );
}

/** Listeners that were not there before. */
export function newProcessListeners(before: ProcessListeners): Leak[] {
  const leaks: Leak[] = [];
  for (const [event, listeners] of processListeners()) {
    const known = [...(before.get(event) ?? [])];
    for (const listener of listeners) {
      const index = known.indexOf(listener);
      if (index >= 0) known.splice(index, 1);
      else {
        const name = listener.name === "" ? "(anonymous)" : listener.name;
        leaks.push({ kind: "process listener", what: `${String(event)}: ${name}` });
      }
    }
  }
  return leaks;
}

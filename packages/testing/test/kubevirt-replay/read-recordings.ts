import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { RecordedChange, RecordedStep, Recording } from "./recording.js";

interface ReducedRecordings {
  readonly changes: readonly Omit<RecordedChange, "at">[];
  readonly scenarios: readonly (Omit<Recording, "timeline"> & {
    readonly timeline: readonly (RecordedStep | readonly [at: number, change: number])[];
  })[];
}

/**
 * Recordings of a real KubeVirt: those of the folder that `KUBEVIRT_RECORDINGS` names (one a YAML file), else those that the
 * repository keeps, reduced to what is compared.
 */
export function readRecordings(): readonly Recording[] {
  const folder = process.env["KUBEVIRT_RECORDINGS"];
  if (folder !== undefined && folder !== "") {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => load(readFileSync(join(folder, name), "utf8")) as Recording);
  }
  const file = new URL("recordings/kubevirt.json", import.meta.url);
  const { changes, scenarios } = JSON.parse(readFileSync(file, "utf8")) as ReducedRecordings;
  return scenarios.map((scenario) => ({
    ...scenario,
    timeline: scenario.timeline.map((entry) => {
      if ("do" in entry) return entry;
      const [at, index] = entry;
      const change = changes[index];
      if (change === undefined) throw new Error(`no change ${index} in the reduced recordings`);
      return { at, ...change };
    }),
  }));
}

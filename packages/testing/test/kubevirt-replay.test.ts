import { expect, test } from "vitest";
import { compareHistories } from "./kubevirt-replay/compare-histories.js";
import { recordedHistories, seenHistories } from "./kubevirt-replay/object-history.js";
import { playScenario } from "./kubevirt-replay/play-scenario.js";
import { readRecordings } from "./kubevirt-replay/read-recordings.js";

const recordings = readRecordings();

/** Kubernetes Events without counts, which differ between runs, and without those of migrations, which are not simulated. */
function eventLines(
  events: readonly { kind: string; type: string; reason: string; message: string }[],
): string[] {
  const lines = events
    .filter(({ kind }) => kind !== "VirtualMachineInstanceMigration")
    .map(({ kind, type, reason, message }) => {
      const text = message
        .replaceAll(/uid-\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>")
        .replaceAll(/(virt-launcher-\S+)-(r-\d+|[a-z0-9]{5})\b/g, "$1-<suffix>");
      return `${kind} ${type} ${reason}: ${text}`;
    });
  return [...new Set(lines)].toSorted();
}

test.each(recordings.map((recording) => [recording.scenario, recording] as const))(
  "%s: the same states per object, in the same order",
  async (_name, recording) => {
    const played = await playScenario(recording);
    expect(played.answers).toEqual([]);
    const recorded = recordedHistories(recording);
    const seen = seenHistories(played.changes);
    expect([...seen.keys()].toSorted()).toEqual([...recorded.keys()].toSorted());
    const differences = [...recorded].flatMap(([id, history]) => {
      const other = seen.get(id);
      return other === undefined
        ? []
        : compareHistories(history, other).map((difference) => `${id}: ${difference}`);
    });
    expect(differences).toEqual([]);
    expect(eventLines(played.events)).toEqual(eventLines(recording.kubernetesEvents ?? []));
    expect(played.pendingTimers).toBe(0);
  },
);

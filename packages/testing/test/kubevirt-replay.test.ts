import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import { compareHistories } from "./kubevirt-replay/compare-histories.js";
import { recordedHistories, seenHistories } from "./kubevirt-replay/object-history.js";
import { playScenario } from "./kubevirt-replay/play-scenario.js";
import type { Recording } from "./kubevirt-replay/recording.js";

/** A folder with recordings of a real KubeVirt, one a YAML file; more of them than the repository keeps. */
const folder = process.env["KUBEVIRT_RECORDINGS"] ?? "../shared/reference/kubevirt";
const recordings = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => load(readFileSync(join(folder, name), "utf8")) as Recording)
  : [];

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
    expect(played.pendingTimers).toBe(0);
  },
);

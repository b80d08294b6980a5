// Writes packages/testing/test/kubevirt-replay/recordings/kubevirt.json from recordings of a real KubeVirt (YAML files given as
// arguments): what the replay compares, each distinct change once, times as `t`.
import { readFileSync, writeFileSync } from "node:fs";
import { load } from "js-yaml";

const changes = [];
const indices = new Map();

function withoutTimes(value) {
  if (typeof value === "string") return value.replace(/^t-\d+$/, "t-0");
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutTimes(each)]));
}

function indexOf(change) {
  const text = JSON.stringify(change);
  const known = indices.get(text);
  if (known !== undefined) return known;
  indices.set(text, changes.length);
  changes.push(change);
  return changes.length - 1;
}

const scenarios = process.argv.slice(2).map((file) => {
  const { scenario, about, timeline, kubernetesEvents = [] } = load(readFileSync(file, "utf8"));
  return {
    scenario,
    about,
    timeline: timeline.map(({ at, ...entry }) =>
      "do" in entry ? { at, ...entry } : [at, indexOf(withoutTimes(entry))],
    ),
    kubernetesEvents: kubernetesEvents.map(({ kind, type, reason, message }) => ({
      kind,
      type,
      reason,
      message,
    })),
  };
});

const lines = (items) => items.map((item) => JSON.stringify(item)).join(",\n");
writeFileSync(
  new URL("../packages/testing/test/kubevirt-replay/recordings/kubevirt.json", import.meta.url),
  `{"changes":[\n${lines(changes)}\n],"scenarios":[\n${lines(scenarios)}\n]}\n`,
);
console.log(`${scenarios.length} scenarios, ${changes.length} changes`);

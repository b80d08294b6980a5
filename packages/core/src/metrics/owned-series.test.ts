import { expect, test } from "vitest";

import type { Labels } from "./metrics.js";
import { OwnedSeries } from "./owned-series.js";

function recordingGauge() {
  const values = new Map<string, number>();
  return {
    values,
    set: (labels: Labels, value: number) => void values.set(JSON.stringify(labels), value),
    remove: (labels: Labels) => void values.delete(JSON.stringify(labels)),
  };
}

test("series end with their owner, whether their labels are one object or equal ones", () => {
  const gauge = recordingGauge();
  const series = new OwnedSeries();
  const east = { cluster: "east" };
  for (const labels of [east, east, { cluster: "east" }, { cluster: "west" }])
    series.set(gauge, labels, 1);
  expect([...gauge.values.keys()]).toEqual(['{"cluster":"east"}', '{"cluster":"west"}']);
  series.end();
  expect(gauge.values.size).toBe(0);
  series.set(gauge, east, 1);
  expect(gauge.values.size).toBe(0);
});

test("one series may end before the others, and come again", () => {
  const gauge = recordingGauge();
  const series = new OwnedSeries();
  series.remove(gauge, { cluster: "east" });
  series.set(gauge, { cluster: "east" }, 1);
  series.set(gauge, { cluster: "west" }, 1);
  series.remove(gauge, { cluster: "east" });
  expect([...gauge.values.keys()]).toEqual(['{"cluster":"west"}']);
  series.set(gauge, { cluster: "east" }, 2);
  series.end();
  expect(gauge.values.size).toBe(0);
});

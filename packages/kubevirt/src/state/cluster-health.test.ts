import { systemClock } from "@kvop/core";
import { expect, it } from "vitest";

import { ClusterHealth } from "./cluster-health.js";
import type { ClusterState } from "./cluster-state.js";

it("tells when a fact that was known is another one, and keeps the moment of the last change", () => {
  const told: ClusterState[] = [];
  const health = new ClusterHealth({
    configName: "east",
    clock: systemClock,
    onChange: (state) => told.push(state),
  });
  health.setFacts({ configUid: "uid-1" });
  health.succeeded();
  expect(told.map(({ type, configUid }) => [type, configUid])).toEqual([["ready", "uid-1"]]);
  health.setFacts({ configUid: "uid-1", clusterUid: "cluster-1" });
  expect(told).toHaveLength(1);
  health.setFacts({ configUid: "uid-2" });
  expect(told[1]).toEqual(health.state);
  expect(told[1]).toMatchObject({ type: "ready", configUid: "uid-2", clusterUid: "cluster-1" });
  expect(told[1]?.changedAtMs).toBe(told[0]?.changedAtMs);
});

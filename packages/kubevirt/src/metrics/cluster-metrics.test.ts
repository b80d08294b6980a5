import { silentMetrics } from "@kvop/core";
import { expect, it } from "vitest";

import { ClusterMetrics } from "./cluster-metrics.js";

it("observes nothing where nobody measures, as it would cost each request", () => {
  const metrics = new ClusterMetrics(silentMetrics);
  expect(metrics.observerOf("east", "https://east:6443")).toEqual({});
});

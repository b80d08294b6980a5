import { OwnedSeries, silentMetrics } from "@kvop/core";
import { expect, it } from "vitest";

import { RequestMetrics } from "./request-metrics.js";

it("observes nothing where nobody measures, as it would cost each request", () => {
  const observer = new RequestMetrics(silentMetrics).observerOf(
    "east",
    "east:6443",
    new OwnedSeries(),
  );
  expect(observer).toEqual({});
});

import { systemClock } from "@kvop/core";
import { expect, it } from "vitest";

import { CurrentRoute } from "./current-route.js";

it("keeps no route that a rotation has replaced, once nothing goes over it", async () => {
  const server = "https://127.0.0.1:1";
  let rotations = 0;
  const current = new CurrentRoute(
    { server },
    {
      cluster: "supervisor",
      clock: systemClock,
      connectTimeoutMs: 1000,
      maxConnections: 2,
      pingIntervalMs: 1000,
      pingTimeoutMs: 1000,
      readConnection: () => Promise.resolve({ server, caPem: `authority ${rotations}` }),
    },
  );
  const { route: first } = await current.open();
  // A request that is still under way.
  const lent = first.pool.tryAcquire();
  while (rotations < 5) {
    rotations += 1;
    await current.open();
  }
  expect(current.routes).toHaveLength(2);
  expect(current.routes).toContain(first);
  lent?.release();
  rotations += 1;
  const { route: last } = await current.open();
  expect(current.routes).toEqual([last]);
  await current.destroy(new Error("the end of the test"));
});

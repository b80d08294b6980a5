import { Event, Namespace } from "@kvop/core";
import { expect, it } from "vitest";

import { createApiServer } from "../src/api-server.js";
import { VirtualClock } from "../src/clock/virtual-clock.js";

const HOUR_MS = 3_600_000;

it("events are gone an hour after they were last written", async () => {
  const clock = new VirtualClock();
  await using server = createApiServer({ clock, controllers: { namespaceDeletion: false } });
  const client = server.client();
  await client.create(Namespace, { metadata: { name: "team" } });
  const event = (name: string) => ({
    metadata: { namespace: "team", name },
    involvedObject: { namespace: "team" },
  });
  await client.create(Event, event("seen-once"));
  await client.create(Event, event("seen-again"));
  await clock.advance(HOUR_MS / 2);
  await client.patch(
    Event,
    { namespace: "team", name: "seen-again" },
    { type: "merge", patch: { count: 2 } },
  );
  const names = async () =>
    (await client.list(Event, { namespace: "team" })).items.map(({ metadata }) => metadata?.name);

  await clock.advance(HOUR_MS / 2 - 1);
  expect(await names()).toEqual(["seen-again", "seen-once"]);
  await clock.advance(1);
  expect(await names()).toEqual(["seen-again"]);
  await clock.advance(HOUR_MS / 2);
  expect(await names()).toEqual([]);
});

import type { RemoteClient, SupervisorClient } from "@kvop/core";
import { expect, it } from "vitest";
import { createApiServer, createFakeClient, MockClientManager } from "../src/index.js";

it("a client is one of a cluster unless it is made for the supervisor", () => {
  const remote: RemoteClient = createFakeClient();
  const supervisor: SupervisorClient = createFakeClient({ role: "supervisor" });
  // @ts-expect-error -- a client of a cluster is not one of the supervisor
  const wrong: SupervisorClient = createFakeClient();
  // @ts-expect-error -- nor is one of a server
  const alsoWrong: SupervisorClient = createApiServer().client();
  // @ts-expect-error -- the supervisor is no remote cluster
  new MockClientManager().addMockedClient("east", supervisor);
  expect([remote, supervisor, wrong, alsoWrong].map(({ role }) => role)).toEqual([
    "cluster",
    "supervisor",
    "cluster",
    "cluster",
  ]);
});

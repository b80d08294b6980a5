import { ConfigMap, defineResource, isConflict, type KubernetesObject } from "@kvop/core";
import { expect, test, vi } from "vitest";
import { VirtualClock } from "../clock/virtual-clock.js";
import { createApiServer } from "./api-server.js";
import { refuse } from "./refusal.js";

interface Pod extends KubernetesObject {
  spec: { nodeName?: string; terminationGracePeriodSeconds?: number; containers: object[] };
  status?: { phase?: string; conditions?: object[] };
}
const Pod = defineResource<Pod>({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  namespaced: true,
});
const key = { namespace: "default", name: "web" };
const pod = {
  metadata: key,
  spec: { terminationGracePeriodSeconds: 60, containers: [{ name: "main", image: "web" }] },
};

async function bind(client: ReturnType<ReturnType<typeof createApiServer>["client"]>) {
  await client.request({
    method: "POST",
    path: "/api/v1/namespaces/default/pods/web/binding",
    body: { apiVersion: "v1", kind: "Binding", target: { kind: "Node", name: "node01" } },
  });
}

test("a Pod is bound to a node once", async () => {
  const client = createApiServer({ clock: new VirtualClock() }).client();
  await client.create(Pod, pod);
  await bind(client);
  const bound = await client.get(Pod, key);
  expect(bound.spec.nodeName).toBe("node01");
  expect(bound.status?.conditions).toContainEqual({
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  });
  await expect(bind(client)).rejects.toSatisfy(isConflict);
});

test("a Pod on a node ends gracefully: marked first, gone when its kubelet says so", async () => {
  const client = createApiServer({ clock: new VirtualClock() }).client();
  await client.create(Pod, pod);
  await bind(client);
  const events: string[] = [];
  const abort = new AbortController();
  const watching = (async () => {
    for await (const event of client.watch(Pod, { signal: abort.signal })) {
      if (event.type === "bookmark") continue;
      const { deletionGracePeriodSeconds, deletionTimestamp, generation } = event.object
        .metadata as Record<string, unknown>;
      events.push(
        `${event.type} ${String(generation)} ${String(deletionGracePeriodSeconds)} ${String(deletionTimestamp)}`,
      );
      if (event.type === "deleted") return;
    }
  })();
  await vi.waitFor(() => expect(events).toHaveLength(1));
  const marked = await client.delete(Pod, key);
  expect(marked?.metadata?.deletionTimestamp).toBe("2026-01-01T00:01:00Z");
  await client.delete(Pod, key);
  const patch = { status: { phase: "Succeeded" } };
  await client.patch(Pod, key, { type: "merge", patch }, { subresource: "status" });
  await client.delete(Pod, key, { gracePeriodSeconds: 0 });
  await watching;
  expect(events).toEqual([
    "added 1 undefined undefined",
    "modified 2 60 2026-01-01T00:01:00Z",
    "modified 2 60 2026-01-01T00:01:00Z",
    "modified 2 0 2026-01-01T00:00:00Z",
    "deleted 2 0 2026-01-01T00:00:00Z",
  ]);
});

test("a Pod without a node, or one that has ended, goes at once", async () => {
  const client = createApiServer({ clock: new VirtualClock() }).client();
  await client.create(Pod, pod);
  expect((await client.delete(Pod, key))?.metadata?.deletionTimestamp).toBeDefined();
  expect(await client.find(Pod, key)).toBeUndefined();
});

test("validating handlers see what mutating ones and the schema made of an object, and may remark", async () => {
  const server = createApiServer();
  const seen: unknown[] = [];
  server.addAdmission(({ object }) => ({ ...object, data: { added: "yes" } }));
  server.addAdmission(
    ({ object, operation, warn }) => {
      seen.push([operation, object["data"]]);
      warn("mind the gap");
      if (operation === "DELETE") throw refuse.badRequest("no");
      return undefined;
    },
    { phase: "validating" },
  );
  const answer = await server.client().request({
    method: "POST",
    path: "/api/v1/namespaces/default/configmaps",
    body: { metadata: { name: "a" } },
  });
  expect(answer.headers["warning"]).toBe('299 - "mind the gap"');
  const client = server.client();
  await expect(client.delete(ConfigMap, { namespace: "default", name: "a" })).rejects.toThrow("no");
  expect(seen).toEqual([
    ["CREATE", { added: "yes" }],
    ["DELETE", { added: "yes" }],
  ]);
});

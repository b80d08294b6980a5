import { once } from "node:events";
import { connect } from "node:http2";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { ConfigMap } from "@kvop/core";
import { expect, test, vi } from "vitest";
import { startApiServer } from "../src/api-server/api-server.js";
import type { ListeningApiServer } from "../src/api-server/api-server-options.js";

const GROUPS = ["a", "b", "c"];
const OBJECTS = 40;

function overHttp1({ url, caPem, adminToken }: ListeningApiServer) {
  const agent = new Agent({ keepAlive: true, ca: caPem });
  const ask = async (path: string): Promise<string> => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const [answer] = await once(request(`${url}${path}`, { agent, headers }).end(), "response");
    return text(answer);
  };
  return { ask, [Symbol.dispose]: () => agent.destroy() };
}

function overHttp2({ url, caPem, adminToken }: ListeningApiServer) {
  const session = connect(url, { ca: caPem });
  const ask = (path: string): Promise<string> =>
    text(session.request({ ":path": path, authorization: `Bearer ${adminToken}` }));
  return { ask, [Symbol.dispose]: () => session.destroy() };
}

test.each([
  ["HTTP/1.1", overHttp1],
  ["HTTP/2", overHttp2],
])("lists that leave at once are each their own, %s", async (_protocol, connectTo) => {
  await using listening = await startApiServer();
  const admin = listening.server.client();
  for (const group of GROUPS)
    for (let index = 0; index < OBJECTS; index += 1)
      await admin.create(ConfigMap, {
        metadata: { namespace: "default", name: `${group}-${index}`, labels: { group } },
        data: { text: group.repeat(1000) },
      });
  using client = connectTo(listening);
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const group = GROUPS[index % GROUPS.length] ?? "";
        const path = `/api/v1/namespaces/default/configmaps?labelSelector=group%3D${group}&limit=${1 + (index % OBJECTS)}`;
        const { items } = JSON.parse(await client.ask(path)) as {
          items: { metadata: { name: string }; data: { text: string } }[];
        };
        expect(items).toHaveLength(1 + (index % OBJECTS));
        for (const { metadata, data } of items) {
          expect(metadata.name.startsWith(group)).toBe(true);
          expect(data.text).toBe(group.repeat(1000));
        }
      }),
    );
  }
});

test("an answer over HTTPS does not wait for timers that a test has taken over", async () => {
  await using listening = await startApiServer();
  using client = overHttp1(listening);
  vi.useFakeTimers();
  try {
    expect(await client.ask("/readyz")).toBe("ok");
  } finally {
    vi.useRealTimers();
  }
});

import { ConfigMap } from "@kvop/core";
import { expect, test } from "vitest";
import { createApiServer } from "./api-server.js";
import { encodeWatchLine } from "./encode-answer.js";
import type { WatchLine } from "./api-request.js";

const made = (name: string, group: string) => ({
  metadata: { namespace: "default", name, labels: { group } },
});

/** Opens a watch of ConfigMaps; its lines come into the array that is returned. */
async function watched(server: ReturnType<typeof createApiServer>, query: string) {
  const lines: WatchLine[] = [];
  const answer = await server.handle({
    method: "GET",
    path: ["api", "v1", "namespaces", "default", "configmaps"],
    query: new URLSearchParams(`watch=1&${query}`),
    body: undefined,
    contentType: "",
    accept: "application/json",
    userAgent: "",
    user: { username: "admin", groups: ["system:masters"] },
  });
  if (answer.type === "watch")
    answer.open(
      (line) => void lines.push(line),
      () => undefined,
    );
  return lines;
}

test("watches of one change share its line, each as its selector sees it", async () => {
  await using server = createApiServer();
  const client = server.client();
  const all = await watched(server, "");
  const same = await watched(server, "");
  const first = await watched(server, "labelSelector=group%3Dfirst");
  const named = await watched(server, "fieldSelector=metadata.name%3Dx");
  const other = await watched(server, "fieldSelector=metadata.name%3Dother");
  for (const lines of [all, same, first, named, other]) lines.length = 0;

  const { metadata } = await client.create(ConfigMap, made("x", "first"));
  await client.update(ConfigMap, { ...made("x", "second") });
  await client.delete(ConfigMap, { namespace: "default", name: "x" });

  const types = (lines: readonly WatchLine[]) => lines.map(({ type }) => type);
  expect(types(all)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  expect(same.every((line, index) => line === all[index])).toBe(true);
  expect(types(named)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  expect(types(first)).toEqual(["ADDED", "DELETED"]);
  expect(other).toEqual([]);
  expect(first[1]?.object["metadata"]).toMatchObject({ labels: { group: "first" } });
  expect(first[1]?.object["metadata"]).not.toMatchObject({
    resourceVersion: metadata?.resourceVersion,
  });
  for (const line of [...all, ...first]) {
    const text = Buffer.from(encodeWatchLine(line, "json")).toString();
    expect(JSON.parse(text)).toEqual({ type: line.type, object: line.object });
    expect(encodeWatchLine(line, "json")).toBe(encodeWatchLine(line, "json"));
  }
});

test("a watch by name begins with the object of that name alone", async () => {
  await using server = createApiServer();
  const client = server.client();
  for (const name of ["a", "ab", "b"]) await client.create(ConfigMap, made(name, "first"));
  const lines = await watched(server, "fieldSelector=metadata.name%3Da");
  expect(lines.map(({ object }) => object["metadata"])).toMatchObject([{ name: "a" }]);
  const { items } = await client.list(ConfigMap, { fieldSelector: "metadata.name=ab" });
  expect(items.map((item) => item.metadata?.name)).toEqual(["ab"]);
});

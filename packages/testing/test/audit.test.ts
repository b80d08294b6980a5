import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigMap, seededRandom, Secret } from "@kvop/core";
import { afterEach, expect, test, vi } from "vitest";
import { createApiServer, startApiServer } from "../src/api-server/api-server.js";
import type { ListeningApiServer } from "../src/api-server/api-server-options.js";
import type { AuditEvent } from "../src/audit/audit-event.js";
import { openAuditLog } from "../src/audit/open-audit-log.js";
import { VirtualClock } from "../src/clock/virtual-clock.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const configMaps = "/api/v1/namespaces/default/configmaps";
const status = "/apis/apps/v1/namespaces/default/deployments/x/status";
const merge = { "content-type": "application/merge-patch+json" };
const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "s" },
  stringData: { password: "hunter2" },
};

/** What was asked of a real API server 1.37 when its log in test-data was recorded. */
const asked: readonly {
  method: string;
  path: string;
  body?: object;
  token?: string;
  headers?: Record<string, string>;
}[] = [
  { method: "POST", path: `${configMaps}?dryRun=All`, body: configMap("dry") },
  { method: "POST", path: configMaps, body: configMap("a") },
  { method: "GET", path: `${configMaps}/a` },
  { method: "GET", path: `${configMaps}/none` },
  { method: "GET", path: `${configMaps}?limit=1` },
  { method: "GET", path: `${configMaps}?watch=true&timeoutSeconds=1` },
  { method: "PATCH", path: `${configMaps}/a`, body: { data: { a: "b" } }, headers: merge },
  { method: "DELETE", path: `${configMaps}/a` },
  { method: "GET", path: "/version" },
  { method: "GET", path: configMaps, token: "wrong" },
  { method: "POST", path: "/api/v1/namespaces/default/secrets", body: secret },
  { method: "GET", path: configMaps, headers: { "impersonate-user": "alice" } },
  { method: "GET", path: status },
];

test("the events are those of a real server, but for credentials", async () => {
  const listening = await startApiServer({ authorization: "RBAC" });
  cleanups.push(() => listening[Symbol.asyncDispose]());
  const events: AuditEvent[] = [];
  listening.server.audit({ level: "RequestResponse", sink: (event) => events.push(event) });
  for (const each of asked) await send(listening, each);
  const recorded = readFileSync(
    new URL("../src/audit/test-data/real-audit.jsonl", import.meta.url),
    "utf8",
  );
  const real = recorded
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditEvent);
  await vi.waitFor(() => expect(events).toHaveLength(real.length));
  const comparable = (list: readonly AuditEvent[]) =>
    list.filter(({ objectRef }) => !isLeftOut(objectRef)).map(normalise);
  expect(comparable(events)).toEqual(comparable(real));
  expect(JSON.stringify(events)).not.toMatch(/hunter2|aHVudGVyMg/);
  expect(JSON.stringify(events)).not.toContain(listening.adminToken);
});

/** A Secret's bodies are left out on purpose. */
function isLeftOut(reference: AuditEvent["objectRef"]): boolean {
  return reference?.resource === "secrets";
}

function normalise(event: AuditEvent): unknown {
  const text = JSON.stringify({
    ...event,
    auditID: "id",
    user: event.user.username === undefined ? {} : "admin",
    // Only new servers have it.
    authenticationMetadata: undefined,
    responseStatus: { ...event.responseStatus, details: undefined, metadata: undefined },
    responseObject: event.responseStatus?.status === "Failure" ? "Status" : event.responseObject,
  });
  return JSON.parse(
    text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time")
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "uid")
      .replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":"n"'),
  );
}

function send(listening: ListeningApiServer, each: (typeof asked)[number]): Promise<void> {
  const { method, path, body, token = listening.adminToken, headers } = each;
  return new Promise((resolve, reject) => {
    const outgoing = request(`${listening.url}${path}`, {
      method,
      ca: listening.caPem,
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "user-agent": "probe/1",
        ...headers,
      },
    });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => response.resume().on("end", resolve));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const watched = (
  options: Omit<Parameters<ReturnType<typeof createApiServer>["audit"]>[0], "sink">,
) => {
  const server = createApiServer({ clock: new VirtualClock(), random: seededRandom(1) });
  const events: AuditEvent[] = [];
  const audit = server.audit({ ...options, sink: (event) => events.push(event) });
  return { server, events, audit, client: server.client() };
};
const key = { namespace: "default", name: "a" };

test("the first rule that fits decides how much is written, and stages can be left out", async () => {
  const { client, events } = watched({
    rules: [
      { level: "None", verb: "list" },
      { level: "Request", resource: "configmaps" },
    ],
    level: "Metadata",
    omitStages: ["RequestReceived"],
  });
  await client.list(ConfigMap);
  await client.create(ConfigMap, { metadata: key, data: { k: "v" } });
  await client.create(Secret, { metadata: key, stringData: { k: "v" } });
  expect(events).toMatchObject([
    { level: "Request", stage: "ResponseComplete", requestObject: { data: { k: "v" } } },
    { level: "Metadata", objectRef: { resource: "secrets", name: "a" } },
  ]);
  expect(events.flatMap((event) => Object.keys(event))).not.toContain("responseObject");
  expect(events[1]?.requestObject).toBeUndefined();
});

test("no Secret is written at any level, whichever way it goes", async () => {
  const { client, events } = watched({ level: "RequestResponse" });
  await client.create(Secret, { metadata: key, stringData: { password: "hunter2" } });
  await client.get(Secret, key);
  await client.list(Secret);
  await client.patch(Secret, key, { type: "merge", patch: { stringData: { a: "hunter2" } } });
  const operations = [{ op: "add" as const, path: "/data/b", value: "aHVudGVyMg==" }];
  await client.patch(Secret, key, { type: "json", operations });
  await client.delete(Secret, key);
  expect(events).toHaveLength(12);
  expect(JSON.stringify(events)).not.toMatch(/hunter2|aHVudGVyMg/);
});

test("what faults do to answers does not change what was done", async () => {
  const { server, client, events, audit } = watched({ omitStages: ["RequestReceived"] });
  {
    using _lost = server.faults.on({ verb: "create" }).loseAnswer();
    await client.create(ConfigMap, { metadata: key }).catch(() => undefined);
  }
  using _refused = server.faults.on({ verb: "get" }).answer(503);
  await client.get(ConfigMap, key).catch(() => undefined);
  expect(events).toMatchObject([{ verb: "create", responseStatus: { code: 201 } }]);
  audit[Symbol.dispose]();
  await client.list(ConfigMap);
  expect(events).toHaveLength(1);
});

test("the same seed and clock write the same log", async () => {
  const run = async () => {
    const { client, events } = watched({ level: "RequestResponse" });
    await client.create(ConfigMap, { metadata: { namespace: "default", generateName: "c-" } });
    await client.list(ConfigMap, { namespace: "default" });
    return events;
  };
  expect(await run()).toEqual(await run());
});

test("a log in a file, one line an event, readable by its owner alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kvop-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "audit.log");
  const server = createApiServer();
  for (const round of [1, 2]) {
    const log = openAuditLog(path);
    using _audit = server.audit({ sink: log.write });
    await server.client().list(ConfigMap);
    await log[Symbol.asyncDispose]();
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as AuditEvent).stage)).toEqual(
      Array.from({ length: round }, () => ["RequestReceived", "ResponseComplete"]).flat(),
    );
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const lost = openAuditLog(join(folder, "no", "such", "folder"));
  await expect(lost[Symbol.asyncDispose]()).rejects.toThrow("ENOENT");
});

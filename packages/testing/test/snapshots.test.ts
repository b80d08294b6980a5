import { ConfigMap, isGone, isNotFound, Machine, Namespace, Secret } from "@kvop/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../src/schema/json.js";
import {
  createApiServer,
  exportYaml,
  importYaml,
  machine,
  ManifestInvalidError,
  VirtualClock,
  vitistackCustomResourceDefinitions,
} from "../src/index.js";

const crds = vitistackCustomResourceDefinitions();
const newServer = () => createApiServer({ crds, clock: new VirtualClock() });
const configMap = (name: string, value = "v") => ({
  metadata: { namespace: "default", name },
  data: { value },
});
const key = (name: string) => ({ namespace: "default", name });
const names = async (server: ReturnType<typeof newServer>) =>
  (await server.client().list(ConfigMap, { namespace: "default" })).items.map(
    ({ metadata }) => metadata?.name,
  );

describe("snapshots", () => {
  test("an object is shared, never copied, and what comes after is gone after a restore", async () => {
    const server = newServer();
    const client = server.client();
    const created = await client.create(ConfigMap, configMap("a"));
    await client.create(Namespace, { metadata: { name: "team" } });
    const snapshot = server.snapshot();
    const before = [...snapshot.objects()];
    await client.update(ConfigMap, { ...created, data: { value: "new" } });
    await client.create(ConfigMap, configMap("b"));
    await client.delete(Namespace, { name: "team" });
    server.restore(snapshot);
    expect(await client.get(ConfigMap, key("a"))).toEqual(created);
    expect(await names(server)).toEqual(["a"]);
    expect(await client.find(Namespace, { name: "team" })).toBeDefined();
    const after = [...server.snapshot().objects()];
    expect(after).toHaveLength(before.length);
    for (const [index, object] of after.entries()) expect(object).toBe(before[index]);
  });

  test("a snapshot serves any number of servers, none of which sees the others", async () => {
    const origin = newServer();
    await origin.client().create(ConfigMap, configMap("a"));
    const snapshot = origin.snapshot();
    const [first, second] = [createApiServer(), newServer()];
    first.restore(snapshot);
    second.restore(snapshot);
    await first.client().create(Machine, machine({ metadata: key("m") }));
    await first.client().delete(ConfigMap, key("a"));
    expect(await names(first)).toEqual([]);
    expect(await names(second)).toEqual(["a"]);
    expect(await names(origin)).toEqual(["a"]);
    second.restore(snapshot);
    expect(await names(second)).toEqual(["a"]);
  });

  test("who read or watched before a restore has to begin anew", async () => {
    const server = newServer();
    const client = server.client();
    const snapshot = server.snapshot();
    const { metadata } = await client.create(ConfigMap, configMap("a"));
    server.restore(snapshot);
    const resumed = async () => {
      const options = { resourceVersion: metadata?.resourceVersion };
      for await (const _ of client.watch(ConfigMap, options)) break;
    };
    const failure = await resumed().catch((error: unknown) => error);
    expect(isGone(failure)).toBe(true);
    const list = await client.list(ConfigMap);
    expect(Number(list.metadata?.resourceVersion)).toBeGreaterThan(
      Number(metadata?.resourceVersion),
    );
  });

  test("any sequence of writes is undone", async () => {
    const write = fc.record({
      verb: fc.constantFrom("create", "update", "delete", "snapshot", "restore"),
      name: fc.constantFrom("a", "b", "c"),
      value: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 30 }), async (writes) => {
        const server = createApiServer({ clock: new VirtualClock() });
        const client = server.client();
        let saved = { snapshot: server.snapshot(), items: (await client.list(ConfigMap)).items };
        for (const { verb, name, value } of writes) {
          if (verb === "snapshot")
            saved = { snapshot: server.snapshot(), items: (await client.list(ConfigMap)).items };
          else if (verb === "restore") {
            server.restore(saved.snapshot);
            expect((await client.list(ConfigMap)).items).toEqual(saved.items);
          } else if (verb === "delete")
            await client.delete(ConfigMap, key(name)).catch(() => undefined);
          else if (verb === "create")
            await client.create(ConfigMap, configMap(name, value)).catch(() => undefined);
          else {
            const patch = { data: { value } };
            await client
              .patch(ConfigMap, key(name), { type: "merge", patch })
              .catch(() => undefined);
          }
        }
      }),
      { numRuns: 50 },
    );
  }, 60_000);
});

describe("YAML", () => {
  test("several documents, lists and JSON, in any order", async () => {
    const server = createApiServer();
    const count = importYaml(
      server,
      `# the instance comes before its definition and its namespace
apiVersion: stable.example.com/v1
kind: Crontab
metadata: { name: c, namespace: team }
status: { phase: Ready }
---
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: a, namespace: default, uid: 11111111-2222-4333-8444-555555555555 }
    data: { on: "yes", time: 2026-01-01T00:00:00Z, octal: "017" }
---
apiVersion: v1
kind: SecretList
items:
  - metadata: { name: s }
    data: { k: dg== }
---
{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team","labels":{"x":"y"}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: crontabs.stable.example.com }
spec:
  group: stable.example.com
  scope: Namespaced
  names: { plural: crontabs, singular: crontab, kind: Crontab }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`,
    );
    expect(count).toBe(5);
    const client = server.client();
    const { metadata, data } = await client.get(ConfigMap, key("a"));
    expect(metadata?.uid).toBe("11111111-2222-4333-8444-555555555555");
    expect(data).toEqual({ true: "yes", time: "2026-01-01T00:00:00Z", octal: "017" });
    expect(await client.get(Secret, key("s"))).toMatchObject({ data: { k: "dg==" } });
    expect((await client.get(Namespace, { name: "team" })).metadata?.labels).toMatchObject({
      x: "y",
    });
    const answer = await server.handle({
      method: "GET",
      path: ["apis", "stable.example.com", "v1", "namespaces", "team", "crontabs", "c"],
      query: new URLSearchParams(),
      body: undefined,
      contentType: "",
      accept: "application/json",
      userAgent: "test",
      user: { username: "admin", groups: ["system:masters"] },
    });
    expect(answer).toMatchObject({ status: 200, body: { status: { phase: "Ready" } } });
  });

  test("a backup brings the same objects back", async () => {
    const server = newServer();
    const client = server.client();
    await client.create(Machine, machine({ metadata: key("m") }));
    const status = { patch: { status: { phase: "Running" } }, type: "merge" as const };
    await client.patch(Machine, key("m"), status, { subresource: "status" });
    await client.create(Secret, { metadata: key("s"), stringData: { a: "on", b: "1e3" } });
    const restored = createApiServer();
    importYaml(restored, exportYaml(server));
    const without = ({ metadata, ...rest }: { metadata?: object | undefined }) => ({
      ...rest,
      metadata: { ...metadata, resourceVersion: undefined },
    });
    for (const resource of [Machine, Secret] as const) {
      const [before, after] = await Promise.all([
        client.list(resource),
        restored.client().list(resource),
      ]);
      expect(after.items.map(without)).toEqual(before.items.map(without));
    }
    expect(exportYaml(restored)).not.toContain("resourceVersion");
  });

  test("a manifest leaves out what a server fills in, and what it has by itself", async () => {
    const server = createApiServer({ clock: new VirtualClock(), authorization: "RBAC" });
    const client = server.client();
    const owner = await client.create(ConfigMap, configMap("owner"));
    const { uid = "" } = owner.metadata ?? {};
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid }];
    await client.create(ConfigMap, {
      metadata: { ...key("child"), ownerReferences, labels: { a: "b" } },
    });
    await client.create(ConfigMap, { metadata: { ...key("going"), finalizers: ["x/y"] } });
    await client.delete(ConfigMap, key("going"));
    await client.create(Namespace, { metadata: { name: "team" } });
    const yaml = exportYaml(server, { form: "manifest" });
    expect(yaml).toBe(`---
apiVersion: v1
kind: Namespace
metadata:
  name: team
  labels:
    kubernetes.io/metadata.name: team
spec:
  finalizers:
    - kubernetes
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: child
  namespace: default
  labels:
    a: b
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: owner
  namespace: default
data:
  value: v
`);
    expect(exportYaml(server, { select: ({ kind }) => kind === "ConfigMap" })).toContain(uid);
  });

  test("any texts survive export and import", async () => {
    const texts = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));
    const [first, second] = [createApiServer(), createApiServer()];
    await fc.assert(
      fc.asyncProperty(texts, async (data) => {
        first.load({ apiVersion: "v1", kind: "ConfigMap", metadata: key("a"), data });
        const select = ({ metadata }: JsonObject) => (metadata as JsonObject)["name"] === "a";
        importYaml(second, exportYaml(first, { select }));
        const read = async (server: typeof first) =>
          Object.entries((await server.client().get(ConfigMap, key("a"))).data ?? {});
        expect(await read(second)).toEqual(await read(first));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test.each([
    ["a: [hunter2\nb: }", 0, "no YAML at line 2"],
    ["hunter2", 1, "it is no object"],
    ["kind: Pod", 1, "apiVersion is missing"],
    ["apiVersion: v1", 1, "kind is missing"],
    ["apiVersion: v1\nkind: Pod\nmetadata: {}", 1, "metadata.name of its Pod is missing"],
    ["---\napiVersion: v1\nkind: List\nitems: [hunter2]", 1, "it is no object"],
    ["apiVersion: x/v1\nkind: Foo\nmetadata: { name: hunter2 }", 1, "Foo of x/v1 is not served"],
  ])("what cannot be imported is named, not quoted: %j", (text, document, problem) => {
    const importing = () => importYaml(createApiServer(), text);
    expect(importing).toThrow(ManifestInvalidError);
    expect(importing).toThrow(
      expect.objectContaining({ document, message: expect.stringContaining(problem) }),
    );
    expect(importing).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
    );
  });

  test("nothing is put in when a later document is broken", async () => {
    const server = createApiServer();
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\nkind: Pod`;
    expect(() => importYaml(server, text)).toThrow(ManifestInvalidError);
    const missing = await server
      .client()
      .get(ConfigMap, key("a"))
      .catch((error: unknown) => error);
    expect(isNotFound(missing)).toBe(true);
  });
});

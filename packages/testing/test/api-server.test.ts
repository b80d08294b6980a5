import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ApiError,
  apiVersionOf,
  ConfigMap,
  isAlreadyExists,
  isConflict,
  isGone,
  isInvalid,
  isNotFound,
  KubevirtConfig,
  Lease,
  Machine,
  Namespace,
  PersistentVolumeClaim,
  Secret,
  type WatchEvent,
} from "@kvop/core";
import { afterEach, describe, expect, test } from "vitest";
import { createApiServer, startApiServer } from "../src/api-server/api-server.js";
import { VirtualClock } from "../src/clock/virtual-clock.js";
import { vitistackCustomResourceDefinitions } from "../src/crds/custom-resource-definitions.js";

const crds = vitistackCustomResourceDefinitions();
const newServer = () => createApiServer({ crds, clock: new VirtualClock() });
const machine = (name: string, over: object = {}) => ({
  metadata: { namespace: "default", name, ...over },
  spec: { provider: "kubevirt" },
});
const caught = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("writes", () => {
  test("create stamps, status is dropped, a second one exists already", async () => {
    const client = newServer().client();
    const created = await client.create(Machine, { ...machine("a"), status: { phase: "Running" } });
    expect(created.metadata).toMatchObject({
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
    });
    expect(created.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.status).toBeUndefined();
    expect(isAlreadyExists(await caught(client.create(Machine, machine("a"))))).toBe(true);
    const missing = await caught(
      client.create(Machine, { ...machine("b"), metadata: { namespace: "no", name: "b" } }),
    );
    expect(isNotFound(missing)).toBe(true);
  });

  test("the schema prunes, defaults and refuses with causes", async () => {
    const client = newServer().client();
    const cloudInit = { userData: "x", unknown: 1 };
    const created = await client.create(Machine, {
      ...machine("a"),
      spec: { provider: "kubevirt", cloudInit },
    });
    expect(created.spec?.cloudInit).toEqual({ userData: "x", type: "noCloud" });
    const error = await caught(
      client.create(Machine, {
        ...machine("b"),
        spec: { provider: "kubevirt", cpu: { cores: 0 } },
      }),
    );
    expect(isInvalid(error)).toBe(true);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Machine\.vitistack\.io "b" is invalid: spec\.cpu\.cores/),
      status: { details: { causes: [{ field: "spec.cpu.cores" }] } },
    });
    const strict = await caught(
      client.create(
        Machine,
        { ...machine("c"), spec: { provider: "kubevirt", cloudInit } },
        { fieldValidation: "Strict" },
      ),
    );
    expect(strict).toMatchObject({
      httpStatus: 400,
      message:
        'Machine in version "v1alpha1" cannot be handled as a Machine: strict decoding error: unknown field "spec.cloudInit.unknown"',
    });
  });

  test("a stale update conflicts, a change without effect keeps the version", async () => {
    const client = newServer().client();
    const first = await client.create(Machine, machine("a"));
    const second = await client.update(Machine, {
      ...first,
      spec: { provider: "kubevirt", memory: 5 },
    });
    expect(second.metadata?.generation).toBe(2);
    expect(
      isConflict(await caught(client.update(Machine, { ...first, spec: { provider: "x" } }))),
    ).toBe(true);
    const same = await client.update(Machine, second);
    expect(same.metadata?.resourceVersion).toBe(second.metadata?.resourceVersion);
    const key = { namespace: "default", name: "a" };
    const status = await client.patch(
      Machine,
      key,
      { type: "merge", patch: { status: { phase: "Running" }, spec: { memory: 9 } } },
      { subresource: "status" },
    );
    expect(status).toMatchObject({
      spec: { memory: 5 },
      status: { phase: "Running" },
      metadata: { generation: 2 },
    });
    const operations = [{ op: "test" as const, path: "/spec/memory", value: 6 }];
    expect(isInvalid(await caught(client.patch(Machine, key, { type: "json", operations })))).toBe(
      true,
    );
  });

  test("finalizers hold an object back until the last is gone", async () => {
    const client = newServer().client();
    const created = await client.create(Machine, machine("a", { finalizers: ["x/y"] }));
    const key = { namespace: "default", name: "a" };
    expect(
      isConflict(await caught(client.delete(Machine, key, { preconditions: { uid: "other" } }))),
    ).toBe(true);
    const waiting = await client.delete(Machine, key, {
      preconditions: { uid: created.metadata?.uid },
    });
    expect(waiting?.metadata).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:00Z",
      generation: 2,
    });
    const more = { type: "merge" as const, patch: { metadata: { finalizers: ["x/y", "x/z"] } } };
    expect(isInvalid(await caught(client.patch(Machine, key, more)))).toBe(true);
    await client.patch(Machine, key, { type: "merge", patch: { metadata: { finalizers: null } } });
    expect(await client.find(Machine, key)).toBeUndefined();
  });

  test("a Lease is made by a PUT, a Secret's texts become data", async () => {
    const client = newServer().client();
    await client.update(Lease, {
      metadata: { namespace: "default", name: "l" },
      spec: { holderIdentity: "me" },
    });
    const secret = await client.create(Secret, {
      metadata: { namespace: "default", name: "s" },
      stringData: { a: "b" },
    });
    expect(secret).toMatchObject({ type: "Opaque", data: { a: "Yg==" } });
  });

  test("generateName gives names that differ", async () => {
    const client = newServer().client();
    const make = () =>
      client.create(ConfigMap, { metadata: { namespace: "default", generateName: "c-" } });
    const [a, b] = [await make(), await make()];
    expect(a.metadata?.name).toMatch(/^c-.{5}$/);
    expect(a.metadata?.name).not.toBe(b.metadata?.name);
  });
});

describe("reads", () => {
  test("pages are of one moment, and an old token is gone after compaction", async () => {
    const server = newServer();
    const client = server.client();
    for (const name of ["a", "b", "c"]) await client.create(Machine, machine(name));
    const names: string[] = [];
    let pages = 0;
    for await (const page of client.listPages(Machine, { pageSize: 1 })) {
      pages += 1;
      if (pages === 1) await client.delete(Machine, { namespace: "default", name: "b" });
      names.push(...page.items.map((item) => item.metadata?.name ?? ""));
    }
    expect(names).toEqual(["a", "b", "c"]);
    const iterate = async () => {
      for await (const _ of client.listPages(Machine, { pageSize: 1 })) {
        await client.create(ConfigMap, { metadata: { namespace: "default", generateName: "x" } });
        server.compact();
      }
    };
    const refusal = await caught(iterate());
    expect(isGone(refusal)).toBe(true);
    // What is left can be had all the same, as it is by now.
    const { metadata } = (refusal as ApiError).status as { metadata: { continue: string } };
    const token = Buffer.from(metadata.continue, "base64url").toString();
    expect(JSON.parse(token)).toMatchObject({ rv: -1 });
  });

  test("selectors", async () => {
    const client = newServer().client();
    for (const [name, app] of [
      ["a", "web"],
      ["b", "db"],
      ["c", undefined],
    ] as const) {
      await client.create(ConfigMap, {
        metadata: { namespace: "default", name, ...(app === undefined ? {} : { labels: { app } }) },
      });
    }
    const names = async (labelSelector?: string, fieldSelector?: string) =>
      (
        await client.list(ConfigMap, { namespace: "default", labelSelector, fieldSelector })
      ).items.map((item) => item.metadata?.name);
    expect(await names("app=web")).toEqual(["a"]);
    expect(await names("app!=web")).toEqual(["b", "c"]);
    expect(await names("app in (web,db)")).toEqual(["a", "b"]);
    expect(await names("!app")).toEqual(["c"]);
    expect(await names(undefined, "metadata.name=b")).toEqual(["b"]);
    expect(await caught(names(undefined, "data.x=1"))).toMatchObject({ httpStatus: 400 });
  });

  test("metadata alone", async () => {
    const client = newServer().client();
    await client.create(Machine, machine("a"));
    const { items } = await client.list(Machine, { metadataOnly: true });
    expect(items[0]).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "a" } });
    expect(items[0]?.spec).toBeUndefined();
  });
});

describe("watch", () => {
  test("from a version, with an object that leaves the selector", async () => {
    const server = newServer();
    const client = server.client();
    const first = await client.create(ConfigMap, {
      metadata: { namespace: "default", name: "a", labels: { app: "x" } },
    });
    const abort = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      const options = {
        resourceVersion: first.metadata?.resourceVersion,
        labelSelector: "app=x",
        signal: abort.signal,
      };
      for await (const event of client.watch(ConfigMap, options) as AsyncIterable<
        WatchEvent<ConfigMap>
      >) {
        if (event.type !== "bookmark") seen.push(`${event.type} ${event.object.metadata?.name}`);
        if (seen.length === 3) return;
      }
    })();
    await client.create(ConfigMap, {
      metadata: { namespace: "default", name: "b", labels: { app: "x" } },
    });
    await client.patch(
      ConfigMap,
      { namespace: "default", name: "a" },
      { type: "merge", patch: { data: { k: "v" } } },
    );
    await client.patch(
      ConfigMap,
      { namespace: "default", name: "a" },
      { type: "merge", patch: { metadata: { labels: null } } },
    );
    await watching;
    expect(seen).toEqual(["added b", "modified a", "deleted a"]);
    server.compact();
    const old = async () => {
      for await (const _ of client.watch(ConfigMap, { resourceVersion: "1" })) break;
    };
    expect(isGone(await caught(old()))).toBe(true);
  });
});

describe("controllers", () => {
  test("a namespace takes its contents along, dependents follow their owner", async () => {
    const client = newServer().client();
    await client.create(Namespace, { metadata: { name: "team" } });
    const owner = await client.create(ConfigMap, {
      metadata: { namespace: "team", name: "owner" },
    });
    const ownerReferences = [
      { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata?.uid ?? "" },
    ];
    await client.create(PersistentVolumeClaim, {
      metadata: { namespace: "team", name: "child", ownerReferences },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    await client.delete(ConfigMap, { namespace: "team", name: "owner" });
    expect(
      await client.find(PersistentVolumeClaim, { namespace: "team", name: "child" }),
    ).toBeUndefined();
    await client.create(Secret, { metadata: { namespace: "team", name: "s" } });
    await client.delete(Namespace, { name: "team" });
    expect(await client.find(Namespace, { name: "team" })).toBeUndefined();
    expect((await client.list(Secret)).items).toEqual([]);
  });
});

describe("over HTTPS", () => {
  const cleanups: Array<() => PromiseLike<void> | void> = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });
  const kubectl = process.env["TEST_ASSET_KUBECTL"] ?? "kubectl";
  const hasKubectl = spawnSync(kubectl, ["version", "--client"]).status === 0;

  test.skipIf(!hasKubectl)(
    "kubectl applies, gets, describes, explains and deletes",
    async () => {
      const server = await startApiServer({ crds });
      cleanups.push(() => server[Symbol.asyncDispose]());
      const folder = mkdtempSync(join(tmpdir(), "kvop-"));
      cleanups.push(() => rmSync(folder, { recursive: true }));
      const kubeconfig = join(folder, "kubeconfig");
      writeFileSync(kubeconfig, server.kubeconfig(), { mode: 0o600 });
      const { execFile } = await import("node:child_process");
      const run = (...args: string[]) =>
        new Promise<string>((resolve, reject) => {
          execFile(
            kubectl,
            ["--kubeconfig", kubeconfig, "--cache-dir", join(folder, "cache"), ...args],
            (error, stdout, stderr) => {
              if (error === null) resolve(stdout);
              else reject(new Error(`${stdout}${stderr}`));
            },
          );
        });
      const manifest = join(folder, "machine.yaml");
      const write = (memory: number) =>
        writeFileSync(
          manifest,
          `apiVersion: vitistack.io/v1alpha1\nkind: Machine\nmetadata: {name: web}\nspec: {provider: kubevirt, memory: ${memory}}\n`,
        );
      write(1);
      expect(await run("apply", "-f", manifest)).toBe("machine.vitistack.io/web created\n");
      write(2);
      expect(await run("apply", "-f", manifest)).toBe("machine.vitistack.io/web configured\n");
      expect(await run("apply", "-f", manifest)).toBe("machine.vitistack.io/web unchanged\n");
      expect(await run("get", "machines", "-A")).toMatch(
        /^NAMESPACE +NAME +PHASE +STATE +PUBLIC IPS +PROVIDER +MACHINE CLASS +AGE\ndefault +web +kubevirt/,
      );
      expect(await run("describe", "machine", "web")).toMatch(/Memory: +2/);
      expect(await run("explain", "machine.spec.memory")).toContain("FIELD: memory <integer>");
      expect(await run("create", "namespace", "team")).toBe("namespace/team created\n");
      expect(await run("delete", "-f", manifest)).toMatch(/machine.vitistack.io "web" deleted/);
      expect(await run("get", "ns", "-o", "name")).toContain("namespace/team");
    },
    60_000,
  );

  test("a wrong token is refused, a server that stopped comes back with its data", async () => {
    const server = await startApiServer({ crds });
    cleanups.push(() => server[Symbol.asyncDispose]());
    await server.server.client().create(KubevirtConfig, {
      metadata: { name: "east" },
      spec: { name: "east", kubeconfigSecretRef: "s", secretNamespace: "n" },
    });
    const { Agent, get } = await import("node:https");
    const agent = new Agent({ ca: server.caPem });
    cleanups.push(() => agent.destroy());
    const status = (token: string) =>
      new Promise<number | string>((resolve) => {
        const headers = { authorization: `Bearer ${token}` };
        get(
          `${server.url}/apis/${apiVersionOf(KubevirtConfig)}/kubevirtconfigs/east`,
          { agent, headers },
          (answer) => {
            answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
          },
        ).on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
      });
    const old = server.adminToken;
    expect(await status(old)).toBe(200);
    expect(await status("wrong")).toBe(401);
    const token = server.server.rotateAdminToken();
    expect([await status(old), await status(token)]).toEqual([401, 200]);
    await server.stop();
    expect(await status(token)).toBe("ECONNREFUSED");
    await server.start();
    expect(await status(token)).toBe(200);
  });
});

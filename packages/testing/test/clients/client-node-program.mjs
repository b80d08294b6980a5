// Checks of an API server by @kubernetes/client-node, run as a process of its own: `node client-node-program.mjs <module>`, with
// KUBECONFIG. One line each, "ok NAME" or "FAIL NAME: why"; "-list" prints the names. The module is a path: 1 and 2 differ.
import { setTimeout as delay } from "node:timers/promises";

const [modulePath] = process.argv.slice(2);
const library = modulePath === "-list" ? {} : await import(modulePath);

/** Compares by JSON, whatever the order of the fields. */
function want(what, got, wanted) {
  const texts = [got, wanted].map((value) => JSON.stringify(value, inOrder));
  if (texts[0] !== texts[1]) throw new Error(`${what}: got ${texts[0]}, want ${texts[1]}`);
}

function inOrder(_key, value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function eventually(ask) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 300) throw error;
      await delay(50);
    }
  }
}

/** The status code of a refusal, in the shape of either version. */
async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error.code ?? error.statusCode;
  }
  return "not refused";
}

const configMap = (name, data) => ({ metadata: { name }, data });

const checks = {
  "typed, create, read, list, replace, delete": async ({ config, namespace }) => {
    const core = config.makeApiClient(library.CoreV1Api);
    const created = await core.createNamespacedConfigMap({
      namespace,
      body: configMap("a", { x: "1" }),
    });
    created.data.y = "2";
    await core.replaceNamespacedConfigMap({ namespace, name: "a", body: created });
    const list = await core.listNamespacedConfigMap({ namespace });
    want(
      "data",
      list.items.map((item) => item.data),
      [{ x: "1", y: "2" }],
    );
    want("creation time is a Date", list.items[0].metadata.creationTimestamp instanceof Date, true);
    want(
      "conflict",
      await refused(
        core.replaceNamespacedConfigMap({ namespace, name: "a", body: { ...created, data: {} } }),
      ),
      409,
    );
    want(
      "exists",
      await refused(core.createNamespacedConfigMap({ namespace, body: configMap("a") })),
      409,
    );
    await core.deleteNamespacedConfigMap({ namespace, name: "a" });
    want("missing", await refused(core.readNamespacedConfigMap({ namespace, name: "a" })), 404);
  },
  "typed, Deployment, its status and scale": async ({ config, namespace }) => {
    const apps = config.makeApiClient(library.AppsV1Api);
    const labels = { app: "web" };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "m", image: "i" }] } },
    };
    const created = await apps.createNamespacedDeployment({
      namespace,
      body: { metadata: { name: "web" }, spec },
    });
    want("replicas", created.spec.replicas, 1);
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: "web" });
    scale.spec.replicas = 4;
    await apps.replaceNamespacedDeploymentScale({ namespace, name: "web", body: scale });
    created.status = { replicas: 2 };
    delete created.metadata.resourceVersion;
    const status = await apps.replaceNamespacedDeploymentStatus({
      namespace,
      name: "web",
      body: created,
    });
    want("after", [status.spec.replicas, status.status.replicas], [4, 2]);
  },
  "patches by setHeaderOptions": async ({ config, namespace }) => {
    const core = config.makeApiClient(library.CoreV1Api);
    await core.createNamespacedConfigMap({ namespace, body: configMap("a", { x: "1" }) });
    const patched = async (body, strategy) =>
      (
        await core.patchNamespacedConfigMap(
          {
            namespace,
            name: "a",
            body,
            ...(strategy === library.PatchStrategy.ServerSideApply
              ? { fieldManager: "me", force: true }
              : {}),
          },
          library.setHeaderOptions("Content-Type", strategy),
        )
      ).data;
    const { PatchStrategy } = library;
    want(
      "json",
      await patched([{ op: "add", path: "/data/y", value: "2" }], PatchStrategy.JsonPatch),
      { x: "1", y: "2" },
    );
    want("merge", await patched({ data: { x: null } }, PatchStrategy.MergePatch), { y: "2" });
    want("strategic", await patched({ data: { z: "3" } }, PatchStrategy.StrategicMergePatch), {
      y: "2",
      z: "3",
    });
    const applied = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
      data: { y: "5" },
    };
    want("apply", await patched(applied, PatchStrategy.ServerSideApply), { y: "5", z: "3" });
  },
  "custom objects": async ({ config, namespace, group }) => {
    const custom = config.makeApiClient(library.CustomObjectsApi);
    const of = { group, version: "v1", namespace, plural: "things" };
    await eventually(() => custom.listNamespacedCustomObject(of));
    const thing = {
      apiVersion: `${group}/v1`,
      kind: "Thing",
      metadata: { name: "t" },
      spec: { size: 3 },
    };
    await custom.createNamespacedCustomObject({ ...of, body: thing });
    want(
      "invalid",
      await refused(
        custom.createNamespacedCustomObject({
          ...of,
          body: { ...thing, metadata: { name: "u" }, spec: { size: "x" } },
        }),
      ),
      422,
    );
    const read = await custom.getNamespacedCustomObject({ ...of, name: "t" });
    want("spec", read.spec, { size: 3, color: "red" });
    read.status = { ready: true };
    const status = await custom.replaceNamespacedCustomObjectStatus({
      ...of,
      name: "t",
      body: read,
    });
    want("status", status.status, { ready: true });
    await custom.deleteNamespacedCustomObject({ ...of, name: "t" });
  },
  KubernetesObjectApi: async ({ config, namespace, group }) => {
    const objects = library.KubernetesObjectApi.makeApiClient(config);
    const thing = {
      apiVersion: `${group}/v1`,
      kind: "Thing",
      metadata: { name: "t", namespace },
      spec: { size: 1 },
    };
    await eventually(() => objects.list(`${group}/v1`, "Thing", namespace));
    await objects.create(thing);
    const read = await objects.read(thing);
    want("default", read.spec.color, "red");
    await objects.patch(
      { ...thing, spec: { size: 2 } },
      undefined,
      undefined,
      undefined,
      undefined,
      library.PatchStrategy.MergePatch,
    );
    const list = await objects.list(`${group}/v1`, "Thing", namespace);
    want(
      "list",
      list.items.map(({ spec }) => spec.size),
      [2],
    );
    await objects.delete(thing);
    want("missing", await refused(objects.read(thing)), 404);
  },
  watch: async ({ config, namespace }) => {
    const core = config.makeApiClient(library.CoreV1Api);
    const seen = [];
    const controller = await new library.Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { allowWatchBookmarks: true },
      (type, object) => {
        if (type !== "BOOKMARK") seen.push(`${type} ${object.metadata.name}`);
      },
      () => {},
    );
    await core.createNamespacedConfigMap({ namespace, body: configMap("a") });
    await core.deleteNamespacedConfigMap({ namespace, name: "a" });
    await eventually(() => want("events", seen, ["ADDED a", "DELETED a"]));
    controller.abort();
  },
  informer: async ({ config, namespace }) => {
    const core = config.makeApiClient(library.CoreV1Api);
    await core.createNamespacedConfigMap({ namespace, body: configMap("before") });
    const informer = library.makeInformer(
      config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => core.listNamespacedConfigMap({ namespace }),
    );
    const seen = [];
    for (const event of ["add", "update", "delete"])
      informer.on(event, (object) => seen.push(`${event} ${object.metadata.name}`));
    informer.on("error", () => {});
    await informer.start();
    await eventually(() =>
      want(
        "list",
        informer.list().map(({ metadata }) => metadata.name),
        ["before"],
      ),
    );
    const created = await core.createNamespacedConfigMap({ namespace, body: configMap("after") });
    created.data = { x: "y" };
    await core.replaceNamespacedConfigMap({ namespace, name: "after", body: created });
    await core.deleteNamespacedConfigMap({ namespace, name: "after" });
    await eventually(() =>
      want("events", seen, ["add before", "add after", "update after", "delete after"]),
    );
    await informer.stop();
  },
  "other APIs": async ({ config, namespace }) => {
    const version = await config.makeApiClient(library.VersionApi).getCode();
    want("major", version.major, "1");
    const review = await config
      .makeApiClient(library.AuthorizationV1Api)
      .createSelfSubjectAccessReview({
        body: { spec: { resourceAttributes: { verb: "get", resource: "pods", namespace } } },
      });
    want("allowed", review.status.allowed, true);
    const account = config.makeApiClient(library.CoreV1Api);
    await account.createNamespacedServiceAccount({
      namespace,
      body: { metadata: { name: "robot" } },
    });
    const token = await account.createNamespacedServiceAccountToken({
      namespace,
      name: "robot",
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    want("a token", token.status.token.split(".").length, 3);
    const pages = await account.listNamespace({ limit: 1 });
    want("a page", [pages.items.length, pages.metadata._continue !== undefined], [1, true]);
    const logs = await account.listNamespacedEvent({ namespace });
    want("events", logs.items, []);
  },
};

const definition = (group) => ({
  metadata: { name: `things.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "things", singular: "thing", kind: "Thing" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  size: { type: "integer" },
                  color: { type: "string", _default: "red" },
                },
              },
              status: { type: "object", properties: { ready: { type: "boolean" } } },
            },
          },
        },
      },
    ],
  },
});

if (modulePath === "-list") {
  console.log(Object.keys(checks).join("\n"));
} else {
  const config = new library.KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(library.CoreV1Api);
  const group = "things.kvop.test";
  await config
    .makeApiClient(library.ApiextensionsV1Api)
    .createCustomResourceDefinition({ body: definition(group) });
  for (const [name, check] of Object.entries(checks)) {
    try {
      const { metadata } = await core.createNamespace({
        body: { metadata: { generateName: "check-" } },
      });
      await check({ config, namespace: metadata.name, group });
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`FAIL ${name}: ${String(error.message).replaceAll("\n", " ").slice(0, 500)}`);
      process.exitCode = 1;
    }
  }
  process.exit();
}

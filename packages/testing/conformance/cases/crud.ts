import { clusterCase, del, get, post, put, quiet, testCase, topic } from "../requests.js";
import { configMap, paths, pod } from "../objects.js";

const { configMaps } = paths;

export const crud = topic("crud", [
  testCase("create and get", post(configMaps, configMap("a", { k: "v" })), get(`${configMaps}/a`)),
  testCase("create sets no kind by itself", post(configMaps, { metadata: { name: "a" } })),
  testCase("create without a name", post(configMaps, configMap("", {}))),
  testCase(
    "create with generateName",
    post(configMaps, { ...configMap(""), metadata: { generateName: "gen-" } }),
  ),
  testCase(
    "generateName beside a name",
    post(configMaps, configMap("given", {}, { generateName: "gen-" })),
  ),
  testCase(
    "generateName that is too long is cut",
    post(
      configMaps,
      { metadata: { generateName: "g".repeat(250) } },
      { select: ({ metadata }: { metadata: { name: string } }) => metadata.name.length },
    ),
  ),
  testCase(
    "create twice",
    quiet(post(configMaps, configMap("a"))),
    post(configMaps, configMap("a")),
  ),
  testCase(
    "create in a missing namespace",
    post("/api/v1/namespaces/none/configmaps", configMap("a")),
  ),
  testCase(
    "create with another namespace in the body",
    post(configMaps, configMap("a", {}, { namespace: "other" })),
  ),
  testCase("create with a foreign kind", post(configMaps, pod("a"))),
  testCase(
    "create with a foreign apiVersion",
    post(configMaps, { ...configMap("a"), apiVersion: "v2" }),
  ),
  testCase("create with an invalid name", post(configMaps, configMap("Not_Valid"))),
  testCase("create with a name that is too long", post(configMaps, configMap("n".repeat(254)))),
  testCase(
    "create with invalid labels",
    // One at a time: the real server goes through them in an order of its own.
    post(configMaps, configMap("a", {}, { labels: { "bad key!": "x" } })),
    post(configMaps, configMap("a", {}, { labels: { ok: "not ok!" } })),
  ),
  testCase(
    "create with invalid annotations",
    post(configMaps, configMap("a", {}, { annotations: { "bad key!": "x" } })),
  ),
  testCase(
    "create with invalid data keys",
    post(configMaps, configMap("a", { "a/b": "x", ok: "y" })),
  ),
  testCase(
    "create with data of a wrong type",
    post(configMaps, { ...configMap("a"), data: { n: 1 } }),
  ),
  testCase(
    "create ignores system fields",
    post(
      configMaps,
      configMap(
        "a",
        {},
        {
          uid: "mine",
          creationTimestamp: "2001-01-01T00:00:00Z",
          generation: 7,
          selfLink: "/x",
          deletionGracePeriodSeconds: 3,
        },
      ),
    ),
  ),
  testCase(
    "create with a resourceVersion",
    post(configMaps, configMap("a", {}, { resourceVersion: "5" })),
  ),
  testCase("create at a name", post(`${configMaps}/a`, configMap("a"))),
  testCase("get a missing object", get(`${configMaps}/none`)),
  testCase("get in a missing namespace", get("/api/v1/namespaces/none/configmaps/a")),
  testCase(
    "update",
    quiet(post(configMaps, configMap("a", { k: "1" }))),
    put(`${configMaps}/a`, configMap("a", { k: "2" })),
  ),
  testCase(
    "update with the right resourceVersion",
    quiet(post(configMaps, configMap("a"), { capture: { rv: "metadata.resourceVersion" } })),
    put(`${configMaps}/a`, configMap("a", { k: "2" }, { resourceVersion: "{rv}" })),
  ),
  testCase(
    "update with an old resourceVersion",
    quiet(post(configMaps, configMap("a"), { capture: { rv: "metadata.resourceVersion" } })),
    quiet(put(`${configMaps}/a`, configMap("a", { k: "1" }))),
    put(`${configMaps}/a`, configMap("a", { k: "2" }, { resourceVersion: "{rv}" })),
  ),
  testCase(
    "update with a broken resourceVersion",
    quiet(post(configMaps, configMap("a"))),
    put(`${configMaps}/a`, configMap("a", {}, { resourceVersion: "x" })),
  ),
  testCase(
    "update with another uid",
    quiet(post(configMaps, configMap("a"))),
    put(`${configMaps}/a`, configMap("a", {}, { uid: "6b1c8d9e-0000-4000-8000-000000000000" })),
  ),
  testCase(
    "update without a change keeps the resourceVersion",
    post(configMaps, configMap("a", { k: "v" })),
    put(`${configMaps}/a`, configMap("a", { k: "v" })),
  ),
  testCase("update a missing object", put(`${configMaps}/none`, configMap("none"))),
  testCase(
    "update with another name in the body",
    quiet(post(configMaps, configMap("a"))),
    put(`${configMaps}/a`, configMap("b")),
  ),
  testCase(
    "update without a name in the body",
    quiet(post(configMaps, configMap("a"))),
    put(`${configMaps}/a`, { data: {} }),
  ),
  testCase(
    "update of an immutable object",
    quiet(post(configMaps, { ...configMap("a", { k: "1" }), immutable: true })),
    put(`${configMaps}/a`, { ...configMap("a", { k: "2" }), immutable: true }),
  ),
  testCase(
    "delete",
    quiet(post(configMaps, configMap("a"))),
    del(`${configMaps}/a`),
    get(`${configMaps}/a`),
  ),
  testCase("delete a missing object", del(`${configMaps}/none`)),
  testCase(
    "delete a collection",
    quiet(post(configMaps, configMap("a", {}, { labels: { x: "1" } }))),
    quiet(post(configMaps, configMap("b"))),
    del(configMaps, undefined, { query: { labelSelector: "x=1" } }),
    get(configMaps),
  ),
  testCase(
    "recreate gives a new uid",
    post(configMaps, configMap("a")),
    quiet(del(`${configMaps}/a`)),
    post(configMaps, configMap("a")),
  ),
  testCase(
    "pretty print is the same object",
    quiet(post(configMaps, configMap("a"))),
    get(`${configMaps}/a`, { pretty: "true" }),
  ),
  clusterCase(
    "namespace has a phase, a label and a finalizer",
    post(paths.namespaces, { metadata: { name: "{id}" } }),
  ),
  clusterCase(
    "namespace name has to be a label",
    post(paths.namespaces, { metadata: { name: "with.dot" } }),
  ),
  testCase("HEAD", quiet(post(configMaps, configMap("a"))), {
    method: "HEAD",
    path: `${configMaps}/a`,
    select: () => "nothing",
  }),
  testCase(
    "YAML in, JSON out",
    post(configMaps, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n", {
      contentType: "application/yaml",
    }),
  ),
  testCase(
    "YAML out",
    quiet(post(configMaps, configMap("a", { k: "v" }))),
    get(`${configMaps}/none`, {}, { headers: { accept: "application/yaml" } }),
  ),
]);

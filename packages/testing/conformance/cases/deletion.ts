import { clusterCase, del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";
import { configMap, deployment, paths, pod, widget, widgetsPath } from "../objects.js";
import { installed } from "../crd-steps.js";

const { configMaps, pods } = paths;
const held = (name: string) => configMap(name, {}, { finalizers: ["example.com/hold"] });
const options = (fields: object) => ({ apiVersion: "v1", kind: "DeleteOptions", ...fields });

export const deletion = topic("deletion", [
  testCase(
    "finalizer keeps the object",
    quiet(post(configMaps, held("a"))),
    del(`${configMaps}/a`),
    get(`${configMaps}/a`),
  ),
  testCase(
    "a held object is made again",
    quiet(post(paths.configMaps, configMap("a", {}, { finalizers: ["example.com/x"] }))),
    quiet(del(`${paths.configMaps}/a`)),
    post(paths.configMaps, configMap("a")),
  ),
  testCase(
    "removing the last finalizer deletes",
    quiet(post(configMaps, held("a"))),
    quiet(del(`${configMaps}/a`)),
    patch("json", `${configMaps}/a`, [{ op: "remove", path: "/metadata/finalizers" }]),
    get(`${configMaps}/a`),
  ),
  testCase(
    "update that removes the finalizer deletes",
    quiet(post(configMaps, held("a"))),
    quiet(del(`${configMaps}/a`)),
    put(`${configMaps}/a`, configMap("a")),
    get(`${configMaps}/a`),
  ),
  testCase(
    "second delete of a held object",
    quiet(post(configMaps, held("a"))),
    quiet(del(`${configMaps}/a`)),
    del(`${configMaps}/a`),
  ),
  testCase(
    "adding a finalizer while deleting",
    quiet(post(configMaps, held("a"))),
    quiet(del(`${configMaps}/a`)),
    patch("merge", `${configMaps}/a`, {
      metadata: { finalizers: ["example.com/hold", "example.com/more"] },
    }),
  ),
  testCase(
    "changing a held object",
    quiet(post(configMaps, held("a"))),
    quiet(del(`${configMaps}/a`)),
    patch("merge", `${configMaps}/a`, { data: { k: "v" } }),
  ),
  testCase(
    "deletionTimestamp cannot be taken back",
    quiet(post(configMaps, held("a"))),
    quiet(del(`${configMaps}/a`)),
    patch("merge", `${configMaps}/a`, { metadata: { deletionTimestamp: null } }),
  ),
  testCase(
    "invalid finalizer",
    post(configMaps, configMap("a", {}, { finalizers: ["not valid"] })),
    post(configMaps, configMap("b", {}, { finalizers: ["short"] })),
  ),
  testCase(
    "precondition uid",
    quiet(post(configMaps, configMap("a"), { capture: { uid: "metadata.uid" } })),
    del(`${configMaps}/a`, options({ preconditions: { uid: "wrong" } })),
    del(`${configMaps}/a`, options({ preconditions: { uid: "{uid}" } })),
  ),
  testCase(
    "precondition resourceVersion",
    quiet(post(configMaps, configMap("a"), { capture: { rv: "metadata.resourceVersion" } })),
    del(`${configMaps}/a`, options({ preconditions: { resourceVersion: "1" } })),
    del(`${configMaps}/a`, options({ preconditions: { resourceVersion: "{rv}" } })),
  ),
  testCase(
    "foreground",
    quiet(post(configMaps, configMap("a"))),
    del(`${configMaps}/a`, options({ propagationPolicy: "Foreground" })),
    get(`${configMaps}/a`),
  ),
  testCase(
    "orphan",
    quiet(post(configMaps, configMap("a"))),
    del(`${configMaps}/a`, options({ propagationPolicy: "Orphan" })),
    get(`${configMaps}/a`),
  ),
  testCase(
    "background",
    quiet(post(configMaps, configMap("a"))),
    del(`${configMaps}/a`, options({ propagationPolicy: "Background" })),
    get(`${configMaps}/a`),
  ),
  testCase(
    "foreground by query",
    quiet(post(configMaps, configMap("a"))),
    del(`${configMaps}/a`, undefined, { query: { propagationPolicy: "Foreground" } }),
  ),
  testCase(
    "unknown propagation policy",
    quiet(post(configMaps, configMap("a"))),
    del(`${configMaps}/a`, options({ propagationPolicy: "Sideways" })),
  ),
  testCase(
    "policy and orphanDependents together",
    quiet(post(configMaps, configMap("a"))),
    del(`${configMaps}/a`, options({ propagationPolicy: "Orphan", orphanDependents: true })),
  ),
  testCase(
    "foreground of a deployment",
    quiet(post(paths.deployments, deployment("a"))),
    del(`${paths.deployments}/a`, options({ propagationPolicy: "Foreground" })),
  ),
  testCase(
    "background of a deployment",
    quiet(post(paths.deployments, deployment("a"))),
    del(`${paths.deployments}/a`, options({ propagationPolicy: "Background" })),
  ),
  testCase(
    "grace of an unscheduled pod",
    quiet(post(pods, pod("a"))),
    del(`${pods}/a`),
    get(`${pods}/a`),
  ),
  testCase(
    "grace of a scheduled pod",
    quiet(post(pods, pod("a", { nodeName: "n1" }))),
    del(`${pods}/a`),
    get(`${pods}/a`),
  ),
  testCase(
    "grace of zero",
    quiet(post(pods, pod("a", { nodeName: "n1" }))),
    del(`${pods}/a`, undefined, { query: { gracePeriodSeconds: "0" } }),
    get(`${pods}/a`),
  ),
  testCase(
    "grace can be shortened",
    quiet(post(pods, pod("a", { nodeName: "n1" }))),
    quiet(del(`${pods}/a`)),
    del(`${pods}/a`, options({ gracePeriodSeconds: 5 })),
    del(`${pods}/a`, options({ gracePeriodSeconds: 50 })),
  ),
  testCase(
    "negative grace",
    quiet(post(pods, pod("a", { nodeName: "n1" }))),
    del(`${pods}/a`, options({ gracePeriodSeconds: -1 })),
  ),
  testCase(
    "eviction",
    quiet(post(pods, pod("a"))),
    post(`${pods}/a/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: "a", namespace: "{ns}" },
    }),
    get(`${pods}/a`),
  ),
  testCase(
    "delete options of a wrong kind",
    quiet(post(configMaps, configMap("a"))),
    del(`${configMaps}/a`, configMap("a")),
  ),
  testCase(
    "collection with finalizers",
    quiet(post(configMaps, held("a"))),
    quiet(post(configMaps, configMap("b"))),
    del(configMaps),
    get(configMaps),
  ),
  testCase(
    "owner reference that is invalid",
    post(
      configMaps,
      configMap("a", {}, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "" }] }),
    ),
  ),
  testCase(
    "two controllers",
    post(
      configMaps,
      configMap(
        "a",
        {},
        {
          ownerReferences: ["x", "y"].map((name) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            name,
            uid: `uid-${name}`,
            controller: true,
          })),
        },
      ),
    ),
  ),
  testCase(
    "namespace goes to Terminating",
    del("/api/v1/namespaces/{ns}"),
    post(configMaps, configMap("a"), { headers: {} }),
  ),
  testCase(
    "a terminating namespace is finalized",
    quiet(del("/api/v1/namespaces/{ns}")),
    put("/api/v1/namespaces/{ns}/finalize", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "{ns}" },
      spec: { finalizers: [] },
    }),
    get("/api/v1/namespaces/{ns}"),
  ),
  clusterCase(
    "system namespaces are kept",
    del("/api/v1/namespaces/kube-system"),
    del("/api/v1/namespaces/default"),
  ),
  testCase(
    "custom resource with a finalizer",
    ...installed({}),
    quiet(post(widgetsPath, widget("one", {}, { finalizers: ["example.com/hold"] }))),
    del(`${widgetsPath}/one`),
    patch("merge", `${widgetsPath}/one`, { metadata: { finalizers: null } }),
    get(`${widgetsPath}/one`),
  ),
]);

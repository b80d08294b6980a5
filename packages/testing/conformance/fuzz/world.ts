import { sendToTarget, type Target } from "../target.js";

/** The namespace in which every request of the fuzz works. */
export const NAMESPACE = "fuzz";
export const GROUP = "fuzz.example.com";

const inNamespace = `namespaces/${NAMESPACE}`;

/** Where the objects are that requests are made at. */
export const collections = {
  configMaps: `/api/v1/${inNamespace}/configmaps`,
  secrets: `/api/v1/${inNamespace}/secrets`,
  services: `/api/v1/${inNamespace}/services`,
  pods: `/api/v1/${inNamespace}/pods`,
  deployments: `/apis/apps/v1/${inNamespace}/deployments`,
  leases: `/apis/coordination.k8s.io/v1/${inNamespace}/leases`,
  widgets: `/apis/${GROUP}/v1/${inNamespace}/widgets`,
  frees: `/apis/${GROUP}/v1/${inNamespace}/frees`,
} as const;

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

type Collection = keyof typeof collections;

/** A valid object of each kind. */
export const validObjects: Readonly<Record<Collection, object>> = {
  configMaps: {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", labels: { app: "a", tier: "1" }, annotations: { note: "n" } },
    data: { k: "v", l: "w" },
    binaryData: { b: "AQI=" },
  },
  secrets: {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "a", finalizers: [] },
    type: "Opaque",
    data: { k: "dg==" },
    stringData: { s: "t" },
    immutable: false,
  },
  services: {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a" },
    spec: {
      clusterIP: "None",
      selector: { app: "a" },
      ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
    },
  },
  pods: {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", labels: { app: "a" } },
    spec: {
      containers: [
        {
          name: "main",
          image: "busybox:1",
          env: [{ name: "A", value: "1" }],
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: "100m", memory: "1Gi" } },
          securityContext: { runAsUser: 1000 },
          livenessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 5 },
          volumeMounts: [{ name: "v", mountPath: "/v" }],
        },
      ],
      volumes: [{ name: "v", emptyDir: { sizeLimit: "1Mi" } }],
      tolerations: [{ key: "t", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
      terminationGracePeriodSeconds: 30,
    },
  },
  deployments: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a", labels: { app: "a" } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "a" } },
      strategy: { rollingUpdate: { maxSurge: "50%", maxUnavailable: 1 } },
      template: {
        metadata: { labels: { app: "a" } },
        spec: { containers: [{ name: "main", image: "busybox:1" }] },
      },
    },
  },
  leases: {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "a" },
    spec: {
      holderIdentity: "me",
      leaseDurationSeconds: 15,
      leaseTransitions: 1,
      acquireTime: "1999-01-02T03:04:05.000006Z",
      renewTime: "1999-01-02T03:04:06.000006Z",
    },
  },
  widgets: {
    apiVersion: `${GROUP}/v1`,
    kind: "Widget",
    metadata: { name: "a", labels: { app: "a" } },
    spec: {
      text: "abc",
      count: 3,
      big: 4_000_000_000,
      ratio: 2,
      flag: true,
      either: "50%",
      choice: "one",
      maybe: null,
      list: [{ name: "x", value: 1 }],
      set: ["a", "b"],
      map: { k: "v" },
      nested: { inner: { deep: "d" } },
      free: { any: [1, "two", { three: 3 }] },
      template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "t" } },
    },
  },
  frees: {
    apiVersion: `${GROUP}/v1`,
    kind: "Free",
    metadata: { name: "a", annotations: { note: "n" } },
    spec: { any: [1, "two", { three: 3.5 }], n: null, deep: { er: { still: true } } },
  },
};

const text = { type: "string" };
const preserved = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

export const widgetSchema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["text"],
      properties: {
        text: { type: "string", minLength: 1, maxLength: 20, pattern: "^[a-z]*$" },
        count: { type: "integer", format: "int32", minimum: 0, default: 1 },
        big: { type: "integer", format: "int64" },
        ratio: { type: "number", multipleOf: 1 },
        flag: { type: "boolean" },
        either: { "x-kubernetes-int-or-string": true },
        choice: { type: "string", enum: ["one", "two"] },
        maybe: { type: "string", nullable: true },
        list: {
          type: "array",
          maxItems: 5,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: text, value: { type: "integer" } },
          },
        },
        set: { type: "array", "x-kubernetes-list-type": "set", items: text },
        map: { type: "object", additionalProperties: text },
        nested: {
          type: "object",
          properties: { inner: { type: "object", properties: { deep: text } } },
        },
        free: preserved,
        template: { ...preserved, "x-kubernetes-embedded-resource": true },
      },
    },
  },
};

export const definition = (plural: string, kind: string, schema: object) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
});

const kept: readonly Collection[] = Object.keys(validObjects) as Collection[];
const READY_ATTEMPTS = 200;
const READY_INTERVAL_MS = 50;

/** Makes the namespace, the CRDs and one object of each kind, named `a`. */
export async function buildWorld(target: Target): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
  await expectMade(target, "POST", "/api/v1/namespaces", namespace);
  await expectMade(target, "POST", definitions, definition("widgets", "Widget", widgetSchema));
  await expectMade(target, "POST", definitions, definition("frees", "Free", preserved));
  for (const path of [collections.widgets, collections.frees]) await untilServed(target, path);
  await fillWorld(target);
}

/** Puts all objects of the namespace back as they were, after a request that may have changed some. */
export async function resetWorld(target: Target): Promise<void> {
  for (const collection of kept) {
    const path = collections[collection];
    await sendJson(target, "DELETE", `${path}?gracePeriodSeconds=0`, undefined);
    await releaseAll(target, path);
  }
  await fillWorld(target);
}

/** Objects that a finalizer holds go once it is taken away. */
async function releaseAll(target: Target, path: string): Promise<void> {
  const { text } = await sendJson(target, "GET", path, undefined);
  const { items } = JSON.parse(text) as { items: { metadata: { name: string } }[] };
  for (const { metadata } of items) {
    const body = { metadata: { finalizers: null } };
    await sendJson(target, "PATCH", `${path}/${metadata.name}`, body);
  }
}

async function fillWorld(target: Target): Promise<void> {
  for (const collection of kept)
    await expectMade(target, "POST", collections[collection], validObjects[collection]);
}

async function expectMade(
  target: Target,
  method: string,
  path: string,
  body: object,
): Promise<void> {
  const { status, text } = await sendJson(target, method, path, body);
  if (status >= 300) throw new Error(`${method} ${path} was answered with ${status}: ${text}`);
}

async function untilServed(target: Target, path: string): Promise<void> {
  for (let attempt = 1; attempt < READY_ATTEMPTS; attempt += 1) {
    const { status } = await sendJson(target, "GET", path, undefined);
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, READY_INTERVAL_MS));
  }
  throw new Error(`${path} is not served`);
}

export async function sendJson(
  target: Target,
  method: string,
  path: string,
  body: object | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await sendToTarget(target, {
    method,
    path,
    headers: {
      accept: "application/json",
      authorization: target.authorization ?? "",
      ...(body === undefined
        ? {}
        : {
            "content-type":
              method === "PATCH" ? "application/merge-patch+json" : "application/json",
          }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: answer.status, text: answer.body.toString("utf8") };
}

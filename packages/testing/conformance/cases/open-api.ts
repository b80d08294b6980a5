import { clusterCase, del, get, patch, post, quiet, topic } from "../requests.js";
import { crdPath, paths } from "../objects.js";
import { installed } from "../crd-steps.js";

interface Document {
  readonly openapi?: string;
  readonly swagger?: string;
  readonly info?: object;
  readonly paths: Readonly<Record<string, object>>;
  readonly components?: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly definitions?: Readonly<Record<string, unknown>>;
}
/** Descriptions are the real server's own words; they are not part of ours. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      key === "description" && typeof item === "string" ? undefined : item,
    ) ?? "null",
  );
const schema =
  (name: string) =>
  ({ components }: Document): unknown =>
    plain(components?.schemas[name]);
const definition =
  (name: string) =>
  ({ definitions }: Document): unknown =>
    plain(definitions?.[name]);
const builtInPaths = ({ paths: found }: Document): unknown =>
  Object.keys(found)
    .filter((path) => !path.includes("example.com"))
    .toSorted();
const core = "io.k8s.api.core.v1";
const group = (name: string): string => `open-api-${name}.example.com`;
const prefix = (name: string): string => `com.example.open-api-${name}.v1.Widget`;
const widgetSchema = {
  properties: {
    spec: {
      type: "object",
      description: "what is wanted",
      required: ["size"],
      properties: {
        size: { type: "integer", format: "int32", minimum: 1, default: 2 },
        port: { "x-kubernetes-int-or-string": true },
        tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
        note: { type: "string", nullable: true },
      },
    },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};
const colored = { color: { type: "string" } };
const openSchema = {
  properties: { spec: { type: "object", properties: colored } },
  "x-kubernetes-preserve-unknown-fields": true,
};
const nullable = { type: "string", nullable: true };
const oddSchema = {
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["color", "gone", "list"],
      properties: {
        ...colored,
        gone: { ...nullable, enum: ["a", null], default: "a" },
        list: { type: "array", nullable: true, items: { type: "integer", format: "int64" } },
        map: { type: "object", required: ["a"], additionalProperties: nullable },
        open: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { a: nullable },
        },
        whole: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          properties: { spec: { type: "object", properties: colored } },
        },
        openWhole: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        },
        either: {
          "x-kubernetes-int-or-string": true,
          anyOf: [{ type: "integer" }, { type: "string" }],
          maxLength: 9,
        },
        checked: {
          type: "string",
          pattern: "^a",
          "x-kubernetes-validations": [{ rule: "self != 'ab'", message: "no" }],
          not: { enum: ["ac"] },
        },
      },
    },
  },
};
const v3 = "/openapi/v3/apis/{id}.example.com/v1";
const present = { until: (_body: never, status: number) => status === 200 };

export const openApi = topic("open-api", [
  clusterCase("index", get("/openapi/v3", {}, { select: builtInPaths })),
  clusterCase(
    "index entries have a hash",
    get("/openapi/v3", {}, { select: ({ paths: found }: Document) => found["api/v1"] }),
  ),
  ...["Pod", "PodSpec", "ConfigMap", "Secret", "Service", "PersistentVolumeClaimSpec"].map((kind) =>
    clusterCase(
      `core schema ${kind}`,
      get("/openapi/v3/api/v1", {}, { select: schema(`${core}.${kind}`) }),
    ),
  ),
  clusterCase(
    "apps schema Deployment",
    get("/openapi/v3/apis/apps/v1", {}, { select: schema("io.k8s.api.apps.v1.Deployment") }),
  ),
  clusterCase(
    "meta schema ObjectMeta",
    get(
      "/openapi/v3/api/v1",
      {},
      { select: schema("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta") },
    ),
  ),
  clusterCase(
    "operations of a path",
    get(
      "/openapi/v3/api/v1",
      {},
      {
        select: ({ paths: found }: Document) =>
          plain(found["/api/v1/namespaces/{namespace}/configmaps/{name}"]),
      },
    ),
  ),
  clusterCase(
    "every document's head",
    ...["api/v1", "apis/apps/v1", "apis/batch/v1", "api", "apis", "version"].map((path) =>
      get(
        `/openapi/v3/${path}`,
        {},
        { select: ({ openapi, paths: found }: Document) => [openapi, Object.keys(found).length] },
      ),
    ),
  ),
  clusterCase(
    "unknown document",
    get("/openapi/v3/apis/none.example.com/v1"),
    get("/openapi/v3/api/v9"),
  ),
  clusterCase(
    "media types",
    get("/openapi/v3/apis/apps/v1", {}, { headers: { accept: "text/html" } }),
    get(
      "/openapi/v3",
      {},
      { headers: { accept: "application/json;q=0.1" }, select: () => "answered" },
    ),
  ),
  clusterCase(
    "wrong hash leads to the right one",
    get("/openapi/v3/apis/apps/v1?hash=0000", undefined, { select: () => "answered" }),
  ),
  clusterCase(
    "version 2",
    get("/openapi/v2", {}, { select: ({ swagger }: Document) => swagger }),
    get("/openapi/v2", {}, { select: definition(`${core}.ConfigMap`) }),
    get("/openapi/v2", {}, { select: definition("io.k8s.api.apps.v1.DeploymentSpec") }),
  ),
  clusterCase(
    "version 2 paths",
    get(
      "/openapi/v2",
      {},
      {
        select: ({ paths: found }: Document) =>
          Object.keys(found).filter((path) => path.startsWith("/apis/apps/v1")),
      },
    ),
  ),
  clusterCase(
    "of a CRD",
    ...installed(widgetSchema),
    get(
      v3,
      {},
      {
        ...present,
        select: ({ components }: Document) =>
          plain(components?.schemas[prefix("of-a-crd")] ?? Object.keys(components?.schemas ?? {})),
      },
    ),
  ),
  clusterCase(
    "names of a CRD's schemas",
    ...installed(widgetSchema),
    get(
      v3,
      {},
      {
        ...present,
        select: ({ components }: Document) => Object.keys(components?.schemas ?? {}).toSorted(),
      },
    ),
  ),
  clusterCase(
    "paths of a CRD",
    ...installed(widgetSchema, { version: { subresources: { status: {} } } }),
    get(
      v3,
      {},
      {
        ...present,
        select: ({ paths: found }: Document) =>
          Object.entries(found).map(([path, operations]) => [
            path,
            Object.keys(operations).toSorted(),
          ]),
      },
    ),
  ),
  clusterCase(
    "a CRD in the index",
    ...installed(widgetSchema),
    get(
      "/openapi/v3",
      {},
      {
        until: (body: Document) =>
          Object.keys(body.paths).includes(`apis/${group("a-crd-in-the-index")}/v1`),
        select: ({ paths: found }: Document) =>
          Object.keys(found).filter((path) => path.includes(group("a-crd-in-the-index"))),
      },
    ),
  ),
  clusterCase(
    "a CRD in version 2",
    ...installed(widgetSchema),
    get(
      "/openapi/v2",
      {},
      {
        until: (body: Document) =>
          Object.keys(body.definitions ?? {}).some((name) =>
            name.includes("open-api-a-crd-in-version-2"),
          ),
        select: ({ definitions }: Document) =>
          Object.entries(definitions ?? {})
            .filter(([name]) => name.includes("open-api-a-crd-in-version-2"))
            .map(([name, found]) => [name, plain(found)]),
      },
    ),
  ),
  ...Object.entries({ open: openSchema, odd: oddSchema }).flatMap(([name, odd]) =>
    ["v2", "v3"].map((version) => {
      const isOwn = (known: string): boolean =>
        known.includes(`open-api-all-of-an-${name}-crd-in-${version}`);
      const schemasOf = ({ definitions, components }: Document): [string, unknown][] =>
        Object.entries(definitions ?? components?.schemas ?? {})
          .filter(([known]) => isOwn(known))
          .map(([known, found]) => [known, plain(found)]);
      return clusterCase(
        `all of an ${name} CRD in ${version}`,
        ...installed(odd, { version: { selectableFields: [{ jsonPath: ".spec.color" }] } }),
        get(
          version === "v2" ? "/openapi/v2" : v3,
          {},
          { until: (body: Document) => schemasOf(body).length > 0, select: schemasOf },
        ),
      );
    }),
  ),
  clusterCase(
    "a deleted CRD vanishes",
    ...installed(widgetSchema),
    quiet(get(v3, {}, present)),
    quiet(del(crdPath)),
    get(v3, {}, { until: (_body, status) => status === 404 }),
    get(
      "/openapi/v3",
      {},
      {
        until: (body: Document) =>
          !Object.keys(body.paths).some((path) => path.includes(group("a-deleted-crd-vanishes"))),
        select: ({ paths: found }: Document) =>
          Object.keys(found).filter((path) => path.includes(group("a-deleted-crd-vanishes"))),
      },
    ),
  ),
  clusterCase(
    "a changed CRD shows",
    ...installed(widgetSchema),
    quiet(get(v3, {}, present)),
    quiet(
      patch("json", crdPath, [
        {
          op: "add",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/more",
          value: { type: "string" },
        },
      ]),
    ),
    get(
      v3,
      {},
      {
        until: (body: Document) => JSON.stringify(body).includes('"more"'),
        select: ({ components }: Document) =>
          Object.values(components?.schemas ?? {}).some((found) =>
            JSON.stringify(found).includes('"more"'),
          ),
      },
    ),
  ),
  clusterCase(
    "methods",
    post(
      "/openapi/v3",
      {},
      {
        select: ({ paths: found }: Document) =>
          Object.keys(found).filter((path) => !path.includes("example.com")),
      },
    ),
    post(
      "/openapi/v2",
      {},
      { select: ({ swagger, info }: { swagger: string; info: unknown }) => ({ swagger, info }) },
    ),
    get(`${paths.crds}/none`),
  ),
  clusterCase(
    "nobody may not read it",
    get("/openapi/v3", {}, { as: "nobody" }),
    get("/openapi/v2", {}, { as: "nobody" }),
  ),
]);

import { clusterCase, del, get, patch, post, put, quiet, testCase, topic } from "../requests.js";

const endpoints = "/api/v1/namespaces/{ns}/endpoints";
const made = quiet(post(endpoints, { metadata: { name: "a" } }));
const answered = { select: () => "answered" };
const table = { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } };

export const deprecations = topic("deprecations", [
  testCase(
    "endpoints are written",
    post(endpoints, { metadata: { name: "a" } }, answered),
    put(`${endpoints}/a`, { metadata: { name: "a" } }, answered),
    patch("merge", `${endpoints}/a`, { metadata: { labels: { a: "b" } } }, answered),
    del(`${endpoints}/a`, undefined, answered),
  ),
  testCase(
    "endpoints are read",
    made,
    get(`${endpoints}/a`, {}, answered),
    get(endpoints, {}, answered),
    get("/api/v1/endpoints", {}, answered),
    get(endpoints, {}, { ...table, ...answered }),
  ),
  testCase(
    "endpoints are watched",
    made,
    get(endpoints, { watch: "true" }, { events: 1, ...answered }),
  ),
  testCase("endpoints are deleted together", made, del(endpoints, undefined, answered)),
  testCase(
    "endpoints that are not there",
    get(`${endpoints}/none`),
    post(endpoints, { metadata: {} }),
    post(endpoints, "{", { contentType: "application/json" }),
  ),
  testCase("endpoints by somebody without rights", get(endpoints, {}, { as: { user: "bob" } })),
  testCase(
    "endpoints and another warning",
    post(endpoints, { metadata: { name: "a" }, nope: 1 }, answered),
  ),
  testCase(
    "endpoint slices are not deprecated",
    get("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {}, answered),
  ),
  clusterCase(
    "component statuses",
    get(
      "/api/v1/componentstatuses",
      {},
      {
        select: ({
          kind,
          items,
        }: {
          kind: string;
          items: readonly { metadata: { name: string } }[];
        }) => [kind, items.map(({ metadata }) => metadata.name).toSorted()],
      },
    ),
    get("/api/v1/componentstatuses/none"),
    get(
      "/api/v1/componentstatuses/scheduler",
      {},
      {
        select: ({
          kind,
          metadata,
          conditions,
        }: {
          kind: string;
          metadata: { name: string };
          conditions: readonly { type: string; status: string }[];
        }) => [kind, metadata.name, conditions.map(({ type, status }) => [type, status])],
      },
    ),
  ),
  clusterCase(
    "component statuses as a table",
    get(
      "/api/v1/componentstatuses",
      {},
      {
        ...table,
        select: ({ rows }: { rows: readonly { cells: readonly string[] }[] }) =>
          rows.map(({ cells }) => cells.slice(0, 2).join(" ")).toSorted(),
      },
    ),
  ),
]);

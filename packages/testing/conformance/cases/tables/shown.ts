import type { ConformanceCase, Step } from "../../case.js";
import { get, patch, post, quiet, testCase } from "../../requests.js";

/** What kubectl sends. */
export const headers = {
  accept:
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
};

interface Table {
  readonly columnDefinitions: unknown;
  readonly rows: readonly { readonly cells: unknown; readonly conditions?: unknown }[];
}

export const columnsAndCells = ({ columnDefinitions, rows }: Table): unknown => ({
  columnDefinitions,
  rows: rows.map(({ cells, conditions }) => ({ cells, conditions })),
});

export const tableAt = (path: string): Step => get(path, {}, { headers, select: columnsAndCells });

/** An object to create, with the status that it gets afterwards. */
export interface Shown {
  readonly object: Readonly<Record<string, unknown>>;
  readonly status?: object;
}

const nameOf = ({ object }: Shown): string =>
  (object as { metadata: { name: string } }).metadata.name;

export const created = (path: string, shown: Shown): Step[] => [
  quiet(post(path, shown.object)),
  ...(shown.status === undefined
    ? []
    : [quiet(patch("merge", `${path}/${nameOf(shown)}/status`, { status: shown.status }))]),
];

/** Objects in the case's namespace, shown as a list. */
export const listed = (name: string, path: string, ...all: readonly Shown[]): ConformanceCase =>
  testCase(name, ...all.flatMap((shown) => created(path, shown)), tableAt(path));

/** Objects without a namespace, each shown on its own. */
export const single = (name: string, path: string, ...all: readonly Shown[]): ConformanceCase =>
  testCase(
    name,
    ...all.flatMap((shown) => [...created(path, shown), tableAt(`${path}/${nameOf(shown)}`)]),
  );

export const apis = (group: string, plural: string, version = "v1"): string =>
  `/apis/${group}/${version}/namespaces/{ns}/${plural}`;
export const clusterApis = (group: string, plural: string, version = "v1"): string =>
  `/apis/${group}/${version}/${plural}`;

export const named = (name: string, fields: object = {}, metadata: object = {}): Shown => ({
  object: { metadata: { name, ...metadata }, ...fields },
});

export const withStatus = (object: object, status: object): Shown => ({
  object: object as Shown["object"],
  status,
});

/** Times that the cases write. */
export const past = "2001-01-01T00:00:00Z";
export const later = "2001-01-01T00:03:20Z";
export const twoContainers = {
  containers: [
    { name: "one", image: "busybox:1" },
    { name: "two", image: "busybox:2" },
  ],
};

import type { Step } from "../case.js";
import { configMap, paths } from "../objects.js";
import {
  clusterCase,
  controllerTopic,
  del,
  get,
  patch,
  post,
  quiet,
  testCase,
} from "../requests.js";

const { configMaps, namespaces, secrets } = paths;
const NOWHERE = "00000000-0000-0000-0000-000000000000";
const at = (name: string): string => `${configMaps}/${name}`;
const owner = (name: string, uid = `{${name}}`, fields: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name,
  uid,
  ...fields,
});
/** Makes a config map whose uid later steps know by its name. */
const made = (name: string, owners: readonly object[] = [], metadata: object = {}): Step =>
  quiet(
    post(
      configMaps,
      configMap(
        name,
        {},
        { ...(owners.length === 0 ? {} : { ownerReferences: owners }), ...metadata },
      ),
      { capture: { [name]: "metadata.uid" } },
    ),
  );
const gone = (path: string): Step => get(path, {}, { until: (_body, status) => status === 404 });
interface Held {
  readonly metadata: {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly { readonly name: string }[];
  };
}
const seen = ({ metadata }: Held): unknown => ({
  name: metadata.name,
  isLeaving: metadata.deletionTimestamp !== undefined,
  finalizers: metadata.finalizers ?? [],
  owners: (metadata.ownerReferences ?? []).map(({ name }) => name),
});
const stays = (name: string): Step => get(at(name), {}, { select: seen });
const deleted = (name: string, options: object): Step =>
  del(at(name), options, { select: ({ kind }: { kind: string }) => kind });
const released = (name: string): Step =>
  quiet(patch("merge", at(name), { metadata: { finalizers: null } }));
const background = { propagationPolicy: "Background" };
const foreground = { propagationPolicy: "Foreground" };
const orphan = { propagationPolicy: "Orphan" };
const own = "{id}-own";

export const controllers = controllerTopic("controllers", [
  testCase(
    "what is owned goes after its owner",
    made("a"),
    made("b", [owner("a")]),
    made("c", [owner("a")]),
    deleted("a", background),
    gone(at("b")),
    gone(at("c")),
  ),
  testCase(
    "generations go one after the other",
    made("a"),
    made("b", [owner("a")]),
    made("c", [owner("b")]),
    made("d", [owner("c")]),
    deleted("a", background),
    gone(at("d")),
    gone(at("b")),
  ),
  testCase(
    "an owner goes after what it owns",
    made("a"),
    made("b", [owner("a", undefined, { blockOwnerDeletion: true })]),
    deleted("a", foreground),
    gone(at("a")),
    gone(at("b")),
  ),
  testCase(
    "an owner waits for what is held",
    made("a"),
    made("b", [owner("a", undefined, { blockOwnerDeletion: true })], {
      finalizers: ["example.com/x"],
    }),
    deleted("a", foreground),
    get(
      at("b"),
      {},
      {
        select: seen,
        until: ({ metadata }: Held) => metadata.deletionTimestamp !== undefined,
      },
    ),
    stays("a"),
    released("b"),
    gone(at("a")),
  ),
  testCase(
    "an owner does not wait for what blocks it not",
    made("a"),
    made("b", [owner("a")], { finalizers: ["example.com/x"] }),
    deleted("a", foreground),
    gone(at("a")),
    get(
      at("b"),
      {},
      {
        select: seen,
        until: ({ metadata }: Held) => metadata.deletionTimestamp !== undefined,
      },
    ),
  ),
  testCase(
    "orphans stay and forget their owner",
    made("a"),
    made("b", [owner("a")]),
    deleted("a", orphan),
    gone(at("a")),
    stays("b"),
  ),
  testCase(
    "orphans keep their other owner",
    made("a"),
    made("other"),
    made("b", [owner("a"), owner("other")]),
    deleted("a", orphan),
    gone(at("a")),
    stays("b"),
  ),
  testCase(
    "one of two owners is enough",
    made("a"),
    made("other"),
    made("b", [owner("a"), owner("other")]),
    deleted("a", background),
    get(
      at("b"),
      {},
      {
        select: seen,
        until: ({ metadata }: Held) => metadata.ownerReferences?.length === 1,
      },
    ),
  ),
  testCase("an owner that never was", made("b", [owner("a", NOWHERE)]), gone(at("b"))),
  testCase(
    "an owner of the same name is another one",
    made("a"),
    made("b", [owner("a", NOWHERE)]),
    gone(at("b")),
    stays("a"),
  ),
  testCase(
    "an owner of another kind",
    quiet(post(secrets, { metadata: { name: "s" } }, { capture: { s: "metadata.uid" } })),
    made("b", [{ apiVersion: "v1", kind: "Secret", name: "s", uid: "{s}" }]),
    quiet(del(`${secrets}/s`)),
    gone(at("b")),
  ),
  testCase(
    "an owner that belongs to no namespace",
    quiet(
      post(paths.clusterRoles, { metadata: { name: own } }, { capture: { role: "metadata.uid" } }),
    ),
    made("b", [
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        name: own,
        uid: "{role}",
      },
    ]),
    quiet(del(`${paths.clusterRoles}/${own}`)),
    gone(at("b")),
  ),
  testCase(
    "what is held leaves and stays",
    made("a"),
    made("b", [owner("a")], { finalizers: ["example.com/x"] }),
    deleted("a", background),
    get(
      at("b"),
      {},
      {
        select: seen,
        until: ({ metadata }: Held) => metadata.deletionTimestamp !== undefined,
      },
    ),
    released("b"),
    gone(at("b")),
  ),
  testCase(
    "a collection of owners",
    made("a", [], { labels: { is: "owner" } }),
    made("b", [owner("a")]),
    del(configMaps, background, {
      query: { labelSelector: "is=owner" },
      select: ({ kind }: { kind: string }) => kind,
    }),
    gone(at("b")),
  ),
  clusterCase(
    "a namespace goes with all that is in it",
    quiet(post(namespaces, { metadata: { name: own } })),
    quiet(post(`${namespaces}/${own}/configmaps`, configMap("a"))),
    quiet(post(`${namespaces}/${own}/secrets`, { metadata: { name: "s" } })),
    del(`${namespaces}/${own}`, undefined, {
      select: ({ status }: { status: { phase: string } }) => status.phase,
    }),
    gone(`${namespaces}/${own}`),
    get(
      `${namespaces}/${own}/configmaps`,
      {},
      { select: ({ items }: { items: unknown[] }) => items },
    ),
  ),
  clusterCase(
    "a namespace waits for what is held and says so",
    quiet(post(namespaces, { metadata: { name: own } })),
    quiet(
      post(
        `${namespaces}/${own}/configmaps`,
        configMap("a", {}, { finalizers: ["example.com/x"] }),
      ),
    ),
    quiet(del(`${namespaces}/${own}`)),
    get(
      `${namespaces}/${own}`,
      {},
      {
        until: ({ status }: Phase) =>
          status.conditions?.some(
            ({ type, status: is }) => type === "NamespaceFinalizersRemaining" && is === "True",
          ) === true,
        select: ({ status }: Phase) => ({
          phase: status.phase,
          conditions: status.conditions
            ?.map(({ type, status: is, reason, message }) => [type, is, reason, message])
            .toSorted(),
        }),
      },
    ),
    post(`${namespaces}/${own}/configmaps`, configMap("b")),
    quiet(patch("merge", `${namespaces}/${own}/configmaps/a`, { metadata: { finalizers: null } })),
    gone(`${namespaces}/${own}`),
  ),
]);

interface Phase {
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly Readonly<
      Record<"type" | "status" | "reason" | "message", string>
    >[];
  };
}

import type { ConformanceCase } from "../../case.js";
import { get, post, quiet, testCase } from "../../requests.js";
import { paths, pod } from "../../objects.js";
import {
  headers,
  tableAt,
  created,
  listed,
  named,
  withStatus,
  past,
  twoContainers,
} from "./shown.js";

const container = (name: string, state: object, fields: object = {}): object => ({
  name,
  image: "busybox:1",
  imageID: "",
  ready: false,
  restartCount: 0,
  state,
  ...fields,
});
const withInit = {
  ...twoContainers,
  initContainers: [
    { name: "first", image: "busybox:1" },
    { name: "second", image: "busybox:1" },
  ],
};
const withSidecar = {
  containers: [{ name: "one", image: "busybox:1" }],
  initContainers: [
    { name: "side", image: "busybox:1", restartPolicy: "Always" },
    { name: "first", image: "busybox:1" },
  ],
};
const running = { running: { startedAt: past } };
const exited = (exitCode: number, fields: object = {}): object => ({
  terminated: { exitCode, startedAt: past, finishedAt: past, ...fields },
});
const ready = { ready: true, started: true };

export const podCases: readonly ConformanceCase[] = [
  listed(
    "pods whose containers wait or ended",
    paths.pods,
    withStatus(pod("a", twoContainers), {
      phase: "Running",
      podIP: "10.1.0.5",
      podIPs: [{ ip: "10.1.0.5" }],
      containerStatuses: [
        container("one", running, ready),
        container("two", { waiting: { reason: "CrashLoopBackOff" } }, { restartCount: 4 }),
      ],
    }),
    withStatus(pod("b", twoContainers), {
      phase: "Failed",
      containerStatuses: [
        container("one", exited(3)),
        container("two", exited(0, { reason: "Completed" })),
      ],
    }),
    withStatus(pod("c"), {
      phase: "Succeeded",
      containerStatuses: [container("main", exited(0, { reason: "Completed" }))],
    }),
    withStatus(pod("d"), {
      phase: "Failed",
      containerStatuses: [container("main", exited(0, { signal: 9 }))],
    }),
    withStatus(pod("e"), { phase: "Failed", reason: "Evicted", message: "low on memory" }),
    withStatus(pod("f", twoContainers), {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [
        container("one", exited(0, { reason: "Completed" })),
        container("two", running, ready),
      ],
    }),
    withStatus(pod("g", twoContainers), {
      phase: "Running",
      containerStatuses: [
        container("one", exited(0, { reason: "Completed" })),
        container("two", running, ready),
      ],
    }),
  ),
  listed(
    "pods that are initialized",
    paths.pods,
    withStatus(pod("a", withInit), {
      phase: "Pending",
      initContainerStatuses: [
        container("first", running),
        container("second", { waiting: { reason: "PodInitializing" } }),
      ],
      containerStatuses: [container("one", { waiting: { reason: "PodInitializing" } })],
    }),
    withStatus(pod("b", withInit), {
      phase: "Pending",
      initContainerStatuses: [
        container("first", exited(0)),
        container("second", exited(2), { restartCount: 3 }),
      ],
    }),
    withStatus(pod("c", withInit), {
      phase: "Pending",
      initContainerStatuses: [
        container("first", exited(1, { reason: "Error" })),
        container("second", {}),
      ],
    }),
    withStatus(pod("d", withInit), {
      phase: "Pending",
      initContainerStatuses: [container("first", { waiting: { reason: "ImagePullBackOff" } })],
    }),
    withStatus(pod("e", withInit), {
      phase: "Pending",
      initContainerStatuses: [container("first", exited(1, { signal: 15 }))],
    }),
    withStatus(pod("f", withInit), {
      phase: "Running",
      conditions: [{ type: "Initialized", status: "True" }],
      initContainerStatuses: [container("first", running), container("second", {})],
      containerStatuses: [
        container("one", running, { ...ready, restartCount: 2 }),
        container("two", running, ready),
      ],
    }),
  ),
  listed(
    "pods with side cars",
    paths.pods,
    withStatus(pod("a", withSidecar), {
      phase: "Pending",
      initContainerStatuses: [
        container("side", running, { ...ready, restartCount: 1 }),
        container("first", running),
      ],
    }),
    withStatus(pod("b", withSidecar), {
      phase: "Running",
      initContainerStatuses: [
        container("side", running, { ...ready, restartCount: 1 }),
        container("first", exited(0), { restartCount: 5 }),
      ],
      containerStatuses: [container("one", running, { ...ready, restartCount: 2 })],
    }),
  ),
  listed(
    "pods with gates and a node in mind",
    paths.pods,
    withStatus(
      pod("a", { readinessGates: [{ conditionType: "x.io/a" }, { conditionType: "x.io/b" }] }),
      {
        phase: "Pending",
        nominatedNodeName: "n2",
        conditions: [{ type: "x.io/a", status: "True" }],
      },
    ),
    named("b", {
      spec: {
        schedulingGates: [{ name: "x.io/g" }],
        containers: [{ name: "main", image: "busybox:1" }],
      },
    }),
  ),
  testCase(
    "pod that is deleted",
    quiet(post(paths.pods, pod("a", {}, { finalizers: ["x.io/f"] }))),
    quiet({ method: "DELETE", path: `${paths.pods}/a` }),
    tableAt(paths.pods),
  ),
  testCase(
    "pod that was restarted",
    ...created(
      paths.pods,
      withStatus(pod("a"), {
        phase: "Running",
        containerStatuses: [
          container("main", running, { ...ready, restartCount: 3, lastState: exited(1) }),
        ],
      }),
    ),
    get(
      paths.pods,
      {},
      {
        headers,
        select: ({ rows }: { rows: readonly { cells: readonly string[] }[] }) =>
          rows.map(({ cells }) =>
            cells[3]?.replace(/\d+y/g, "<years>").replace(/(<years>)\d+d/, "$1"),
          ),
      },
    ),
  ),
];

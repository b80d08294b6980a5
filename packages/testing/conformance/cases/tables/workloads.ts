import { installed } from "../../crd-steps.js";
import type { ConformanceCase } from "../../case.js";
import { get, post, quiet, testCase } from "../../requests.js";
import { deployment, paths, widget, widgetsPath } from "../../objects.js";
import {
  headers,
  tableAt,
  created,
  listed,
  apis,
  named,
  withStatus,
  past,
  later,
  twoContainers,
} from "./shown.js";

const template = (labels: object = { app: "a" }): object => ({
  metadata: { labels },
  spec: twoContainers,
});
const workload = {
  selector: { matchLabels: { app: "a", tier: "x" } },
  template: template({ app: "a", tier: "x" }),
};
const jobTemplate = { spec: { restartPolicy: "Never", ...twoContainers } };

export const workloadCases: readonly ConformanceCase[] = [
  listed(
    "pod templates",
    "/api/v1/namespaces/{ns}/podtemplates",
    named("a", { template: template({ b: "2", a: "1" }) }),
    named("b", { template: { spec: twoContainers } }),
  ),
  listed(
    "replication controllers",
    "/api/v1/namespaces/{ns}/replicationcontrollers",
    withStatus(
      {
        metadata: { name: "a" },
        spec: { replicas: 3, selector: { app: "a" }, template: template() },
      },
      { replicas: 2, readyReplicas: 1 },
    ),
  ),
  listed(
    "replica sets",
    apis("apps", "replicasets"),
    withStatus(
      { metadata: { name: "a" }, spec: { replicas: 3, ...workload } },
      { replicas: 2, readyReplicas: 1 },
    ),
    named("b", {
      spec: {
        replicas: 0,
        selector: {
          matchLabels: { app: "a" },
          matchExpressions: [
            { key: "zone", operator: "In", values: ["z", "b"] },
            { key: "app2", operator: "DoesNotExist" },
          ],
        },
        template: template({ app: "a", zone: "b" }),
      },
    }),
  ),
  listed(
    "deployments",
    apis("apps", "deployments"),
    withStatus(deployment("a", { replicas: 4, ...workload }), {
      replicas: 4,
      readyReplicas: 3,
      updatedReplicas: 2,
      availableReplicas: 1,
    }),
    named("b", {
      spec: {
        selector: {
          matchExpressions: [
            { key: "zone", operator: "Exists" },
            { key: "app", operator: "NotIn", values: ["x", "c"] },
          ],
        },
        template: template({ zone: "z" }),
      },
    }),
  ),
  listed(
    "stateful sets",
    apis("apps", "statefulsets"),
    withStatus(
      { metadata: { name: "a" }, spec: { replicas: 2, serviceName: "a", ...workload } },
      { replicas: 2, readyReplicas: 1 },
    ),
  ),
  listed(
    "daemon sets",
    apis("apps", "daemonsets"),
    withStatus(
      {
        metadata: { name: "a" },
        spec: {
          ...workload,
          template: {
            metadata: { labels: { app: "a", tier: "x" } },
            spec: { ...twoContainers, nodeSelector: { disk: "ssd", arch: "arm" } },
          },
        },
      },
      {
        currentNumberScheduled: 2,
        numberMisscheduled: 0,
        desiredNumberScheduled: 3,
        numberReady: 1,
        updatedNumberScheduled: 4,
        numberAvailable: 5,
      },
    ),
  ),
  listed(
    "controller revisions",
    apis("apps", "controllerrevisions"),
    named("a", { revision: 3, data: { x: 1 } }),
    named(
      "b",
      { revision: 4, data: {} },
      {
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "StatefulSet", name: "s", uid: "1", controller: true },
        ],
      },
    ),
  ),
  listed(
    "jobs",
    paths.jobs,
    named("a", { spec: { template: jobTemplate } }),
    named("b", { spec: { completions: 5, parallelism: 2, template: jobTemplate } }),
    named("c", { spec: { parallelism: 3, template: jobTemplate } }),
    withStatus(
      { metadata: { name: "d" }, spec: { template: jobTemplate } },
      { startTime: past, active: 1 },
    ),
    named("g", { spec: { suspend: true, template: jobTemplate } }),
  ),
  testCase(
    "job that is complete",
    ...created(
      paths.jobs,
      withStatus(
        { metadata: { name: "a" }, spec: { template: jobTemplate } },
        {
          startTime: past,
          completionTime: later,
          succeeded: 1,
          conditions: [
            {
              type: "SuccessCriteriaMet",
              status: "True",
              lastTransitionTime: later,
              lastProbeTime: later,
            },
            { type: "Complete", status: "True", lastTransitionTime: later, lastProbeTime: later },
          ],
        },
      ),
    ),
    tableAt(paths.jobs),
    get(
      paths.jobs,
      {},
      {
        headers,
        select: ({ rows }: { rows: readonly { cells: readonly string[] }[] }) =>
          rows.map(({ cells }) => `took ${cells[3]}`),
      },
    ),
  ),
  testCase(
    "job that failed",
    ...created(
      paths.jobs,
      withStatus(
        { metadata: { name: "a" }, spec: { template: jobTemplate } },
        {
          startTime: past,
          failed: 1,
          conditions: [
            {
              type: "FailureTarget",
              status: "True",
              lastTransitionTime: later,
              lastProbeTime: later,
            },
            { type: "Failed", status: "True", lastTransitionTime: later, lastProbeTime: later },
          ],
        },
      ),
    ),
    tableAt(paths.jobs),
    get(
      paths.jobs,
      {},
      {
        headers,
        select: ({ rows }: { rows: readonly { cells: readonly string[] }[] }) =>
          rows.map(({ cells }) => `took ${cells[3]}`.replace(/\dy\d+d/, "<years>")),
      },
    ),
  ),
  listed(
    "cron jobs",
    apis("batch", "cronjobs"),
    named("a", {
      spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template: jobTemplate } } },
    }),
    withStatus(
      {
        metadata: { name: "b" },
        spec: {
          schedule: "0 0 * * *",
          timeZone: "Europe/Oslo",
          suspend: true,
          jobTemplate: { spec: { template: jobTemplate } },
        },
      },
      { active: [{ kind: "Job", name: "j" }], lastScheduleTime: past },
    ),
  ),
  testCase(
    "scales",
    ...created(
      apis("apps", "deployments"),
      withStatus(deployment("a", { replicas: 4 }), { replicas: 3, readyReplicas: 3 }),
    ),
    tableAt(`${apis("apps", "deployments")}/a/scale`),
    quiet(
      post(apis("apps", "replicasets"), {
        metadata: { name: "a" },
        spec: { ...workload, replicas: 0 },
      }),
    ),
    tableAt(`${apis("apps", "replicasets")}/a/scale`),
    quiet(
      post(apis("apps", "statefulsets"), {
        metadata: { name: "a" },
        spec: { serviceName: "a", ...workload },
      }),
    ),
    tableAt(`${apis("apps", "statefulsets")}/a/scale`),
  ),
  testCase(
    "scale of a custom resource",
    ...installed(
      { properties: { spec: { type: "object", properties: { replicas: { type: "integer" } } } } },
      {
        version: {
          subresources: {
            scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
          },
        },
      },
    ),
    quiet(post(widgetsPath, widget("a", { spec: { replicas: 2 } }))),
    tableAt(`${widgetsPath}/a/scale`),
  ),
];

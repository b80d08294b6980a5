import type { ConformanceCase } from "../../case.js";
import { type Shown, listed, single, apis, clusterApis, named, withStatus } from "./shown.js";

const autoscaler = (name: string, metrics: readonly object[], status?: object): Shown => ({
  object: {
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      maxReplicas: 5,
      ...(metrics.length === 0 ? {} : { metrics }),
    },
  },
  ...(status === undefined ? {} : { status }),
});
const byResource = (target: object): object => ({
  type: "Resource",
  resource: { name: "memory", target },
});
const byPods = {
  type: "Pods",
  pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } },
};
const byObject = (target: object): object => ({
  type: "Object",
  object: {
    metric: { name: "rps" },
    describedObject: { apiVersion: "v1", kind: "Service", name: "s" },
    target,
  },
});
const byExternal = (target: object): object => ({
  type: "External",
  external: { metric: { name: "q" }, target },
});
const byContainer = {
  type: "ContainerResource",
  containerResource: {
    name: "cpu",
    container: "c",
    target: { type: "Utilization", averageUtilization: 50 },
  },
};
const autoscalers = apis("autoscaling", "horizontalpodautoscalers", "v2");

export const policyCases: readonly ConformanceCase[] = [
  listed(
    "autoscalers",
    autoscalers,
    autoscaler("a", []),
    autoscaler("b", [byResource({ type: "Utilization", averageUtilization: 60 })], {
      currentReplicas: 3,
      desiredReplicas: 3,
      currentMetrics: [
        {
          type: "Resource",
          resource: { name: "memory", current: { averageUtilization: 41, averageValue: "5" } },
        },
      ],
    }),
    autoscaler("c", [byResource({ type: "AverageValue", averageValue: "100Mi" }), byPods]),
    autoscaler(
      "d",
      [
        byObject({ type: "Value", value: "10" }),
        byObject({ type: "AverageValue", averageValue: "7" }),
        byPods,
      ],
      {
        currentReplicas: 0,
        desiredReplicas: 1,
        currentMetrics: [
          {
            type: "Object",
            object: {
              metric: { name: "rps" },
              describedObject: { kind: "Service", name: "s" },
              current: { value: "4" },
            },
          },
          {
            type: "Object",
            object: {
              metric: { name: "rps" },
              describedObject: { kind: "Service", name: "s" },
              current: { averageValue: "5", value: "9" },
            },
          },
        ],
      },
    ),
    autoscaler("e", [
      byExternal({ type: "Value", value: "10" }),
      byExternal({ type: "AverageValue", averageValue: "7" }),
    ]),
    autoscaler("f", [byContainer, byPods, byPods, byPods]),
  ),
  listed(
    "autoscalers of the first version",
    apis("autoscaling", "horizontalpodautoscalers"),
    named("a", {
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 2,
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 70,
      },
    }),
  ),
  listed(
    "disruption budgets",
    apis("policy", "poddisruptionbudgets"),
    named("a", { spec: { minAvailable: 2, selector: {} } }),
    withStatus(
      { metadata: { name: "b" }, spec: { maxUnavailable: "20%", selector: {} } },
      { disruptionsAllowed: 3, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
    ),
  ),
  single(
    "priority classes",
    clusterApis("scheduling.k8s.io", "priorityclasses"),
    named("{id}", { value: 7 }),
    named("{id}-never", { value: -3, preemptionPolicy: "Never", description: "text" }),
  ),
  listed(
    "quotas",
    "/api/v1/namespaces/{ns}/resourcequotas",
    named("a", {
      spec: { hard: { pods: "3", "limits.cpu": "4", "requests.cpu": "2", "limits.memory": "1Gi" } },
    }),
    withStatus(
      { metadata: { name: "b" }, spec: { hard: { pods: "3", "limits.cpu": "4" } } },
      { hard: { pods: "3", "limits.cpu": "4" }, used: { pods: "1", "limits.cpu": "500m" } },
    ),
  ),
  listed(
    "limit ranges",
    "/api/v1/namespaces/{ns}/limitranges",
    named("a", { spec: { limits: [{ type: "Container", max: { cpu: "1" } }] } }),
  ),
];

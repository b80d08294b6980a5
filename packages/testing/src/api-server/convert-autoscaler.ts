import { objectAt } from "../admission/json-access.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { behaviorInVersion1, behaviorInVersion2 } from "./autoscaler-behavior.js";
import { metricInVersion1, metricInVersion2 } from "./autoscaler-metrics.js";

const METRICS = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions";
const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics";

/**
 * A HorizontalPodAutoscaler in another version. Version 1 knows the use of CPU alone; what version 2 says beyond that stands
 * in annotations there.
 */
export function convertAutoscaler(autoscaler: JsonObject, apiVersion: string): JsonObject {
  return apiVersion === "autoscaling/v1" ? toVersion1(autoscaler) : toVersion2(autoscaler);
}

function toVersion1(autoscaler: JsonObject): JsonObject {
  const { metrics, behavior, ...spec } = objectAt(autoscaler, "spec");
  const { currentMetrics, conditions, ...status } = objectAt(autoscaler, "status");
  const all = listOf(metrics);
  const target = utilizationOf(all, "target");
  const others = all.filter((metric) => utilizationOf([metric], "target") === undefined);
  const current = listOf(currentMetrics);
  const currentUtilization = utilizationOf(current, "current");
  const annotations: JsonObject = {};
  if (others.length > 0)
    annotations[METRICS] = JSON.stringify(
      others.map((metric) => metricInVersion1(metric, "target")),
    );
  if (behavior !== undefined) annotations[BEHAVIOR] = JSON.stringify(behaviorInVersion1(behavior));
  if (listOf(conditions).length > 0) annotations[CONDITIONS] = JSON.stringify(conditions);
  if (current.length > 0)
    annotations[CURRENT_METRICS] = JSON.stringify(
      current.map((metric) => metricInVersion1(metric, "current")),
    );
  return {
    ...autoscaler,
    apiVersion: "autoscaling/v1",
    metadata: withAnnotations(objectAt(autoscaler, "metadata"), annotations),
    spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    status: {
      ...status,
      currentReplicas: status["currentReplicas"] ?? 0,
      ...(currentUtilization === undefined
        ? {}
        : { currentCPUUtilizationPercentage: currentUtilization }),
    },
  };
}

function toVersion2(autoscaler: JsonObject): JsonObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = objectAt(autoscaler, "spec");
  const {
    currentCPUUtilizationPercentage: current,
    currentReplicas = 0,
    ...status
  } = objectAt(autoscaler, "status");
  const metadata = objectAt(autoscaler, "metadata");
  const annotations = { ...objectAt(metadata, "annotations") };
  const take = (name: string): JsonValue | undefined => {
    const text = annotations[name];
    delete annotations[name];
    return typeof text === "string" ? parsed(text) : undefined;
  };
  const metrics = listOf(take(METRICS)).map((metric) => metricInVersion2(metric, "target"));
  if (target !== undefined)
    metrics.push(cpuMetric({ target: { type: "Utilization", averageUtilization: target } }));
  const behavior = behaviorInVersion2(take(BEHAVIOR));
  const conditions = take(CONDITIONS);
  // The annotation knows more than the field.
  const told = take(CURRENT_METRICS);
  const ofField =
    current === undefined ? null : [cpuMetric({ current: { averageUtilization: current } })];
  const currentMetrics =
    told === undefined
      ? ofField
      : listOf(told).map((metric) => metricInVersion2(metric, "current"));
  const { annotations: _, ...others } = metadata;
  return {
    ...autoscaler,
    apiVersion: "autoscaling/v2",
    metadata: Object.keys(annotations).length === 0 ? others : { ...others, annotations },
    spec: {
      ...spec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behavior === undefined ? {} : { behavior }),
    },
    status: {
      ...(currentReplicas === 0 ? {} : { currentReplicas }),
      ...status,
      currentMetrics,
      ...(conditions === undefined ? {} : { conditions }),
    },
  };
}

function cpuMetric(values: JsonObject): JsonObject {
  return { type: "Resource", resource: { name: "cpu", ...values } };
}

/** How much of the CPU that pods ask for is, or should be, in use: all that version 1 has fields for. */
function utilizationOf(
  metrics: readonly JsonObject[],
  side: "target" | "current",
): JsonValue | undefined {
  for (const metric of metrics) {
    const resource = objectAt(metric, "resource");
    const { averageUtilization } = objectAt(resource, side);
    const isOfCpu = metric["type"] === "Resource" && resource["name"] === "cpu";
    if (isOfCpu && averageUtilization !== undefined) return averageUtilization;
  }
  return undefined;
}

function withAnnotations(metadata: JsonObject, added: JsonObject): JsonObject {
  if (Object.keys(added).length === 0) return metadata;
  return { ...metadata, annotations: { ...objectAt(metadata, "annotations"), ...added } };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";

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
  const cpu = all.find(isCpuUse);
  const others = all.filter((metric) => metric !== cpu);
  const use = cpu === undefined ? undefined : objectAt(objectAt(cpu, "resource"), "target");
  const current = listOf(currentMetrics);
  const annotations: JsonObject = {};
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others);
  if (behavior !== undefined) annotations[BEHAVIOR] = JSON.stringify(behavior);
  if (listOf(conditions).length > 0) annotations[CONDITIONS] = JSON.stringify(conditions);
  if (current.length > 0) annotations[CURRENT_METRICS] = JSON.stringify(current);
  return {
    ...autoscaler,
    apiVersion: "autoscaling/v1",
    metadata: withAnnotations(objectAt(autoscaler, "metadata"), annotations),
    spec: {
      ...spec,
      ...(use?.["averageUtilization"] === undefined
        ? {}
        : { targetCPUUtilizationPercentage: use["averageUtilization"] }),
    },
    status: { ...status, currentReplicas: status["currentReplicas"] ?? 0 },
  };
}

function toVersion2(autoscaler: JsonObject): JsonObject {
  const { targetCPUUtilizationPercentage: percentage, ...spec } = objectAt(autoscaler, "spec");
  const metadata = objectAt(autoscaler, "metadata");
  const annotations = { ...objectAt(metadata, "annotations") };
  const take = (name: string): JsonValue | undefined => {
    const text = annotations[name];
    delete annotations[name];
    return typeof text === "string" ? parsed(text) : undefined;
  };
  const metrics = listOf(take(METRICS));
  const behavior = take(BEHAVIOR);
  const conditions = take(CONDITIONS);
  const currentMetrics = take(CURRENT_METRICS);
  if (percentage !== undefined) {
    const target = { type: "Utilization", averageUtilization: percentage };
    metrics.push({ type: "Resource", resource: { name: "cpu", target } });
  }
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
      ...objectAt(autoscaler, "status"),
      currentMetrics: currentMetrics ?? null,
      ...(conditions === undefined ? {} : { conditions }),
    },
  };
}

function isCpuUse(metric: JsonObject): boolean {
  const resource = objectAt(metric, "resource");
  const { type } = objectAt(resource, "target");
  return metric["type"] === "Resource" && resource["name"] === "cpu" && type === "Utilization";
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

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}
